"""The edits of a program, and which layers they select."""
