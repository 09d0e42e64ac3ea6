"""Modules that torch.nn lacks, each a class that stands alone in the printed source."""

from torch import nn


def set_progress(model: nn.Module, progress: float) -> None:
    """Tell all layers whose arguments follow a schedule how far the training is.

    ``progress`` is 0 at its start and 1 at its end, where a fresh network is. It is no
    part of the ``state_dict``.
    """
    if not 0 <= progress <= 1:
        raise ValueError(f"progress goes from 0 to 1, it is not {progress}")
    for module in model.modules():
        if "progress" in vars(module):
            vars(module)["progress"] = float(progress)
