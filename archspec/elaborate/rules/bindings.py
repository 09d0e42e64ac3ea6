"""What names stand for while a scope is filled."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, final

from archspec.elaborate.rules.desugar import Item
from archspec.elaborate.rules.home import Home
from archspec.elaborate.rules.templates import LayerName, name_form
from archspec.graph import Depiction, Group, Node, Scope
from archspec.language.model import Body, ScopeItem
from archspec.language.names import Argument, Environment
from archspec.language.program import Program
from archspec.text import Origin


@final
class Value(NamedTuple):
    """The output of a layer, or an input: the path of the node that computes it."""

    path: str
    outputs: tuple[tuple[str, str], ...] = ()
    """Of a block with several outputs their names and paths, the first among them."""


@final
@dataclass(frozen=True, slots=True)
class Absent:
    """A layer that does not exist here, and what its readers get."""

    name: str
    origin: Origin
    instead: Value | None
    """Its own input where no ``else`` is written; None for ``else: none``."""
    reason: str
    """Why it is not there, for a message."""


@final
class Poisoned:
    """A layer that could not be made: whoever reads it stays silent."""


Binding = Value | Absent | Poisoned
POISONED: Final = Poisoned()


@final
class Operand(NamedTuple):
    """One input of an item."""

    binding: Binding
    name: str | None
    """As ``from`` calls it; None for the item above."""
    origin: Origin
    is_glob: bool = False


@final
class Inline(NamedTuple):
    """The body of an inline scope, and the names it may use."""

    body: Body
    at: Origin
    """Where the layers stand."""
    environment: Environment
    output: str | None = None
    output_at: Origin | None = None
    outer: OpenScope | None = None
    """The scope that the text shows around it."""


@final
class Net(NamedTuple):
    """A network as a part, the scope of it that is meant alone, and the layer that ends it."""

    program: Program
    scope: LayerName | None
    until: LayerName | None


@final
@dataclass(frozen=True, slots=True, eq=False)
class ResolvedCall:
    """An op, a block or a network with its arguments (or an edit's inline scope): what edits act
    on."""

    name: str
    origin: Origin
    arguments: Mapping[str, Argument]
    home: Home
    """Where its name has a meaning."""
    first_edit: int = 0
    """The edits before this one made the call, or had their say already."""
    inline: Inline | None = None
    net: Net | None = None
    is_constant: bool = False
    """Its arguments are the same for every copy."""
    like: Value | None = None
    """The layer whose height and width it takes."""
    made: MadeLayer | None = None
    """The layer or scope that is called once more."""
    tied: Tied | None = None
    """The layer whose weight it has."""
    figure: Depiction | None = None

    @property
    def written(self) -> Mapping[str, str]:
        """The arguments whose value is a text in the spec: expressions, for the most part."""
        return {
            name: argument.raw
            for name, argument in self.arguments.items()
            if isinstance(argument.raw, str)
        }


@final
class Instance(NamedTuple):
    """What an item has made, for ``use`` to make again."""

    children: Sequence[Node | Scope]
    sources: tuple[str, ...]
    output: str


@final
class MadeLayer(NamedTuple):
    """A layer or scope that was made, for another item to use again."""

    path: str
    instance: Instance
    outputs: tuple[tuple[str, str], ...]
    """Of a block with several outputs their names and paths."""
    around: OpenScope
    """The scope that it stands in, or that holds the scopes on the way to it."""
    name: str
    """By which that scope knows it."""

    @property
    def is_inside(self) -> bool:
        """It stands in a scope inside of the one that knows it."""
        return self.path != self.around.path_of(self.name)


@final
class Tied(NamedTuple):
    """A layer whose weight another one has, too."""

    path: str
    at: Origin
    """Where that is written."""


@final
@dataclass(slots=True, eq=False)
class OpenScope:
    """A scope that is being filled."""

    path: str
    inputs: Mapping[str, Binding]
    numbered: bool
    current: Binding | None
    """What the next item reads if it does not say ``from``."""
    used: frozenset[str] = frozenset()
    """Layers that a ``use`` in this scope or inside of it needs again; forms of names for templates."""
    outer: OpenScope | None = None
    """The scope around layers that stand in their item: its layers can be used again here."""
    names: dict[str, Binding] = field(default_factory=dict)
    taken: dict[str, Origin] = field(default_factory=dict)
    children: list[Node | Scope] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    instances: dict[str, Instance] = field(default_factory=dict)
    """Those of the layers in ``used`` that are there."""
    depth: int = 0
    last: str | None = None
    """Name of the item above."""
    number: int = 0
    trying: str | None = None
    """Name of what is being made."""
    is_edited: bool = False
    """An edit has taken a layer away: if none is left, the scope is no absent layer."""
    is_unsure: bool = False
    """An item with names that are not known could not be made: readers of them stay silent."""
    gone: list[Body] = field(default_factory=list)
    """Layers of this scope that do not exist here, and nothing stands for them."""
    outputs: frozenset[str] = frozenset()
    """Layers that are outputs of the network whose own scope this is."""
    parts: dict[str, Binding] = field(default_factory=dict)
    """By its path all that is in the networks that are parts: one mapping for all scopes."""
    is_in_part: bool = False
    until: str | None = None
    """The layer that ends the scope, by its path from here; what follows it is not made."""
    is_ended: bool = False
    ends: dict[str, tuple[LayerName, Body]] = field(default_factory=dict)
    """For networks that are parts the layer that ends each, and all of its layers."""

    def path_of(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    @property
    def outermost(self) -> OpenScope:
        """The scope around it that the text shows: of the network, of a part, of a block."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope

    @property
    def known(self) -> dict[str, Binding]:
        """What ``from`` can name: the inputs and the layers above."""
        return {**self.inputs, **self.names}

    def is_used(self, name: str) -> bool:
        return bool(self.used) and (name in self.used or name_form(name) in self.used)

    def bind(self, name: str | None, binding: Binding) -> None:
        """What an item stands for from now on; None is the name of an item of a list."""
        self.current, self.last = binding, name
        if name is not None:
            self.names[name] = binding
        elif isinstance(binding, Absent):
            return  # the next item has its number
        if self.is_in_part:
            key = name or str(self.trying)
            self.parts[self.path_of(key)] = binding
            self.is_ended = self.until is not None and f"{self.until}.".startswith(f"{key}.")

    def find(self, name: str) -> Binding | None:
        """The layer of a name, of a path into a network that is a part of this scope, or of another
        output of a block."""
        head, _, output = name.partition(".")
        binding = self.names.get(head)
        if output and isinstance(binding, Value) and output in dict(binding.outputs):
            return Value(dict(binding.outputs)[output])
        return binding if not output else self.parts.get(self.path_of(name))

    def use_part(self, old: str, new: str, made: Collection[str]) -> None:
        """Paths lead into the network ``new``, too, which is ``old`` once more."""
        before, after = f"{self.path_of(old)}.", f"{self.path_of(new)}."
        for path in [path for path in self.parts if path.startswith(before)]:
            binding = self.parts[path]
            if isinstance(binding, Value) and binding.path.startswith(before):
                again = Value(after + binding.path[len(before) :])
                if again.path in made:
                    self.parts[after + path[len(before) :]] = again

    def fail(self, item: Item) -> None:
        """An item could not be made: who reads it stays silent."""
        self.current, self.last = POISONED, None
        if item.is_group or item.repeat_form == "templated" or "{" in str(item.key):
            self.is_unsure = True
        elif isinstance(item.key, str):
            self.names.setdefault(item.key, POISONED)
            if self.is_in_part:
                self.parts.setdefault(self.path_of(item.key), POISONED)

    def is_gone(self, name: str) -> bool:
        """A layer of that name is written here, but does not exist."""
        return any(has_layer(body, name) for body in self.gone)


def has_layer(body: Body, name: str) -> bool:
    """Whether a layer of that name is written there, in whatever group."""
    if isinstance(body, list):
        return False
    return any(
        (isinstance(item, ScopeItem) and has_layer(item.layers, name))
        if key.startswith("(")
        else name_form(key) == name_form(name)
        for key, item in body.items()
    )
