"""The codes of diagnostics. Each has a page in explanations/: ``archspec explain CODE``."""

from __future__ import annotations

from typing import Final, Literal, get_args

Code = Literal[
    "bad-file",
    "bad-yaml",
    "null-value",
    "duplicate-key",
    "bad-scalar",
    "limit",
    "unknown-key",
    "missing-key",
    "wrong-type",
    "bad-name",
    "bad-version",
    "unknown-op",
    "unknown-argument",
    "missing-argument",
    "bad-argument",
    "inferred-argument",
    "duplicate-argument",
    "bad-expression",
    "unknown-name",
    "bad-value",
    "unknown-layer",
    "missing-input",
    "absent-layer",
    "arity",
    "shape",
    "duplicate-layer",
    "rebound-name",
    "bad-repeat",
    "unread-layer",
    "unused-parameter",
    "override-without-effect",
    "unknown-parameter",
    "bad-block",
    "bad-edit",
    "edit-sites",
    "bad-output",
    "bad-extends",
    "bad-import",
    "bad-variant",
    "bad-init",
    "bad-run",
    "expect",
    "not-found",
    "bad-plugin",
    "no-torch",
    "bad-option",
    "cannot-draw",
    "cannot-write",
    "edited-file",
    "cannot-verify",
    "not-verified",
    "bad-data",
]
"""A code; mypy checks every use."""

CODES: Final[tuple[Code, ...]] = get_args(Code)
"""All of them, in the order in which they are listed."""
