"""The error for weights of another network: what differs first."""

from __future__ import annotations

from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph
from archspec.weights.files import WeightsFile
from archspec.weights.matching import MatchTask


def mismatch_error(file: WeightsFile, work: MatchTask, graph: Graph) -> SpecError:
    return failure(
        "weights-mismatch", f"'{file.path}' has the weights of another network than {graph.name}"
    )
