"""What items, names, calls and arguments mean: one function for each rule, whoever asks."""
