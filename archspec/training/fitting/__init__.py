"""Whether a network fits: the spec to the pictures, the training to the memory."""
