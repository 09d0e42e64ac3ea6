"""The language of specs: expressions, the model of a file, programs, names."""
