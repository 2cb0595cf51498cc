"""Texts or pairs of texts in, logits or probabilities out."""
