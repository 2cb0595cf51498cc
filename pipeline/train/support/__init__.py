"""Training of the support check."""
