"""Ways from a file to a Source: its plain data and the position of every value."""
