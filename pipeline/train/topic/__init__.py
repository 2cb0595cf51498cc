"""Training of topic models."""
