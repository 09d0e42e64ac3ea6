"""The command line: one command a file."""

from archspec.cli.commands import app, main

__all__ = ["app", "main"]
