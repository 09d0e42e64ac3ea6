"""Files of weights as tables and JSON."""
