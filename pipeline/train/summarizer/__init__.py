"""Training of adapters for the summarizer."""
