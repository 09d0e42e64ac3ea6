"""Studies: the networks of a file, trained to be compared, each with several seeds."""
