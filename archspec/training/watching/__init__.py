"""What is seen of a training: its metrics while it goes on, its layers when it fails."""
