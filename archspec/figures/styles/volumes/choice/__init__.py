"""Which feature maps a figure of volumes shows, and what leads from one to the next."""
