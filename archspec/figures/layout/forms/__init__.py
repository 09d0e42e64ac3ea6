"""How each form of a diagram is measured and placed: one file a form."""
