"""Op: what every layer of the language is, and what it says about itself."""

# No `from __future__ import annotations`: Pydantic would compile Op's own for every op again.
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache, cached_property
from typing import Annotated, Any, ClassVar, Final, Literal, final, get_args

from pydantic import BaseModel, ConfigDict, Field

from archspec.op.footprint import POINTWISE, Footprint, same_tf, sliding
from archspec.op.tensor import TensorType

MAX_SIZE: Final = 1_000_000
"""The largest number of channels, features, or pixels along one side."""

PositiveInt = Annotated[int, Field(ge=1, le=MAX_SIZE)]
NonNegativeInt = Annotated[int, Field(ge=0, le=MAX_SIZE)]
Size = PositiveInt | tuple[PositiveInt, PositiveInt]
"""One number for both directions, or (height, width)."""
Size3d = PositiveInt | tuple[PositiveInt, PositiveInt, PositiveInt]
"""One number for all directions, or (depth, height, width)."""
Probability = Annotated[float, Field(ge=0, le=1)]


class Meaning(Enum):
    """What an argument is, whatever its name: footprints, labels and comparisons go by it."""

    OUTPUTS = "channels or features that come out"
    KERNEL = "size of the window"
    STRIDE = "step of the window; None for the size of the kernel"
    PADDING = "what stands around the input for the window: pixels, 'same', 'same_tf' or 'valid'"
    DILATION = "spacing inside of the window"
    GROUPS = "groups of channels that do not see each other"
    OUTPUT_SIZE = "sides of the map that comes out, by pooling"
    RESIZED = "sides of the map that comes out, by resizing"
    FACTOR = "how many times larger or smaller the output is"
    BORDER = "pixels that are put around the map"
    PROBABILITY = "how probable it is that something is dropped"
    CONSTANT = "what every number is multiplied with"
    SHAPE = "a shape of the input"
    START = "the first channel that is taken"
    STOP = "the first channel behind those that are taken; None for the end"
    MINOR = "what no paper says beside a layer"


Kernel = Annotated[Size, Meaning.KERNEL]
Stride = Annotated[Size, Meaning.STRIDE]
Padding = Annotated[NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt], Meaning.PADDING]
Dilation = Annotated[Size, Meaning.DILATION]
Kernel1d = Annotated[PositiveInt, Meaning.KERNEL]
Stride1d = Annotated[PositiveInt, Meaning.STRIDE]
Padding1d = Annotated[NonNegativeInt, Meaning.PADDING]
Dilation1d = Annotated[PositiveInt, Meaning.DILATION]
Kernel3d = Annotated[Size3d, Meaning.KERNEL]
Stride3d = Annotated[Size3d, Meaning.STRIDE]
Padding3d = Annotated[
    NonNegativeInt | tuple[NonNegativeInt, NonNegativeInt, NonNegativeInt], Meaning.PADDING
]
Dilation3d = Annotated[Size3d, Meaning.DILATION]
Groups = Annotated[PositiveInt, Meaning.GROUPS]
Outputs = Annotated[PositiveInt, Meaning.OUTPUTS]
Flag = Annotated[bool, Meaning.MINOR]


class Role(Enum):
    """What a layer is for: how figures colour it, and how rows and statements are grouped."""

    INPUT = "input"
    CONV = "convolution"
    LINEAR = "linear"
    NORM = "normalisation"
    ACTIVATION = "activation"
    POOL = "pooling"
    MERGE = "merge"
    DROP = "dropout"
    SHAPE = "reshape"


