"""Scores as files and pages: JSON, terminal, HTML."""
