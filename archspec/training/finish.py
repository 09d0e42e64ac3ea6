"""What a run leaves when it has made all of its steps, or was asked to stop."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import final

from archspec.datasets import Split
from archspec.training.evaluation import Evaluation
from archspec.training.prepare import Parts
from archspec.training.run_folder import WEIGHTS
from archspec.writing import write


@final
@dataclass(frozen=True)
class Outcome:
    """How a training ended, and where."""

    folder: Path
    stopped: int = 0
    """The signal that stopped it; 0 if it made all of its steps."""
    evaluation: Evaluation | None = None
    """Of the final weights on the test pictures, if there are some, else on those held out."""
    split: Split | None = None
    """The pictures of the evaluation, to show the mistakes."""


def save_weights(parts: Parts, folder: Path) -> None:
    """The final weights, averaged ones if there are some, as others read them."""
    from safetensors.torch import save

    state = parts.trainee.evaluated.state_dict()
    tensors, seen = {}, set()
    for name, tensor in state.items():
        shared = tensor.data_ptr() in seen  # one module or weight under two keys
        seen.add(tensor.data_ptr())
        tensors[name] = (tensor.clone() if shared else tensor).detach().cpu().contiguous()
    write(save(tensors), str(folder / WEIGHTS))
