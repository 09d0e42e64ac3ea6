"""Trainings: their folders, curves, evaluations, pages, and how they compare."""
