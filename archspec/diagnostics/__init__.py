"""What can be wrong with a spec, as values: message, labelled spans of the user's text, help."""

from archspec.diagnostics.codes import CODES, Code
from archspec.diagnostics.diagnostic import Diagnostic, Fix, Label, SpecError, failure, plain
from archspec.diagnostics.suggest import MIN_RATIO, near, renamed, renamed_key, replaced

__all__ = [
    "CODES",
    "MIN_RATIO",
    "Code",
    "Diagnostic",
    "Fix",
    "Label",
    "SpecError",
    "failure",
    "near",
    "plain",
    "renamed",
    "renamed_key",
    "replaced",
]
