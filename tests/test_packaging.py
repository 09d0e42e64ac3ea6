"""The distribution: what its description, its licences and its bounds say."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> type:
    """The hook of the build, whose base class is not installed where tests run."""
    interface = ModuleType("hatchling.metadata.plugin.interface")
    interface.MetadataHookInterface = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, interface.__name__, interface)
    for name in ("hatchling", "hatchling.metadata", "hatchling.metadata.plugin"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    found: type = runpy.run_path(str(ROOT / "hatch_build.py"))["Readme"]
    return found


def test_the_description_holds_outside_of_the_repository(hook: type) -> None:
    readme = hook()
    readme.root = ROOT
    metadata: dict[str, dict[str, str]] = {}
    readme.update(metadata)
    text = metadata["readme"]["text"]
    assert not re.findall(r"\]\((?!https?:|#)[^)]*\)", text)
    assert "a tutorial (`docs/tutorial.md`)" in text
    assert text.count("```") == (ROOT / "README.md").read_text("utf-8").count("```")


def test_the_licences_are_there() -> None:
    assert PROJECT["license"] == "MIT"
    assert "MIT License" in (ROOT / "LICENSE").read_text("utf-8")
    assert all((ROOT / name).exists() for name in PROJECT["license-files"])


def test_every_dependency_has_a_lower_bound() -> None:
    dependencies = PROJECT["dependencies"]
    assert [name for name in dependencies if not re.fullmatch(r"[\w-]+>=[\d.]+", name)] == []
    assert {"pypdfium2>=5", "typer>=0.24"} <= set(dependencies)
