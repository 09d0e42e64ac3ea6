"""Remarks that an experienced reader would make on a network, each by a rule with its reference."""

from archspec.analyses.lint.remarks import Finding, Remarks, lint
from archspec.analyses.lint.rules import RULES, Rule

__all__ = ["RULES", "Finding", "Remarks", "Rule", "lint"]
