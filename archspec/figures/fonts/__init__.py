"""The fonts of the figures, under the SIL Open Font License, and their widths."""
