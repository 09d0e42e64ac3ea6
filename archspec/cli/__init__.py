"""The command line: one command a file."""

from archspec.cli.app import app, main

__all__ = ["app", "main"]
