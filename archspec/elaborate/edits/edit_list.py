"""The edits of a program: what each selects, makes and changes, and how often it did."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Final, final

from archspec.diagnostics import Label, SpecError, failure, fix_name, near
from archspec.elaborate.edits.selectors import Selection, selection
from archspec.elaborate.rules.arguments import check_arguments, check_parameters
from archspec.elaborate.rules.bindings import Binding, Inline, Operand, ResolvedCall, Value
from archspec.elaborate.rules.desugar import Item, edit_item
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.resolve_op import Parts, resolve_item
from archspec.graph import Depiction
from archspec.language.model import ScopeItem
from archspec.language.names import Argument, Environment, FileParams
from archspec.language.program import EditText, unknown_param
from archspec.op.base import Op
from archspec.text import Origin

MAX_QUESTIONS: Final = 5_000_000
"""How often it is asked whether an edit means a layer or an operand."""
COST_OF_AN_EDIT: Final = 10
"""So many questions take as long as one edit of one layer."""


@final
class Edits:
    """The edits in their order. Collector in their texts are noted, and such an edit selects
    nothing."""

    def __init__(
        self,
        home: Home,
        ops: Mapping[str, type[Op]],
        parts: Parts,
        note: Callable[[SpecError], None],
    ) -> None:
        self.home = home
        self.texts = home.program.edits
        self.sites = [0] * len(self.texts)
        self.orphans: set[str] = set()
        """Layers that a ``cut`` took a reader from."""
        self.questions = 0
        """How often it was asked whether an edit means a layer or an operand."""
        self._of_op: dict[str | None, list[int]] = {}
        self._ops = ops
        self._parts = parts
        self._selections: list[Selection | None] = []
        self.lines: list[Item | None] = []
        """What each edit makes."""
        for text in self.texts:
            chosen, item = None, None
            try:
                item = edit_item(text)
                chosen = _selection(text, home.known)
            except SpecError as error:
                note(error)
            self._selections.append(chosen)
            self.lines.append(item)

    def __len__(self) -> int:
        return len(self.texts)

    def selects(self, k: int, op: str | None, path: str) -> bool:
        """Whether an edit means an op or a block, or a scope that is written in its item (None)."""
        chosen = self._selections[k]
        if chosen is None:
            return False
        before = chosen.work
        found = chosen.matches_scope(path) if op is None else chosen.matches(op, path)
        self.questions += 1 + chosen.work - before + (COST_OF_AN_EDIT if found else 0)
        if self.questions > MAX_QUESTIONS:
            raise failure(
                "limit",
                f"more than {MAX_QUESTIONS:,} comparisons of layers with edits",
                at=self.texts[k].origin.key,
            )
        return found

    def next(self, k: int, call: ResolvedCall, path: str) -> int | None:
        """The first edit from this one on that selects a call."""
        op = call.name if call.inline is None else None
        candidates = self._candidates(op)
        for position in range(bisect_left(candidates, k), len(candidates)):
            if self.selects(candidates[position], op, path):
                return candidates[position]
        return None

    def _candidates(self, op: str | None) -> list[int]:
        """The edits that may select an op, or a scope, whatever its path."""
        if op not in self._of_op:
            self._of_op[op] = [
                k
                for k, chosen in enumerate(self._selections)
                if chosen is not None
                and self.texts[k].edit.verb != "branch"
                and (chosen.ops is None or op in chosen.ops)
            ]
        return self._of_op[op]

    def remove(self, k: int, path: str, call: ResolvedCall, bindings: list[Binding]) -> Binding:
        """What stands for a layer that is removed: its input."""
        if len(bindings) != 1:
            raise failure(
                "bad-edit",
                f"'{path}' has {len(bindings)} inputs; a layer that is removed needs exactly one "
                "to stand for it",
                at=(self.texts[k].origin / "remove").value,
                also=[Label(call.origin.key, "this layer")],
            )
        self.sites[k] += 1
        return bindings[0]

    def cut(
        self,
        k: int,
        call: ResolvedCall,
        bindings: list[Binding],
        operands: list[Operand],
        merge: str | None,
    ) -> tuple[list[Binding], list[Operand]]:
        """A merge without one of its operands."""
        edit, at = self.texts[k].edit, self.texts[k].origin
        self.questions += len(operands)
        if merge is None:
            raise failure(
                "bad-edit",
                f"'cut' drops an operand of a merge, and {call.name or 'a scope'} is not a merge",
                at=(at / "cut").value,
                also=[Label(call.origin.key, "selected")],
            )
        kept = [j for j, operand in enumerate(operands) if operand.name != edit.operand]
        if len(kept) == len(operands):
            return bindings, operands
        if not kept:
            raise failure(
                "bad-edit",
                "nothing would be left of the merge",
                at=(at / "cut").value,
                also=[Label(call.origin.key, "selected")],
            )
        self.sites[k] += 1
        for j, binding in enumerate(bindings):
            if j not in kept and isinstance(binding, Value):
                self.orphans.add(binding.path)
        return [bindings[j] for j in kept], [operands[j] for j in kept]

    def set(self, k: int, call: ResolvedCall, names: Environment) -> ResolvedCall:
        """A call with other arguments."""
        self._check_arguments(k, "to", call)
        self.sites[k] += 1
        at = self.texts[k].origin / "to"
        changes = {
            name: Argument(raw, at / name, names)
            for name, raw in (self.texts[k].edit.to or {}).items()
        }
        arguments = {**call.arguments, **changes}
        return replace(call, arguments=arguments, is_constant=False)

    def _check_arguments(self, k: int, key: str, call: ResolvedCall) -> None:
        """Raises SpecError for a scope, whose layers stand in its item."""
        if call.inline is not None:
            raise failure(
                "bad-edit",
                "a scope has no arguments; select its layers",
                at=(self.texts[k].origin / key).key,
                also=[Label(call.origin.key, "selected")],
            )

    def replace(
        self, k: int, call: ResolvedCall, names: Environment, first_edit: int
    ) -> ResolvedCall:
        """Another call in place of one; the layer keeps its name, and arguments if it is said."""
        self.sites[k] += 1
        new = self.make(k, names, first_edit)
        if self.texts[k].edit.keep:
            self._check_arguments(k, "keep", call)
        kept = {}
        for j, name in enumerate(self.texts[k].edit.keep):
            place = self.texts[k].origin / "keep" / j
            if name in new.arguments:
                raise failure(
                    "duplicate-argument", f"'{name}' is both kept and given", at=place.value
                )
            kept_argument = call.arguments.get(name) or self._default(call, new, name, place)
            if kept_argument is not None:
                self._check_takes(new, name, place)
                kept[name] = kept_argument
        arguments = {**new.arguments, **kept}
        figure = new.figure
        if call.figure is not None and call.figure.group:  # it stands where the other one stood
            figure = Depiction(group=call.figure.group).under(figure)
        return replace(new, origin=call.origin, arguments=arguments, figure=figure)

    def make(self, k: int, names: Environment, first_edit: int) -> ResolvedCall:
        """The op, block, network or inline scope that an edit makes; from ``first_edit`` on, edits
        see it."""
        item = self.lines[k]
        assert item is not None
        if isinstance(item.form, ScopeItem):
            body = Inline(
                item.form.layers, item.body_at, names, item.form.output, item.at / "output"
            )
            figure = item.figure_of_copy
            return ResolvedCall("", item.at, {}, self.home, first_edit, body, figure=figure)
        return resolve_item(item, names, self.home, first_edit, self._parts)

    def _default(
        self, call: ResolvedCall, new: ResolvedCall, name: str, place: Origin
    ) -> Argument | None:
        """An argument that is kept where it is not written: the op's default for it."""
        old = self._ops.get(call.name)
        known = old.model_fields if old else _parameters(call)
        if name not in known:
            raise failure(
                "unknown-argument",
                f"{call.name} has no argument '{name}' to keep",
                at=place.value,
                help=near(name, known),
                fix=fix_name(name, known, place.value),
            )
        default = old.defaults().get(name) if old else None
        if default is not None:
            return Argument(default, place, _NO_NAMES)
        if old and new.name in self._ops and name in self._ops[new.name].defaults():
            return None
        raise failure(
            "bad-edit",
            f"'{name}' is not written here, so it cannot be kept",
            at=place.value,
            also=[Label(call.origin.key, "this layer")],
        )

    def _check_takes(self, new: ResolvedCall, name: str, place: Origin) -> None:
        if new.name in self._ops:
            check_arguments(self._ops[new.name], {name: place})
        elif new.net is None:
            check_parameters(new.name, new.home.program.blocks[new.name], {name: place})
        elif name not in new.net.program.params:
            raise SpecError([unknown_param(name, new.net.program.params, place)])


def _parameters(call: ResolvedCall) -> Collection[str]:
    """Of a block or a network."""
    if call.net is not None:
        return call.net.program.params
    return call.home.program.blocks[call.name].block.params


_NO_NAMES: Final = Environment({}, FileParams({}))


def _selection(text: EditText, known: Collection[str]) -> Selection:
    selector = text.edit.selector
    return selection(selector.op, selector.path, text.origin / text.edit.verb, known)
