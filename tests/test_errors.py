"""The messages of wrong specs, word by word: tests/errors/NAME.yaml and NAME.txt.

``pytest --update-golden`` writes the texts anew; read them aloud before they are committed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archspec.diagnostics import CODES, Diagnostic, Fix, SpecError, near
from archspec.diagnostics.render.terminal import render
from archspec.ops import registry
from archspec.workspace.workspace import Workspace

FOLDER = Path(__file__).parent / "errors"
CASES = sorted(FOLDER.glob("*.yaml"))
NOT_OF_A_SPEC = frozenset(
    [
        "bad-recipe",
        "does-not-fit",
        "not-finite",
        "bad-weights",
        "weights-mismatch",
        "no-torch",
        "bad-option",
        "bad-run",
        "cannot-draw",
        "cannot-write",
        "bad-plugin",
        "edited-file",
        "cannot-verify",
        "not-verified",
        "bad-data",
    ]
)
"""Codes of what is asked for, not of what is written."""


@pytest.fixture(autouse=True)
def _in_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that messages name the files without their folder."""
    monkeypatch.chdir(FOLDER)


def diagnose(case: Path) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        Workspace().check(case.name)
    return caught.value.diagnostics


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_messages(case: Path, golden: Callable[[Path, str], None]) -> None:
    text = "\n\n".join(render(diagnostic, color=False) for diagnostic in diagnose(case))
    golden(case.with_suffix(".txt"), f"{text}\n")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_style(case: Path) -> None:
    """A message says what is wrong, in lower case and without a full stop; it has a place."""
    for diagnostic in diagnose(case):
        assert diagnostic.span is not None, diagnostic
        for text in (
            diagnostic.message,
            diagnostic.help or "",
            *(label.text for label in diagnostic.labels),
        ):
            assert not text.endswith((".", "!", " ")) or text.endswith("..."), text
            assert "  " not in text or "\n" in text, text
        first = re.match(r"[A-Z][a-z]+ ", diagnostic.message)
        assert not first or first.group().strip() in registry(), diagnostic


def test_every_code_is_among_the_cases() -> None:
    codes = {diagnostic.code for case in CASES for diagnostic in diagnose(case)}
    assert codes == set(CODES) - NOT_OF_A_SPEC


def test_every_text_has_its_case() -> None:
    assert {text.stem for text in FOLDER.glob("*.txt")} == {case.stem for case in CASES}


@pytest.fixture(scope="module")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole folder once more, to fix the cases in."""
    folder = tmp_path_factory.mktemp("copies") / "errors"
    shutil.copytree(FOLDER, folder)
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_fixes(case: Path, copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is offered fixes its error: with it that one is not reported any more."""
    diagnostics = diagnose(case)
    monkeypatch.chdir(copies)
    for diagnostic in diagnostics:
        if diagnostic.fix is None:
            continue
        assert diagnostic.fix.span.source.name == case.name
        left = diagnose_after(diagnostic.fix, copies / case.name)
        again = [each for each in left if (each.code, each.message) == code_and_message(diagnostic)]
        before = [
            each
            for each in diagnostics
            if (each.code, each.message) == code_and_message(diagnostic)
        ]
        assert len(again) < len(before), diagnostic


def code_and_message(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.code, diagnostic.message


def diagnose_after(fix: Fix, copy: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics of a case in which one fix is made."""
    text = copy.read_bytes()
    copy.write_text(fix.whole, "utf-8")
    try:
        Workspace().check(copy.name)
    except SpecError as error:
        return error.diagnostics
    finally:
        copy.write_bytes(text)
    return ()


def test_no_suggestion_reverses_a_meaning() -> None:
    for written, there in (
        ("MinPool2d", "MaxPool2d"),
        ("MaxUnpool2d", "MaxPool2d"),
        ("Unflatten", "Flatten"),
        ("Downsample", "Upsample"),
    ):
        assert near(written, [there]) is None
        assert near(there, [written]) is None
