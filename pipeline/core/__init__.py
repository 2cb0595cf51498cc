"""What all rooms use and which uses none: errors, digests, files, signals, secrets, progress."""
