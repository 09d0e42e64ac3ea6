"""What is asked of a network beside its counts, one report a file."""
