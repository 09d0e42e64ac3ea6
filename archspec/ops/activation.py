"""Activations, counted as one operation an element, softmaxes as three."""

from typing import Annotated, ClassVar, Literal, final

from pydantic import Field

from archspec.op.base import Call, Cost, Example, Meaning, Op, PositiveInt, Role, Saves, ShapeError
from archspec.op.own import own_module
from archspec.op.requirements import division, require_groups
from archspec.op.tensor import TensorType

PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]


class _Elementwise(Op):
    """One number of the input makes one of the output."""

    role = Role.ACTIVATION
    reads_channels_last = True
    examples: ClassVar[tuple[Example, ...]] = (Example(), Example(inputs=((10,),)))
    saves: ClassVar[Saves] = "input"
    saved_copies: ClassVar[int] = 0
    """So many tensors of the input's size autograd keeps beside ``saves``."""

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        saved_bytes = 4 * self.saved_copies * output.numel
        return Cost(self.saves, elementwise=output.numel, saved_bytes=saved_bytes)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class ReLU(_Elementwise):
    """Rectified linear unit (Nair & Hinton 2010)."""

    formula = "y = max(0, x)"
    can_be_inplace = True
    saves = "output"


@final
class ReLU6(_Elementwise):
    """Rectified linear unit that ends at 6 (Krizhevsky 2010)."""

    formula = "y = min(max(0, x), 6)"
    can_be_inplace = True
    clones_in_place = True


@final
class LeakyReLU(_Elementwise):
    """Rectified linear unit with a slope on the negative side (Maas et al. 2013)."""

    positional = 1
    formula = "y = x if x > 0 else negative_slope·x"
    can_be_inplace = True  # as long as the output has the input's sign
    examples = (Example(), Example({"negative_slope": 0.2}), Example({"negative_slope": 0}))

    negative_slope: NonNegativeFloat = 0.01


@final
class VLReLU(_Elementwise):
    """Very leaky ReLU: LeakyReLU, but with a third for a slope (Mishkin et al. 2016).

    The row of that name in the benchmark of https://arxiv.org/abs/1606.02228.
    """

    positional = 1
    formula = "y = x if x > 0 else negative_slope·x"
    can_be_inplace = True
    examples = (Example(), Example({"negative_slope": 0.3}))

    negative_slope: NonNegativeFloat = 1 / 3

    def lowered(self, *inputs: TensorType) -> Call:
        return Call("torch.nn.LeakyReLU", self.arguments(), positional=1)


@final
class RReLU(_Elementwise):
    """Leaky ReLU whose slope is drawn anew for every element in training (Xu et al. 2015)."""

    positional = 2
    saved_copies = 1
    formula = "y = x if x > 0 else a·x, a uniform in [lower, upper]; in eval mode their mean"
    examples = (Example(), Example({"lower": 0.1, "upper": 0.3}))

    lower: NonNegativeFloat = 1 / 8
    upper: NonNegativeFloat = 1 / 3

    def infer(self, *inputs: TensorType) -> TensorType:
        if self.lower > self.upper:
            raise ShapeError(
                f"lower {self.lower} is above upper {self.upper}",
                field="lower",
                help="lower and upper are the ends of an interval",
            )
        return inputs[0]


@final
class ELU(_Elementwise):
    """Exponential linear unit (Clevert et al. 2015, https://arxiv.org/abs/1511.07289)."""

    formula = "y = x if x > 0 else alpha·(exp(x) − 1)"  # not in place: other gradients by rounding
    examples = (Example(), Example({"alpha": 0.5}))

    alpha: NonNegativeFloat = 1.0


@final
class SELU(_Elementwise):
    """Self-normalising ELU (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515)."""

    formula = "y = 1.0507·(x if x > 0 else 1.6733·(exp(x) − 1))"


@final
class CELU(_Elementwise):
    """ELU whose slope is continuous for every alpha (https://arxiv.org/abs/1704.07483)."""

    formula = "y = max(0, x) + min(0, alpha·(exp(x / alpha) − 1))"
    examples = (Example(), Example({"alpha": 2}))

    alpha: PositiveFloat = 1.0


@final
class GELU(_Elementwise):
    """Gaussian error linear unit (Hendrycks & Gimpel 2016, https://arxiv.org/abs/1606.08415)."""

    formula = "y = x·Φ(x), Φ the distribution function of the normal distribution"
    examples = (Example(), Example({"approximate": "tanh"}))

    approximate: Literal["none", "tanh"] = "none"


