"""Charts: numbers of a network over its depth, its lengths or a parameter, as scenes."""
