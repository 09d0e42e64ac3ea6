"""Every code is explained, and its examples are what they are said to be."""

from __future__ import annotations

import re
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.diagnostics import CODES
from archspec.diagnostics.explanations import EXPLANATIONS, REMARK_EXPLANATIONS, Explanation
from archspec.reports.explanations import diagnostics_of, messages
from tests.test_errors import NOT_OF_A_SPEC

DOCS = Path(__file__).parent.parent / "docs"
EACH = pytest.mark.parametrize("explanation", EXPLANATIONS.values(), ids=list(EXPLANATIONS))
OF_SPECS = [each for each in EXPLANATIONS.values() if not each.is_shell]
OF_A_SPEC = pytest.mark.parametrize("explanation", OF_SPECS, ids=[each.code for each in OF_SPECS])


def test_every_code_is_explained() -> None:
    assert list(EXPLANATIONS) == list(CODES)
    assert set(CODES) - {each.code for each in OF_SPECS} == NOT_OF_A_SPEC


def test_no_line_of_prose_is_taken_for_a_list() -> None:
    lines = [line for each in EXPLANATIONS.values() for line in each.text.splitlines()]
    assert not [line for line in lines if re.match(r"(\d+\.|[-*+#>|]) ", line)]


@EACH
def test_an_explanation_is_a_few_sentences(explanation: Explanation) -> None:
    assert 2 <= len(re.findall(r"[.:;?] |\.\n", explanation.text)) <= 12
    assert max(map(len, explanation.text.splitlines())) <= 105
    assert explanation.wrong != explanation.right


@OF_A_SPEC
def test_the_wrong_spec_gives_the_code(explanation: Explanation) -> None:
    assert [each.code for each in diagnostics_of(explanation.wrong)] == [explanation.code]


@OF_A_SPEC
def test_the_right_spec_compiles(explanation: Explanation) -> None:
    assert not diagnostics_of(explanation.right)


@EACH
def test_the_command_line_explains_it(explanation: Explanation) -> None:
    result = CliRunner().invoke(app, ["explain", explanation.code])
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{explanation.code}: {explanation.summary}\n\n")
    assert explanation.text in result.stdout
    assert messages(explanation, color=False) in result.stdout or explanation.is_shell
    assert "\x1b" not in result.stdout


def test_all_codes_are_listed() -> None:
    lines = CliRunner().invoke(app, ["explain"]).stdout.splitlines()
    assert [re.split(r"  +", line, maxsplit=1) for line in lines] == [
        [each.code, each.summary]
        for each in (*EXPLANATIONS.values(), *REMARK_EXPLANATIONS.values())
    ]


def test_a_misspelt_code_is_reported_with_near_ones() -> None:
    result = CliRunner().invoke(app, ["explain", "unknown-opp"])
    assert result.exit_code == 1
    assert "did you mean 'unknown-op'" in result.stderr


def test_the_document_is_what_the_explanations_say(golden: Callable[[Path, str], None]) -> None:
    page: Callable[[], str] = runpy.run_path(str(DOCS / "generate_diagnostics.py"))["page"]
    golden(DOCS / "diagnostics.md", page())
