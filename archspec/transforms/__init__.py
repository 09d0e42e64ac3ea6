"""A Graph to another one that computes the same."""
