"""The source as text: constructors, forward methods and initial weights."""
