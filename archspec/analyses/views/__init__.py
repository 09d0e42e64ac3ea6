"""What views of the counts show: measures of layers, numbers of other tools, an estimate of time."""
