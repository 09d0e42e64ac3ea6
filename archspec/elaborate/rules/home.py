"""What the text of one network sees: its ops and blocks, its parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from archspec.language.names import Environment, FileParams, SeenParams, Spent
from archspec.language.program import BlockText, Program
from archspec.ops import registry


@final
@dataclass(frozen=True, eq=False)
class Home:
    """A network's text as its own layers see it: the network itself, or one that is a part of it."""

    program: Program
    params: FileParams
    known: frozenset[str]
    """Names of ops and blocks."""
    top: Environment
    """What the network's own layers and blocks see: the parameters of the file."""

    def around(self, text: BlockText) -> Environment:
        """What a block sees around its own parameters; an imported one what it brought along."""
        if text.brings is None:
            return self.top
        closed = FileParams({}, is_closed=True, spent=self.params.spent)
        return Environment(SeenParams(text.brings.keys(), self.params), closed)


def home_of(program: Program, spent: Spent) -> Home:
    """The home of a program's text; what is evaluated in it is counted together with the rest."""
    params = FileParams(program.params, spent=spent)
    return Home(
        program,
        params,
        frozenset(registry()) | frozenset(program.blocks),
        Environment({}, params),
    )
