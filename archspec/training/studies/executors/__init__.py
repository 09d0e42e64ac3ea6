"""Executors: who runs the trainings of a study, and where."""
