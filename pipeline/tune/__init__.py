"""Searching configurations."""
