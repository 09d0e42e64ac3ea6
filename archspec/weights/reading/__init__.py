"""Files of weights, read without running them."""
