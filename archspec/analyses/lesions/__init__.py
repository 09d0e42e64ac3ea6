"""Lesions: what of a network can be deleted without training it again, which trials are made of that,
and what was found.

Veit et al., 2016, Residual Networks Behave Like Ensembles of Relatively Shallow Networks,
https://arxiv.org/abs/1605.06431.
"""

from archspec.analyses.lesions.outcomes import LesionOutcome, LesionStudy, PathGradients
from archspec.analyses.lesions.trials import (
    Lesion,
    Trials,
    delete_each,
    delete_random,
    kendall_tau,
    shuffle_pairs,
)
from archspec.analyses.lesions.units import NOUNS, Undeletable, Unit, Units, find_units

__all__ = [
    "NOUNS",
    "Lesion",
    "LesionOutcome",
    "LesionStudy",
    "PathGradients",
    "Trials",
    "Undeletable",
    "Unit",
    "Units",
    "delete_each",
    "delete_random",
    "find_units",
    "kendall_tau",
    "shuffle_pairs",
]
