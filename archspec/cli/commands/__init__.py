"""The commands, each a module with a function of its name, imported when it is asked for."""
