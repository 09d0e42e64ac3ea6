"""A scene as a file: one format a module."""
