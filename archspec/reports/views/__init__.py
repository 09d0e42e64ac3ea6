"""Views of the counts: the columns, rows and units that somebody asks for."""