class ShapeError(Exception):
    """The inputs do not fit an op; ``field`` names the argument to blame, if there is one."""

    def __init__(self, message: str, *, field: str | None = None, help: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.help = help


@final
@dataclass(frozen=True, slots=True)
class Call:
    """PyTorch as data: ``torch.nn.Conv2d(3, 64, kernel_size=7)`` or a function of tensors."""

    target: str
    """Dotted name: ``torch.nn.Conv2d``, or of a function ``torch.cat``, ``operator.add``."""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """All arguments by name, in the signature's order; of a function those behind the tensors."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """The signature's defaults: an argument that has its default need not be written."""
    positional: int = 0
    """So many leading arguments are usually written without their names."""
    is_function: bool = False
    """A function of tensors: the network holds no module for it."""
    takes_list: bool = False
    """The function takes its tensors in one list, as ``torch.cat`` does."""
    like: str | None = None
    """The argument of a function that is the height and width of its last tensor: ``size``."""
    infix: str | None = None
    """The operator of a function of two operands that is written between them: ``+``. Arguments are
    further operands: ``x * 0.5``."""
    coefficients: tuple[float, ...] = ()
    """What the operands of an infix function are multiplied with before: ``x + 0.5 * y``."""
    of_two: bool = False
    """The function takes two tensors; of more it is called again with its result and the next."""
    is_subscript: bool = False
    """Its arguments start and stop are written as those of a slice of channels: ``x[:, 2:4]``."""
    tensor: str | None = None
    """Of a layer that its scope holds as a tensor and multiplies its input with: what makes that
    tensor of the arguments. The class of the target does the same as a module."""
    sizes: frozenset[str] = frozenset()
    """Arguments that count channels or features: the source writes one as a multiple of another."""


Saves = Literal["nothing", "input", "output", "both"]


@final
@dataclass(frozen=True, slots=True)
class Kept:
    """A tensor that autograd keeps for the gradients of certain inputs, and not without them."""

    gradients: tuple[int, ...]
    """Positions of those inputs: for any of them that learns the tensor is kept."""
    input: int | None = None
    """Position of the input that it is; None for a tensor that the layer makes."""
    bytes: int = 0
    """Of one float32 sample, if the layer makes it."""
    own: bool = False
    """Whether the gradients of the layer's own parameters need it, too."""


@final
@dataclass(frozen=True)
class Cost:
    """What one layer costs for one sample."""

    saves: Saves
    """Which of its tensors autograd keeps for the backward pass, whatever the gradients are for."""
    parameters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Shape of every learnable tensor under its PyTorch name, in the order of the module."""
    buffers: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Shape of every tensor of the state_dict that is not learnable."""
    macs: int = 0
    """Multiply-accumulates of convolutions and linear layers, without bias."""
    elementwise: int = 0
    """Every other operation: BatchNorm 2 an element, activation 1, bias 1, a pooled output k²."""
    saved_bytes: int = 0
    """What autograd keeps beside ``saves`` of one float32 sample: indices, masks, statistics."""
    index_bytes: int = 0
    """So many of ``saved_bytes`` are of integers: the same in every precision."""
    once: bool = False
    """All that the layer makes is kept once for a batch of any size: statistics, weights."""
    copied_bytes: int = 0
    """Of a padded copy of one float32 sample, which is kept beside that; with ``once`` only."""
    scratch_bytes: int = 0
    """Of what is alive on the way beside input and output of one float32 sample, kept or not, at most;
    0 where that is no more than what is kept."""
    kept: tuple[Kept, ...] = ()
    """What autograd keeps beside both, but not where the inputs that need it learn nothing."""

    @cached_property
    def params(self) -> int:
        return sum(math.prod(shape) for shape in self.parameters.values())


@final
@dataclass(frozen=True, slots=True)
class Example:
    """Arguments and inputs on which the contract test runs an op."""

    arguments: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[tuple[int, ...], ...] = ((4, 13, 17),)


class Op(BaseModel, ABC):
    """A layer. Its fields are its arguments, under the names of the torch.nn class."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, allow_inf_nan=False
    )

    arity: ClassVar[int | None] = 1
    """How many inputs; None for any number from one on."""
    takes_like: ClassVar[bool] = False
    """It may be given one more operand, of which it reads the height and width and no number."""
    is_tensor: ClassVar[bool] = False
    """Its scope holds its one tensor under the name of the layer itself."""
    reads_channels_last: ClassVar[bool] = False
    """It also reads maps whose channels are the last of their sides: ``(H, W, C)``."""
    role: ClassVar[Role]
    examples: ClassVar[tuple[Example, ...]]
    inferred: ClassVar[frozenset[str]] = frozenset()
    """Arguments of the torch class that the graph knows and a spec may not write."""
    positional: ClassVar[int] = 0
    """So many leading arguments of the torch call are usually written without their names."""
    formula: ClassVar[str]
    """What it computes, or how the output's size follows from the input's, in one line."""
    can_be_inplace: ClassVar[bool] = False
    """The torch module has an ``inplace`` argument, and its backward pass can do without the input."""
    clones_in_place: ClassVar[bool] = False
    """Working in place it keeps a copy of its input for the backward pass."""
    view: ClassVar[bool] = False
    """The output may share the input's memory (Flatten, Identity, Dropout in eval mode)."""
    gives: ClassVar[str] = "Tensor"
    """The type of the output in Python."""
    accumulates: ClassVar[bool] = False
    """``x += y`` gives the same, and no backward pass needs the old x."""
    short_name: ClassVar[str] = ""
    """What papers call it: ``conv``, ``BN``; the name of the class if they have no other."""
    sign: ClassVar[str | None] = None
    """A figure draws it as this sign in a circle: ``+``."""
    has_row: ClassVar[bool | None] = None
    """Whether a table of a paper has a row for it. By default what neither normalises, activates nor
    drops has one, and merges have none."""
    folds: ClassVar[frozenset[Role] | None] = None
    """Roles of the layers behind which it is shown with them, in one row or box, if nothing else reads
    those. By default a normalisation is behind a convolution, a linear layer or a normalisation; an
    activation behind these or a merge; a dropout behind anything."""
    penalty: ClassVar[bool] = False
    """Its outputs are distances or penalties: as the output of a classifier, the smallest wins."""
    transposed: ClassVar["type[Op] | None"] = None
    """The op of the same arguments whose weight has its sides in the opposite order."""
    stands_in: ClassVar[bool] = False
    """Of a merge: what an absent operand would have read may take its place, as in a sum."""

    @abstractmethod
    def infer(self, *inputs: TensorType) -> TensorType:
        """Shape of the output. Raises ShapeError where the inputs do not fit."""

    @abstractmethod
    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        """Learnable tensors and operations for one sample."""

    @abstractmethod
    def lowered(self, *inputs: TensorType) -> Call:
        """The PyTorch module or function."""

    def arguments(self) -> dict[str, Any]:
        """All arguments by name, in the order of the class."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        return {
            name: info.default for name, info in cls.model_fields.items() if not info.is_required()
        }

    @classmethod
    def is_shown(cls) -> bool:
        """Whether tables have a row for it."""
        return cls.has_row if cls.has_row is not None else cls.role not in _WITHOUT_ROW

    @classmethod
    def folds_behind(cls) -> frozenset[Role]:
        """Roles of the layers with which it is shown in one row or box."""
        return cls.folds if cls.folds is not None else _FOLDS.get(cls.role, frozenset())

    @classmethod
    def is_minor(cls, name: str) -> bool:
        """Whether an argument is one that no paper shows."""
        return name in _minor(cls)

    @classmethod
    def name_of(cls, meaning: Meaning) -> str | None:
        """The argument with a meaning, by its name."""
        return _names(cls).get(meaning)

    def value_of(self, meaning: Meaning, default: Any = None) -> Any:
        """The value of the argument with a meaning."""
        name = self.name_of(meaning)
        return default if name is None else getattr(self, name)

    def footprint(self, x: TensorType, output: TensorType) -> tuple[Footprint, ...] | None:
        """What each output pixel reads of one input, along each side; None for all of it.

        By default that of a window, if an argument is a kernel; else pixel by pixel of an input of
        the output's size, and all of another. Statistics over a whole map do not count.
        """
        if not x.is_map or x.rank != output.rank:
            return None
        if self.name_of(Meaning.KERNEL) is not None:
            return tuple(self._window(side, size) for side, size in enumerate(x.spatial))
        return (POINTWISE,) * x.rank if x.spatial == output.spatial else None

    def _window(self, side: int, length: int) -> Footprint:
        kernel = self.value_of(Meaning.KERNEL)
        stride, padding, dilation = (
            self.value_of(meaning, default)
            for meaning, default in (
                (Meaning.STRIDE, 1),
                (Meaning.PADDING, 0),
                (Meaning.DILATION, 1),
            )
        )
        size, spacing = _side(kernel, side), _side(dilation, side)
        if padding == "same":
            padding = spacing * (size - 1) // 2
        step = _side(kernel if stride is None else stride, side)
        if padding == "same_tf":
            padding, _ = same_tf(length, size, step, spacing)
        before = 0 if padding == "valid" else _side(padding, side)
        return sliding(size, step, before, spacing)

    def torch_module(self, **leading: Any) -> Call:
        """The torch.nn class of the same name: arguments that the graph knows, then the op's own."""
        return Call(
            f"torch.nn.{type(self).__name__}",
            {**leading, **self.arguments()},
            self.defaults(),
            type(self).positional,
            sizes=self.sizes(leading),
        )

    def sizes(self, leading: Mapping[str, Any]) -> frozenset[str]:
        """Of a module's arguments those that count channels or features."""
        outputs = self.name_of(Meaning.OUTPUTS)
        given = {name for name, value in leading.items() if type(value) is int}
        return frozenset(given | ({outputs} if outputs else set()))


# Pydantic evaluates the annotations of all bases again for each op, and fields there are none.
Op.__annotations__.clear()

_WITHOUT_ROW: Final = frozenset({Role.NORM, Role.ACTIVATION, Role.DROP, Role.MERGE})
_WEIGHTED: Final = frozenset({Role.CONV, Role.LINEAR})
_FOLDS: Final[Mapping[Role, frozenset[Role]]] = {
    Role.NORM: _WEIGHTED | {Role.NORM},
    Role.ACTIVATION: _WEIGHTED | {Role.NORM, Role.MERGE},
    Role.DROP: frozenset(Role),
}


def _side(value: int | tuple[int, ...], side: int) -> int:
    return value[side] if isinstance(value, tuple) else value


@cache
def _names(op: type[Op]) -> Mapping[Meaning, str]:
    """The arguments that have a meaning of which there is one."""
    found: dict[Meaning, str] = {}
    for name, info in op.model_fields.items():
        for meaning in _meanings(info.annotation, *info.metadata):
            found.setdefault(meaning, name)
    return found


@cache
def _minor(op: type[Op]) -> frozenset[str]:
    return frozenset(
        name
        for name, info in op.model_fields.items()
        if Meaning.MINOR in _meanings(info.annotation, *info.metadata)
    )


def _meanings(annotation: Any, *metadata: Any) -> Iterator[Meaning]:
    yield from (data for data in metadata if isinstance(data, Meaning))
    for part in get_args(annotation):
        yield from _meanings(part, *getattr(part, "__metadata__", ()))
