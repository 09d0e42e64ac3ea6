"""What can be wrong with a spec, as values: message, labelled spans of the user's text, help."""

from archspec.diagnostics.codes import CODES, LEVELS, REMARKS, Code, Level, Remark
from archspec.diagnostics.diagnostic import Diagnostic, Fix, Label, SpecError, failure, plain
from archspec.diagnostics.suggest import MIN_RATIO, fix_key, fix_name, fix_text, near

__all__ = [
    "CODES",
    "LEVELS",
    "MIN_RATIO",
    "REMARKS",
    "Code",
    "Diagnostic",
    "Fix",
    "Label",
    "Level",
    "Remark",
    "SpecError",
    "failure",
    "fix_key",
    "fix_name",
    "fix_text",
    "near",
    "plain",
]
