"""Side branches that edits add to a network whose layers are all there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from archspec.diagnostics import Label, failure
from archspec.elaborate.edits.edit_list import Edits
from archspec.elaborate.expand.context import Context
from archspec.elaborate.expand.scopes import Scopes
from archspec.elaborate.expand.sites import Sites
from archspec.elaborate.rules.bindings import OpenScope, Operand, Value
from archspec.graph import Member, Output, Scope, output_of
from archspec.language.model import bad_output_name
from archspec.language.names import Environment


@final
class Branches:
    """Makes the branches of a network, each a layer of the top level and an output."""

    def __init__(self, context: Context, scopes: Scopes, root: OpenScope, edits: Edits) -> None:
        self._context = context
        self._scopes = scopes
        self._root = root
        self._edits = edits

    def make(self, outputs: tuple[Output, ...]) -> tuple[Output, ...]:
        """The outputs with those of the branches."""
        for k, text in enumerate(self._edits.texts):
            if text.edit.verb == "branch":
                outputs = (*outputs, *self._branch(k, {output.name for output in outputs}))
        return outputs

    def _branch(self, k: int, taken: set[str]) -> Iterator[Output]:
        """The output of one branch; there is none if the edit selects nothing."""
        text, root = self._edits.texts[k], self._root
        name = text.edit.as_
        assert name is not None
        if problem := bad_output_name(name):
            raise failure("bad-name", problem, at=(text.origin / "as").value)
        if name in taken:
            message = f"the network has an output '{name}' already"
            raise failure("bad-output", message, at=(text.origin / "as").value)
        found = [*self._selected(k)]
        self._edits.sites[k] += len(found)
        if not found:
            return
        if len(found) > 1:
            raise failure(
                "bad-edit",
                f"a branch begins at one layer, and the edit selects {len(found)}",
                at=(text.origin / "branch").value,
                also=[Label(each.origin.key, "selected") for each in found[:2] if each.origin],
                help=f"select one by its path, such as path: {found[0].path}",
            )
        value = Value(output_of(found[0]))
        names = Environment(self._context.sizes_of_input([value]), self._edits.home.top)
        call = self._edits.make(k, names, k + 1)
        self._scopes.claim(root, name, text.origin / "as")
        sites = Sites(self._context, self._scopes)
        binding = sites.make(root, name, call, [Operand(value, None, call.origin)])
        root.names[name] = binding
        if isinstance(binding, Value):
            yield Output(name, binding.path, text.edit.only == "training")

    def _selected(self, k: int) -> Iterator[Member]:
        """The layers and scopes that an edit selects."""
        waiting: list[Member] = [*reversed(self._root.children)]
        while waiting:
            member = waiting.pop()
            op = member.block if isinstance(member, Scope) else member.op_name
            if self._edits.selects(k, op, member.path):
                yield member
            if isinstance(member, Scope):
                waiting += reversed(member.children)
