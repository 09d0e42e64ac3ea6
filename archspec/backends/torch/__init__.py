"""PyTorch: the printed source, the module that executes it, and the proof that it is its graph."""
