"""Prompts, forms, long documents and selection: from an article to its checked summary."""
