"""What the source is made of: classes and functions, the items they hold, and their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, final

from archspec.graph import Scope
from archspec.op.base import Role

Reference = tuple[str, int]
"""("input", k): the k-th input of the scope; ("item", k): the output of its k-th item."""


@final
@dataclass(frozen=True, slots=True)
class Symbol:
    """A value that is a parameter of the whole network: ``num_classes``."""

    name: str
    value: Any


@final
@dataclass(frozen=True, slots=True)
class Module:
    """A module that was made already: by its path in the network, or as the class that holds it
    writes it."""

    path: str
    kind: str
    """Its class."""
    text: str | None = None
    """``self.relu`` in the constructor of the scope in which it stands."""


@final
@dataclass(frozen=True, slots=True)
class Slot:
    """A number of one instance."""

    value: Any
    """None where the instance lacks the item."""
    name: str
    """Name of the argument."""
    item: str
    """Name of the item it belongs to."""
    category: str
    """Numbers of one category may be multiples of each other: channels, or the name."""


@final
@dataclass(frozen=True, slots=True)
class Function:
    """How a function of tensors is called."""

    infix: str | None
    coefficients: tuple[float, ...]
    takes_list: bool
    like: str | None
    of_two: bool
    is_subscript: bool


@final
@dataclass(frozen=True, slots=True)
class LayerItem:
    """A module; or a function of tensors."""

    name: str
    target: str
    arguments: tuple[str, ...]
    positional: int
    role: Role
    references: tuple[Reference, ...]
    inplace: bool = False
    defaults: Any = field(default=None, compare=False)
    function: Function | None = None
    tensor: str | None = None
    """It is a tensor of its class, made so, with which its input is multiplied."""

    @property
    def is_module(self) -> bool:
        return self.function is None

    @property
    def infix(self) -> str | None:
        """The operator between the operands."""
        return self.function.infix if self.function is not None else None


@final
@dataclass(frozen=True, slots=True)
class InstanceItem:
    """An instance of a printed class."""

    name: str
    printed: PrintedClass
    references: tuple[Reference, ...]


@final
@dataclass(frozen=True, slots=True)
class SequentialItem:
    """An ``nn.Sequential`` without a class of its own: items 0, 1, ..."""

    name: str
    items: tuple[Item, ...]
    references: tuple[Reference, ...]


@final
@dataclass(frozen=True, slots=True)
class LoopItem:
    """Equal neighbours, or such whose numbers grow evenly: the item, then how often it comes.

    Its slots are those of the item, for each of them the step, and the count.
    """

    item: Single
    stem: str | None
    """The names are stem + number; None for the numbers of a list."""
    start: int
    """The number in the first name."""
    after_head: bool = False
    """The count includes the item before: the run goes from 1."""
    stepping: tuple[bool, ...] = ()

    @property
    def name(self) -> str:
        return self.item.name

    @property
    def references(self) -> tuple[Reference, ...]:
        return self.item.references


@final
@dataclass(frozen=True, slots=True)
class ReuseItem:
    """The module of another item once more."""

    name: str
    original: int
    references: tuple[Reference, ...]


@final
@dataclass(frozen=True, slots=True)
class SharedItem:
    """A module that another scope has made. It has one slot: where it comes from."""

    name: str
    references: tuple[Reference, ...]
    role: Role | None
    """Of a layer."""
    is_tensor: bool = False
    """A tensor, with which its input is multiplied."""
    printed: PrintedClass | None = None
    """Of a scope."""


@final
@dataclass(frozen=True, slots=True)
class TapItem:
    """Another value of an item of several: of a layer inside of it, which is read outside."""

    name: str
    position: int
    """Among the taps of the item's class."""
    references: tuple[Reference, ...]
    """The item."""


@final
@dataclass(frozen=True, slots=True)
class FunctionItem:
    """Some modules of a list that a function makes: ``*conv_relu(64, 128)``."""

    name: str
    printed: PrintedFunction
    references: tuple[Reference, ...]


Single = LayerItem | InstanceItem | SequentialItem | ReuseItem | SharedItem | TapItem | FunctionItem
Item = Single | LoopItem


def is_tensor(item: Item) -> bool:
    """Whether it is a tensor of its class, with which its input is multiplied."""
    if isinstance(item, SharedItem):
        return item.is_tensor
    return isinstance(item, LayerItem) and item.tensor is not None


@final
@dataclass(frozen=True, slots=True)
class Template:
    items: tuple[Item, ...]
    output: Reference
    inputs: tuple[str, ...]
    numbered: bool
    """The items are 0, 1, ... of a chain."""
    taps: tuple[Reference, ...] = ()
    """What is returned beside the output."""
    refers: bool = False
    """Modules of it are handed to others of it, so that its constructor names them."""
    ties: tuple[tuple[str, str], ...] = ()
    """Tensors that are others of the same constructor: ``self.up.weight = self.down.weight``."""

    @property
    def returned(self) -> tuple[Reference, ...]:
        """All that is returned, in written order."""
        return tuple(sorted((self.output, *self.taps)))

    @property
    def is_chain(self) -> bool:
        """Every item is a module that reads the one before it: an ``nn.Sequential``."""
        if self.refers and self.numbered:
            return False
        expected: Reference = ("input", 0)
        for k, item in enumerate(self.items):
            if item.references != (expected,) or isinstance(item, ReuseItem | TapItem):
                return False
            if isinstance(item, LayerItem) and not item.is_module:
                return False
            if is_tensor(item):
                return False
            expected = ("item", k)
        return self.output == expected and len(self.inputs) == 1 and not self.taps


@final
@dataclass(frozen=True, slots=True)
class Term:
    """What stands for a number in a printed class."""

    text: str
    value: Any = None
    """The number, if it is the same for all instances."""
    is_literal: bool = False


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a printed class's constructor."""

    name: str
    type: str
    category: str
    values: tuple[Any, ...]
    """One for every instance; any value where the instance does without."""
    default: Any = None
    has_default: bool = False


@final
@dataclass(frozen=True, slots=True, eq=False)
class PrintedClass:
    """One class of the source: what it holds, and how its instances differ."""

    name: str
    template: Template
    scopes: tuple[Scope, ...]
    terms: tuple[Term, ...]
    """For every slot of the template what stands for its number."""
    parameters: tuple[Parameter, ...]
    optional: Mapping[str, str] = field(default_factory=dict)
    """Items that some instances lack, and the parameter that says so."""

    @property
    def is_sequential(self) -> bool:
        return self.template.is_chain


@final
@dataclass(frozen=True, slots=True, eq=False)
class PrintedFunction:
    """A function that makes a few modules."""

    name: str
    items: tuple[LayerItem, ...]
    terms: tuple[Term, ...]
    parameters: tuple[Parameter, ...]
