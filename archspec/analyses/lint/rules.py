"""The rules: for every remark what finds it, and where it is written why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, final

from archspec.analyses.lint import order, places, sizes
from archspec.analyses.lint.observed import Observation
from archspec.diagnostics import LEVELS, Level, Remark
from archspec.graph import Graph


@final
@dataclass(frozen=True, slots=True)
class Rule:
    """What is remarked on, and by whom first."""

    name: Remark
    observe: Callable[[Graph], Iterator[Observation]]
    reference: str
    """Who wrote about it, and where."""

    @property
    def level(self) -> Level:
        return LEVELS[self.name]


_ALL: Final = (
    Rule(
        "bias-before-norm",
        order.bias_before_norm,
        "Ioffe & Szegedy 2015, section 3.2, https://arxiv.org/abs/1502.03167",
    ),
    Rule(
        "repeated-activation",
        order.repeated_activation,
        "Nair & Hinton 2010, https://icml.cc/Conferences/2010/papers/432.pdf",
    ),
    Rule(
        "activation-before-softmax",
        order.activation_before_softmax,
        "Bridle 1990: a softmax normalises scores of any sign, "
        "https://papers.nips.cc/paper/1989/hash/0336dcbab05b9d5ad24f4333c7658a0e-Abstract.html",
    ),
    Rule(
        "checkerboard",
        places.checkerboard,
        "Odena et al. 2016, https://distill.pub/2016/deconv-checkerboard/",
    ),
    Rule(
        "norm-after-dropout",
        order.norm_after_dropout,
        "Li et al. 2018, https://arxiv.org/abs/1801.05134",
    ),
    Rule(
        "dropout-first",
        order.dropout_first,
        "Srivastava et al. 2014, appendix A.4, https://jmlr.org/papers/v15/srivastava14a.html",
    ),
    Rule(
        "stride-exceeds-kernel",
        places.stride_exceeds_kernel,
        "T. He et al. 2018, section 4.2, https://arxiv.org/abs/1812.01187",
    ),
    Rule(
        "unread-pixels",
        places.unread_pixels,
        "Dumoulin & Visin 2016, section 2.4, https://arxiv.org/abs/1603.07285",
    ),
    Rule(
        "partial-window",
        places.partial_window,
        "PyTorch, ceil_mode, https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool2d.html",
    ),
    Rule(
        "even-kernel",
        places.even_kernel,
        "Wu et al. 2019, https://arxiv.org/abs/1903.08385",
    ),
    Rule(
        "short-field",
        places.short_field,
        "Araujo et al. 2019, https://doi.org/10.23915/distill.00021",
    ),
    Rule(
        "dense-share",
        sizes.dense_share,
        "Lin et al. 2013, section 3.2, https://arxiv.org/abs/1312.4400",
    ),
    Rule(
        "channels-of-8",
        sizes.channels_of_8,
        "NVIDIA, https://docs.nvidia.com/deeplearning/performance/dl-performance-convolutional/",
    ),
    Rule(
        "lrn-constants",
        sizes.lrn_constants,
        "Krizhevsky et al. 2012, section 3.3, https://papers.nips.cc/paper/4824",
    ),
)
RULES: Final[Mapping[str, Rule]] = {rule.name: rule for rule in _ALL}
"""By name, warnings first."""
