"""What is learned from a batch: the loss, and what it does to the weights."""
