"""Dateline: news articles in, a labelled, summarised and checkable dataset out."""

__version__ = "0.1.0"
