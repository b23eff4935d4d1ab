"""The workers: runtimes, and the command line."""
