"""What is inside of a network: its layers' outputs, gradients and weights; what it sees in a picture."""
