"""What users say about parts of a figure: which they mean, and how those look."""
