"""Composing, typing and checking a configuration, its overrides, and the plug-ins that it names."""
