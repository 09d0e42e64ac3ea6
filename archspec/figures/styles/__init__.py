"""The styles: a module makes the scene of one, or, for the terminal, its text."""
