"""Which models exist, where their files lie, and how they are read, checked and made."""
