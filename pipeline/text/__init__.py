"""Sentences, tokens, names and numbers, cleaning, prompt injection: language, nothing of labels."""
