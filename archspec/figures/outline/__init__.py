"""What a figure shows of a graph, before anything has a place."""