@final
class Sigmoid(_Elementwise):
    """Logistic function, from 0 to 1."""

    formula = "y = 1 / (1 + exp(−x))"
    saves = "output"


@final
class Tanh(_Elementwise):
    """Hyperbolic tangent, from −1 to 1."""

    formula = "y = tanh(x)"
    saves = "output"


@final
class ScaledTanh(_Elementwise):
    """Hyperbolic tangent through (1, 1) and (−1, −1) (LeCun et al. 1998, LeNet-5)."""

    short_name = "scaled tanh"
    positional = 2
    formula = "y = scale·tanh(slope·x)"
    saves = "nothing"
    saved_copies = 1  # tanh(slope·x)
    examples = (Example(), Example({"scale": 1.73, "slope": 0.5}, inputs=((10,),)))

    scale: PositiveFloat = 1.7159
    slope: PositiveFloat = 2 / 3

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class Arcsinh(_Elementwise):
    """Inverse hyperbolic sine, which grows like a logarithm (benchmark of Mishkin et al. 2016)."""

    formula = "y = log(x + sqrt(x² + 1))"

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class SiLU(_Elementwise):
    """Sigmoid linear unit, or swish (Elfwing et al. 2017, https://arxiv.org/abs/1702.03118)."""

    formula = "y = x·sigmoid(x)"


@final
class Mish(_Elementwise):
    """Self-regularised unit (Misra 2019, https://arxiv.org/abs/1908.08681)."""

    formula = "y = x·tanh(log(1 + exp(x)))"


@final
class Softplus(_Elementwise):
    """Smooth ReLU; linear where beta·x passes the threshold."""

    formula = "y = log(1 + exp(beta·x)) / beta"
    examples = (Example(), Example({"beta": 2, "threshold": 10.0}))

    beta: PositiveFloat = 1.0
    threshold: float = 20.0


@final
class ShiftedSoftplus(_Elementwise):
    """Softplus moved down to (0, 0) (benchmark of Mishkin et al. 2016)."""

    formula = "y = log(1 + exp(x)) − log(2)"

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


@final
class Softsign(_Elementwise):
    """Sigmoid curve with long tails, from −1 to 1."""

    formula = "y = x / (1 + |x|)"
    saved_copies = 1  # the denominator


@final
class Softshrink(_Elementwise):
    """Moves every number towards 0 by lambd."""

    positional = 1
    formula = "y = x − lambd if x > lambd, x + lambd if x < −lambd, else 0"
    examples = (Example(), Example({"lambd": 0.1}))

    lambd: NonNegativeFloat = 0.5


@final
class Hardshrink(_Elementwise):
    """Sets numbers within lambd of 0 to 0."""

    positional = 1
    formula = "y = x if |x| > lambd else 0"
    examples = (Example(), Example({"lambd": 0.1}))

    lambd: NonNegativeFloat = 0.5


