"""The JSON Schema, asked by a validator that is not ours: the specs pass, what is misspelt fails."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from archspec.frontends.yaml import read
from archspec.language.model import MAX_VARIANTS
from archspec.language.schema import schema

jsonschema: Any = pytest.importorskip("jsonschema")

ROOT: Final = Path(__file__).parent.parent
SPECS: Final = sorted([*ROOT.glob("specs/*.yaml"), *ROOT.glob("specs/studies/*.yaml")])
ERRORS: Final = sorted(ROOT.glob("tests/errors/*.yaml"))
IN_VALUES: Final = {"block_arguments", "edit_unknown_argument"}
"""Arguments that only a block's own text, or the layer that an edit selects, can tell."""


@cache
def validator() -> Any:
    return jsonschema.Draft202012Validator(schema())


def valid(file: Path) -> bool:
    return bool(validator().is_valid(read(file.read_bytes(), file.name).data))


def codes(case: Path) -> set[str]:
    text = case.with_suffix(".txt").read_text("utf-8")
    return {line[6 : line.index("]")] for line in text.splitlines() if line.startswith("error[")}


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("file", SPECS, ids=lambda file: file.stem)
def test_it_accepts_every_spec(file: Path) -> None:
    assert valid(file)


def rejected() -> list[Path]:
    """The wrong specs that no schema may let pass: misspelt keys and arguments, wrong types."""
    kinds = {"unknown-key", "unknown-argument", "missing-argument", "inferred-argument"}
    return [case for case in ERRORS if codes(case) & kinds and case.stem not in IN_VALUES]


@pytest.mark.parametrize("case", rejected(), ids=lambda case: case.stem)
def test_it_rejects_what_is_misspelt(case: Path) -> None:
    assert not valid(case)


def test_there_is_something_to_reject() -> None:
    assert len(rejected()) >= 10


def test_every_key_of_a_file_is_described() -> None:
    whole = schema()
    assert whole["properties"]["variants"]["maxProperties"] == MAX_VARIANTS
    for properties in (whole["properties"], whole["$defs"]["Variant"]["properties"]):
        missing = [key for key, form in properties.items() if not form.get("description")]
        assert missing == []
