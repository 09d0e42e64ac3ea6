"""The codes of diagnostics. Each has a page in explanations/: ``archspec explain CODE``."""

from __future__ import annotations

from collections.abc import Mapping
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
    "bad-net",
    "bad-init",
    "bad-figure",
    "bad-recipe",
    "bad-run",
    "not-finite",
    "does-not-fit",
    "expect",
    "not-found",
    "bad-plugin",
    "bad-weights",
    "weights-mismatch",
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

Level = Literal["error", "warning", "note"]
"""What a diagnostic means: wrong, most probably not meant, or worth knowing."""

Remark = Literal[
    "bias-before-norm",
    "repeated-activation",
    "activation-before-softmax",
    "checkerboard",
    "norm-after-dropout",
    "dropout-first",
    "stride-exceeds-kernel",
    "unread-pixels",
    "partial-window",
    "even-kernel",
    "short-field",
    "dense-share",
    "channels-of-8",
    "lrn-constants",
]
"""What ``archspec lint`` remarks on; ``lint: {ignore: [...]}`` of a spec names those that it does not
want to hear of."""

REMARKS: Final[tuple[Remark, ...]] = get_args(Remark)
LEVELS: Final[Mapping[str, Level]] = {
    **dict.fromkeys(REMARKS, "note"),
    **dict.fromkeys(REMARKS[:4], "warning"),
}
"""Remark -> its level."""
