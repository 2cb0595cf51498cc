"""From scores to probabilities and decisions: fit, file, apply."""
