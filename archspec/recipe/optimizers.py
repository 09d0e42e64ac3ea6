"""The optimizers that a recipe can name: those of torch.optim, with their names and defaults."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from archspec.recipe.part import RecipePart

Rate = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Betas = tuple[Fraction, Fraction]


class Optimizer(RecipePart):
    """What every optimizer has."""

    lr: Rate
    """The learning rate with which a run begins, before the schedule."""
    weight_decay: Rate = 0.0
    """How strongly the squared weights (L2) are held down; ``no_decay`` exempts some."""


class SGD(Optimizer):
    """Stochastic gradient descent with momentum (Polyak 1964, Nesterov 1983)."""

    momentum: Rate = 0.0
    dampening: Rate = 0.0
    nesterov: bool = False


class Adam(Optimizer):
    """Adam (Kingma and Ba 2014, https://arxiv.org/abs/1412.6980)."""

    lr: Rate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Rate = 1e-8
    amsgrad: bool = False


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter 2017, https://arxiv.org/abs/1711.05101)."""

    weight_decay: Rate = 1e-2


class NAdam(Optimizer):
    """Adam with Nesterov's momentum (Dozat 2016)."""

    lr: Rate = 2e-3
    betas: Betas = (0.9, 0.999)
    eps: Rate = 1e-8
    momentum_decay: Rate = 4e-3


class RAdam(Optimizer):
    """Adam with a rectified variance (Liu et al. 2019, https://arxiv.org/abs/1908.03265)."""

    lr: Rate = 1e-3
    betas: Betas = (0.9, 0.999)
    eps: Rate = 1e-8


class RMSprop(Optimizer):
    """RMSprop (Hinton's lecture 6e, 2012), with which Inception-v2 and -v3 were trained."""

    lr: Rate = 1e-2
    alpha: Fraction = 0.99
    eps: Rate = 1e-8
    momentum: Rate = 0.0
    centered: bool = False


class Adagrad(Optimizer):
    """Adagrad (Duchi et al. 2011)."""

    lr: Rate = 1e-2
    lr_decay: Rate = 0.0
    initial_accumulator_value: Rate = 0.0
    eps: Rate = 1e-10


class Adadelta(Optimizer):
    """Adadelta (Zeiler 2012, https://arxiv.org/abs/1212.5701)."""

    lr: Rate = 1.0
    rho: Fraction = 0.9
    eps: Rate = 1e-6


OPTIMIZERS: Final[dict[str, type[Optimizer]]] = {
    cls.__name__: cls for cls in (SGD, Adam, AdamW, NAdam, RAdam, RMSprop, Adagrad, Adadelta)
}