@final
class Hardtanh(Op):
    """Cuts off below min_val and above max_val."""

    role = Role.ACTIVATION
    formula = "y = min(max(x, min_val), max_val)"
    can_be_inplace = True
    clones_in_place = True
    examples = (Example(), Example({"min_val": -2, "max_val": 0.5}))

    min_val: float = -1.0
    max_val: float = 1.0

    def infer(self, *inputs: TensorType) -> TensorType:
        if self.min_val >= self.max_val:
            raise ShapeError(
                f"max_val {self.max_val} is not above min_val {self.min_val}",
                field="max_val",
                help="min_val is the lower end, max_val the upper",
            )
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("input", elementwise=output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class Hardsigmoid(_Elementwise):
    """Sigmoid of three straight lines (Courbariaux et al. 2015, https://arxiv.org/abs/1511.00363)."""

    formula = "y = min(max(x + 3, 0), 6) / 6"


@final
class Hardswish(_Elementwise):
    """SiLU with a hard sigmoid (Howard et al. 2019, https://arxiv.org/abs/1905.02244)."""

    formula = "y = x·min(max(x + 3, 0), 6) / 6"


@final
class LogSigmoid(_Elementwise):
    """Logarithm of the logistic function."""

    formula = "y = −log(1 + exp(−x))"
    saved_copies = 1  # exp(−|x|), on the CPU only


@final
class Tanhshrink(_Elementwise):
    """What the hyperbolic tangent leaves."""

    formula = "y = x − tanh(x)"
    saves = "nothing"
    saved_copies = 1  # tanh(x)


@final
class Threshold(_Elementwise):
    """Sets numbers up to a threshold to a value."""

    positional = 2
    formula = "y = x if x > threshold else value"
    examples = (Example({"threshold": 0.1, "value": 20}),)

    threshold: float
    value: float


@final
class PReLU(Op):
    """Leaky unit that learns its slopes (He et al. 2015, https://arxiv.org/abs/1502.01852)."""

    role = Role.ACTIVATION
    positional = 1
    formula = "y = x if x > 0 else weight·x"
    examples = (
        Example(),
        Example({"num_parameters": 4, "init": 0.1}),
        Example({"num_parameters": 10}, inputs=((10,),)),
    )

    num_parameters: PositiveInt = 1
    init: float = 0.25

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if self.num_parameters not in (1, x.channels):
            raise ShapeError(
                f"{self.num_parameters} slopes are neither one nor one for each "
                f"of {x.channels} channels",
                field="num_parameters",
                help=f"num_parameters: 1 for all channels, or {x.channels}",
            )
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("input", {"weight": (self.num_parameters,)}, elementwise=output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()


@final
class GLU(Op):
    """Gated linear unit: half of the channels gate the others (https://arxiv.org/abs/1612.08083)."""

    role = Role.ACTIVATION
    formula = "y = a·sigmoid(b), a the first half of the channels, b the second"
    examples = (Example(), Example({"dim": 1}, inputs=((10,),)))

    dim: Annotated[Literal[1], Meaning.MINOR] = 1

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.channels % 2:
            raise ShapeError(
                f"GLU halves the channels, and {division(x.channels, 2)} is odd",
                help=f"make it even in the layer before, such as {x.channels + 1}",
            )
        return x.with_channels(x.channels // 2)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("input", elementwise=inputs[0].numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return along_channels(self)


@final
class Maxout(Op):
    """Largest of some channels in a row (Goodfellow et al. 2013, https://arxiv.org/abs/1302.4389)."""

    role = Role.ACTIVATION
    positional = 1
    formula = "C×H×W -> C/pieces×H×W; channel c is the largest of c·pieces to (c + 1)·pieces − 1"
    examples = (Example(), Example({"pieces": 5}, inputs=((10,),)))

    pieces: PositiveInt = 2

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        if x.channels % self.pieces:
            raise ShapeError(
                f"{x.channels} channels do not divide by {self.pieces}: "
                f"{division(x.channels, self.pieces)}",
                field="pieces",
                help=f"make it {self.pieces * -(-x.channels // self.pieces)} in the layer before",
            )
        return x.with_channels(x.channels // self.pieces)

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost(
            "nothing",
            elementwise=inputs[0].numel,
            saved_bytes=8 * output.numel,  # indices
            index_bytes=8 * output.numel,
        )

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


class _Softmax(Op):
    """Over the channels or features: always the dimension behind the batch."""

    role = Role.ACTIVATION
    examples = (Example(), Example({"dim": 1}, inputs=((10,),)))

    dim: Annotated[Literal[1], Meaning.MINOR] = 1

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("output", elementwise=3 * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return along_channels(self)


@final
class Softmax(_Softmax):
    """Probabilities of the channels or features."""

    formula = "y = exp(x) / sum of exp(x)"


@final
class LogSoftmax(_Softmax):
    """Logarithms of the probabilities of the channels or features."""

    formula = "y = x − log(sum of exp(x))"


@final
class Softmin(_Softmax):
    """Probabilities of the channels or features, the smallest number having the largest."""

    formula = "y = exp(−x) / sum of exp(−x)"


@final
class BranchSoftmax(Op):
    """A softmax across branches: the channels are as many equal groups one after the other.

    Of each channel the weights of all branches sum to 1 (selective kernels, Li et al. 2019,
    https://arxiv.org/abs/1903.06586, section 3.1); a Slice for each branch takes its own.
    """

    role = Role.ACTIVATION
    short_name = "branch softmax"
    positional = 1
    formula = "y[b, c] = exp(x[b, c]) / sum of exp(x[·, c]) over the branches"
    examples = (Example({"branches": 2}), Example({"branches": 5}, inputs=((10,),)))

    branches: Annotated[PositiveInt, Field(ge=2)]

    def infer(self, *inputs: TensorType) -> TensorType:
        (x,) = inputs
        require_groups(x.channels, self.branches, "branches")
        return x

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("output", elementwise=3 * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return own_module(self)


def along_channels(op: Op) -> Call:
    """The torch.nn class with ``dim`` always written: its default is another one."""
    return Call(f"torch.nn.{type(op).__name__}", op.arguments())
