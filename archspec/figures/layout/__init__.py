"""Places for what a figure shows."""
