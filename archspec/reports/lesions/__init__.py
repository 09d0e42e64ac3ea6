"""Lesion studies as tables, JSON, CSV and plots."""
