"""Mistakes explained on the command line, with the message that each wrong spec really gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from archspec.analyses.lint import lint
from archspec.diagnostics import Diagnostic, SpecError, failure, near
from archspec.diagnostics.explanations import EXPLANATIONS, REMARK_EXPLANATIONS, Explanation
from archspec.diagnostics.render.terminal import MAX_WIDTH, render
from archspec.screen import Screen, paragraphs, wrap_text, wrap_yaml
from archspec.workspace.load import loads

FILE = "net.yaml"
"""How the examples are called in messages."""


INDENT: Final = "    "


def overview(screen: Screen = Screen()) -> str:  # noqa: B008 -- frozen
    """All codes and remarks, with what each means beside it."""
    everything = {**EXPLANATIONS, **REMARK_EXPLANATIONS}
    start = max(map(len, everything)) + 2
    lines: list[str] = []
    for code, explanation in everything.items():
        lines += wrap_text(f"{code:<{start}}{explanation.summary}", screen.width, " " * start)
    return "\n".join(lines)


def page(code: str, *, color: bool, screen: Screen = Screen()) -> str:  # noqa: B008
    """All about one code. Raises SpecError if there is none of that name."""
    everything = {**EXPLANATIONS, **REMARK_EXPLANATIONS}
    if code not in everything:
        help = near(code, everything) or "'archspec explain' lists the codes"
        raise failure("not-found", f"there is no code '{code}'", help=help)
    return "\n\n".join(_parts(everything[code], color, screen.width))


def diagnostics_of(text: str) -> tuple[Diagnostic, ...]:
    """What is wrong with the text of a spec, read as a file of its own."""
    try:
        loads(text, name=FILE)
    except SpecError as error:
        return error.diagnostics
    return ()


def remarks_on(text: str) -> tuple[Diagnostic, ...]:
    """What lint remarks on the text of a spec."""
    return tuple(found.diagnostic for found in lint(loads(text, name=FILE)).findings)


def messages(explanation: Explanation, *, color: bool, width: int | None = None) -> str:
    """What is said about the wrong spec."""
    made = remarks_on if explanation.code in REMARK_EXPLANATIONS else diagnostics_of
    found = made(explanation.wrong)
    return "\n\n".join(render(diagnostic, color=color, width=width) for diagnostic in found)


def _parts(explanation: Explanation, color: bool, width: int | None) -> Iterator[str]:
    indented = _shell if explanation.is_shell else _spec
    yield "\n".join(wrap_text(f"{explanation.code}: {explanation.summary}", width, "  "))
    yield paragraphs(explanation.text.rstrip(), width and min(width, MAX_WIDTH))
    yield f"wrong:\n\n{indented(explanation.wrong, width)}"
    if not explanation.is_shell:
        yield messages(explanation, color=color, width=width)
    yield f"right:\n\n{indented(explanation.right, width)}"


def _spec(text: str, width: int | None) -> str:
    lines = (line for one in text.splitlines() for line in wrap_yaml(INDENT + one, width))
    return "\n".join(line.rstrip() for line in lines)


def _shell(text: str, width: int | None) -> str:
    """What is typed and answered."""
    lines = (
        line for one in text.splitlines() for line in wrap_text(INDENT + one, width, INDENT * 2)
    )
    return "\n".join(line.rstrip() for line in lines)
