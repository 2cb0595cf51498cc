"""Labelled samples: what people say of articles, read and checked."""
