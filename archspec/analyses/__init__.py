"""What can be asked of a network: one function of a Graph a file, with a frozen result."""
