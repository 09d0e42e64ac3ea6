"""A package that adds an op to archspec, for the tests."""
