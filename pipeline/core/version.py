"""The version of Dateline, which every record of a run holds."""

__version__ = "0.1.0"
