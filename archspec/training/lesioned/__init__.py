"""Trained networks with a part deleted, or with their gradients led along single paths."""
