"""From the rows of a run to files that people and programs read."""
