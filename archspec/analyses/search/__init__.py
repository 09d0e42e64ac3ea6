"""Networks with other parameters: which of them meet a budget, and what all of them cost."""

from archspec.analyses.search.match import BudgetMatch, match
from archspec.analyses.search.sweep import Sweep, SweepRow, sweep

__all__ = ["BudgetMatch", "Sweep", "SweepRow", "match", "sweep"]
