"""Pictures on their way to the network: augmentation, and the batches in their order."""
