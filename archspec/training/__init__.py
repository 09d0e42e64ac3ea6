"""Training with PyTorch: what is measured, and how it is reached."""
