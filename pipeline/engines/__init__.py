"""How a model is run, and nothing about news."""
