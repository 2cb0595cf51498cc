"""`python -m pipeline.cli`."""

from pipeline.cli.command import main

main()
