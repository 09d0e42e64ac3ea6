"""From what a user calls a network to its graph: files, variants, the zoo."""
