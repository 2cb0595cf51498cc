"""Scores of a run against labelled samples."""
