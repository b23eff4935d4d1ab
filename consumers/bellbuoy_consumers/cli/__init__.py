"""The command line: `bellbuoy`."""

from bellbuoy_consumers.cli.main import main

__all__ = ["main"]
