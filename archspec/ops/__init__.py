"""The ops, one family a file. A new class in one of these files is a new word of the language."""
