"""Mistakes explained on the command line, with the message that each wrong spec really gives."""

from __future__ import annotations

from collections.abc import Iterator

from archspec.diagnostics import CODES, Diagnostic, SpecError, failure, near
from archspec.explanations import EXPLANATIONS, Explanation
from archspec.loading import loads
from archspec.terminal import render

FILE = "net.yaml"
"""How the examples are called in messages."""


def overview() -> str:
    """All codes, one line each."""
    width = max(map(len, CODES))
    return "\n".join(f"{code:<{width}}  {meaning}" for code, meaning in CODES.items())


def page(code: str, *, color: bool) -> str:
    """All about one code. Raises SpecError if there is none of that name."""
    if code not in EXPLANATIONS:
        help = near(code, EXPLANATIONS) or "'archspec explain' lists the codes"
        raise failure("not-found", f"there is no code '{code}'", help=help)
    return "\n\n".join(_parts(EXPLANATIONS[code], color=color))


def mistakes(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with the text of a spec, read as a file of its own."""
    try:
        loads(text, name=FILE)
    except SpecError as error:
        return error.diagnostics
    return ()


def messages(explanation: Explanation, *, color: bool) -> str:
    """What is told about the wrong spec."""
    return "\n\n".join(render(mistake, color=color) for mistake in mistakes(explanation.wrong))


def _parts(explanation: Explanation, *, color: bool) -> Iterator[str]:
    code = explanation.code
    yield f"{code}: {CODES[code]}"
    yield explanation.text.rstrip()
    yield f"wrong:\n\n{_indented(explanation.wrong)}"
    if not explanation.is_shell:
        yield messages(explanation, color=color)
    yield f"right:\n\n{_indented(explanation.right)}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
