"""What the source is made of: scopes read into templates, classes, functions and parameters."""
