"""Values and layers in words: the one vocabulary of tables, figures and messages."""
