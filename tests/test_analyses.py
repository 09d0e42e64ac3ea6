"""What the commands on one network have in common: the examples of their help run as they stand."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.diagnostics import LEVELS

COMMANDS = ("paths", "receptive", "lint", "diff", "match", "sweep", "plot")
SPEC = """\
archspec: 1
name: my
input: [3, 32, 32]
params: {width: 8}
layers:
  conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
  relu1: ReLU
  conv2: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
  add: {op: Add, from: [conv2, relu1]}
"""


def test_the_document_lists_every_remark_with_its_level() -> None:
    text = (Path(__file__).parents[1] / "docs" / "analyses.md").read_text("utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| (\w+) \|", text, re.MULTILINE)
    assert dict(rows) == LEVELS


def examples() -> Iterator[str]:
    for name in COMMANDS:
        function = getattr(import_module(f"archspec.cli.commands.{name}"), name)
        lines = [line.strip() for line in (inspect.getdoc(function) or "").splitlines()]
        found = [line for line in lines if line.startswith("archspec ")]
        assert len(found) >= 3, name
        yield from found


@pytest.mark.parametrize("example", list(examples()))
def test_the_examples_of_help_run(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(SPEC)
    (tmp_path / "old.yaml").write_text(SPEC.replace("width: 8", "width: 16"))
    _, *args = shlex.split(example)
    result = CliRunner().invoke(app, args)
    assert result.exit_code == (args[0] == "diff"), result.output
    if "-o" in args:
        assert (tmp_path / args[args.index("-o") + 1]).stat().st_size > 1_000
    else:
        assert result.output
