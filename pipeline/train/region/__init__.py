"""Training of the model of focus."""
