"""The tutorial, followed word for word in an empty folder: files, commands and Python in their order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_docs import ROOT, Fence, execute, fences, location, matches

STEPS = fences(ROOT / "docs" / "tutorial.md")


def prompts(fence: Fence) -> Iterator[tuple[str, str]]:
    """Every command of a block with what is shown below it."""
    for part in fence.text.split("$ ")[1:]:
        command, _, output = part.partition("\n")
        yield command, output.rstrip("\n")


def test_it_has_the_mistakes_that_it_promises() -> None:
    codes = [f.text.partition("]")[0] for f in STEPS if f.text.startswith("error[")]
    assert [code.removeprefix("error[") for code in codes] == [
        "unknown-argument", "expect", "shape", "shape", "shape", "expect",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "with_torch", [False, pytest.param(True, marks=pytest.mark.torch)], ids=["plain", "torch"]
)
def test_a_newcomer_gets_what_is_shown(
    with_torch: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if with_torch:
        pytest.importorskip("torchvision")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    file = ""
    for step in STEPS:
        if step.info == "yaml":
            assert step.name, location(step)
            file = step.name
            Path(file).write_text(step.text, "utf-8")
        elif step.info == "text":
            found = execute(f"COLUMNS= archspec check {file}").rpartition("\n\n")[0]
            assert step.text == f"{found}\n", location(step)
        elif step.info == "console":
            for command, output in prompts(step):
                if with_torch or not step.needs_torch:
                    assert matches(output, execute(command)), command
        elif step.info == "python" and (with_torch or not step.needs_torch):
            exec(compile(step.text, location(step), "exec"), names)
    assert file == "dropout.yaml"
    assert not with_torch or Path("resnet18.svg").exists()
