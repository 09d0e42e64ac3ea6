"""Studies: what their trainings came to, with what was published beside it."""
