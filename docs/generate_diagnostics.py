"""Writes docs/diagnostics.md from the pages of the codes: ``python docs/generate_diagnostics.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from archspec.diagnostics.explanations import (
    EXPLANATIONS,
    REMARK_EXPLANATIONS,
    Explanation,
)
from archspec.reports.explanations import messages

HEADER: Final = """\
# Diagnostics

<!-- Written by python docs/generate_diagnostics.py from archspec/diagnostics/explanations; a test compares the two. -->

Every mistake in a spec is reported with the line it is on and a code in brackets. This page lists
every code: what it means, a spec that causes it, the message, and the corrected spec. You can also
print this with `archspec explain CODE`."""


REMARKS: Final = """\
## Remarks

What [`archspec lint`](analyses.md#remarks) remarks on: no mistakes, and no reason for a spec not to compile. A warning is
most probably not meant, a note is worth knowing. `lint: {ignore: [NAME]}` in a spec switches a remark off."""


def page() -> str:
    """The whole document."""
    rows = (f"| [{code}](#{code}) | {each.summary} |" for code, each in EXPLANATIONS.items())
    overview = "\n".join(rows)
    parts = [HEADER, f"| code | |\n|---|---|\n{overview}"]
    for code, explanation in EXPLANATIONS.items():
        parts += [f"## {code}", *_section(explanation)]
    remarks = (
        f"| [{name}](#{name}) | {each.summary} |" for name, each in REMARK_EXPLANATIONS.items()
    )
    parts += [REMARKS, "| remark | |\n|---|---|\n" + "\n".join(remarks)]
    for name, explanation in REMARK_EXPLANATIONS.items():
        parts += [f"### {name}", *_section(explanation)]
    return "\n\n".join(parts) + "\n"


def _section(explanation: Explanation) -> Iterator[str]:
    yield explanation.text.rstrip()
    info = "console" if explanation.is_shell else "yaml"
    yield _fence(info, explanation.wrong)
    if not explanation.is_shell:
        yield _fence("text", messages(explanation, color=False) + "\n")
    yield "Instead:"
    yield _fence(info, explanation.right)


def _fence(info: str, text: str) -> str:
    return f"```{info}\n{text}```"


if __name__ == "__main__":
    (Path(__file__).parent / "diagnostics.md").write_text(page(), "utf-8")
