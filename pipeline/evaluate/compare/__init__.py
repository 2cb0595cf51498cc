"""What two runs, or several, differ in on the same articles."""
