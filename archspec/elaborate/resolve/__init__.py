"""The names of a program, resolved by its text alone."""
