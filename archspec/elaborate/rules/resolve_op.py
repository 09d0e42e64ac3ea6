"""From an item that names an op, a block or an op parameter to the call that it is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from archspec.diagnostics import SpecError, failure, fix_name, near
from archspec.elaborate.rules.bindings import ResolvedCall
from archspec.elaborate.rules.desugar import WrittenCall
from archspec.language.model import SIZES_OF_INPUT
from archspec.language.names import Argument, Environment, Undefined, resolve_op_value
from archspec.language.program import CAPITAL, SMALL
from archspec.text import Origin, Span


def resolve_call(
    written: WrittenCall, names: Environment, known: Collection[str], first_edit: int
) -> ResolvedCall:
    """The op or block that a call means, with the arguments of an op parameter if it names one."""
    op, at = written.op, written.at
    arguments = {name: Argument(raw, at, names) for name, (raw, at) in written.arguments.items()}
    check_op(op, at, names, known)
    if CAPITAL.fullmatch(op):
        return ResolvedCall(op, at, arguments, first_edit)
    value = resolve_op_value(op, arguments, at, names)
    if value.name not in known:
        raise unknown_op(value.name, (value.origin / "op").value, known)
    none = Undefined("there is no input")
    sizes = {size: names.values.get(size, none) for size in SIZES_OF_INPUT}
    together = {
        name: arguments.get(name)
        or Argument(brought.raw, brought.origin, Environment(sizes, brought.environment))
        for name, brought in value.arguments.items()
    }
    return ResolvedCall(value.name, at, together, first_edit)


def check_op(op: str, at: Origin, names: Environment, known: Collection[str]) -> None:
    """Raises SpecError if no op, block or parameter has that name."""
    if CAPITAL.fullmatch(op):
        if op not in known:
            raise unknown_op(op, (at / "op").value, known)
    elif SMALL.fullmatch(op) and names.holder(op) is None:
        raise failure(
            "unknown-op",
            f"there is no op, block or parameter '{op}'",
            at=(at / "op").value,
            help=near(op, [*known, *names.names()]),
            fix=fix_name(op, [*known, *names.names()], (at / "op").value),
        )


def unknown_op(op: str, place: Span, known: Collection[str]) -> SpecError:
    """The error for an op that there is not."""
    help, fix = near(op, known), fix_name(op, known, place)
    if op in OF_TORCH:
        help, fix = f"torch.nn.{op} is not part of the language; 'archspec ops' lists what is", None
    if op in SPLITS:
        help, fix = (
            "a layer has one output: a Slice for each part, {op: Slice, start: a, stop: b}",
            None,
        )
    return failure("unknown-op", f"there is no op or block '{op}'", at=place, help=help, fix=fix)


SPLITS: Final = frozenset({"Chunk", "Split", "TensorSplit", "Unbind"})
"""What others call it to take a tensor apart into several."""


OF_TORCH: Final = frozenset(
    """
    AdaptiveLogSoftmaxWithLoss BCELoss BCEWithLogitsLoss Bilinear CTCLoss CircularPad1d
    CircularPad2d CircularPad3d CosineEmbeddingLoss CosineSimilarity CrossEntropyLoss CrossMapLRN2d
    Embedding EmbeddingBag Fold FractionalMaxPool2d FractionalMaxPool3d GRU GRUCell GaussianNLLLoss
    HingeEmbeddingLoss HuberLoss KLDivLoss L1Loss LSTM LSTMCell MSELoss MarginRankingLoss
    MaxUnpool1d MaxUnpool2d MaxUnpool3d ModuleDict ModuleList MultiLabelMarginLoss
    MultiLabelSoftMarginLoss MultiMarginLoss MultiheadAttention NLLLoss NLLLoss2d PairwiseDistance
    ParameterDict ParameterList PoissonNLLLoss RMSNorm RNN RNNCell Sequential SmoothL1Loss
    SoftMarginLoss Transformer TransformerDecoder TransformerDecoderLayer TransformerEncoder
    TransformerEncoderLayer TripletMarginLoss TripletMarginWithDistanceLoss Unflatten Unfold
    """.split()  # noqa: SIM905 -- words are easier to read without their quotes
)
"""Classes of torch.nn without a likeness in the language: no slips for ops that it has."""
