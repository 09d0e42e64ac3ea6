"""Every code explained on a page of its own: what it means, why it is an error, a wrong and a right
spec. The messages of the wrong specs are made when they are shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from archspec.diagnostics.codes import CODES, REMARKS, Code, Remark

_PAGE: Final = re.compile(
    r"""\#\ (?P<code>\S+):\ (?P<summary>.+)\n\n
    (?P<text>(?s:.+?\n))\n
    \#\#\ Wrong\n\n```(?P<language>yaml|console)\n(?P<wrong>(?s:.+?\n))```\n\n
    \#\#\ Right\n\n```(?P=language)\n(?P<right>(?s:.+?\n))```\n""",
    re.VERBOSE,
)


@final
@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in a line and in two to six sentences, and two examples.

    The wrong one is a whole spec that gives this code. Where no spec can give it, both are what is
    typed at a shell's prompt, with its answer.
    """

    code: Code | Remark
    summary: str
    text: str
    wrong: str
    right: str
    is_shell: bool = False


def _read(code: Code | Remark, folder: str = "") -> Explanation:
    page = (Path(__file__).parent / folder / f"{code}.md").read_text("utf-8")
    found = _PAGE.fullmatch(page)
    if found is None or found["code"] != code:
        raise ValueError(f"the page of '{code}' does not have the form of the others")
    is_shell = found["language"] == "console"
    return Explanation(
        code, found["summary"], found["text"], found["wrong"], found["right"], is_shell
    )


EXPLANATIONS: Final[Mapping[str, Explanation]] = {code: _read(code) for code in CODES}
"""By their codes, in their order."""
REMARK_EXPLANATIONS: Final[Mapping[str, Explanation]] = {
    remark: _read(remark, "remarks") for remark in REMARKS
}
"""Likewise; the wrong spec is one on which the remark is made, the right one has none."""
