"""What is heavy is imported when it is needed, and torch for no static command at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
sys.argv = ["archspec", *sys.argv[1:]]
from archspec.cli import app
app()
"""
"""A command where torch is not installed."""

LOADED = """
import sys
sys.argv = ["archspec", *sys.argv[1:]]
try:
    exec(sys.argv.pop(1))
except SystemExit as exit:
    assert not exit.code, exit.code
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules}))
"""
"""Some code with arguments, and the packages that it has imported then."""

COMMAND = "from archspec.cli import app; app()"
LIBRARY = """
import archspec
net = archspec.load("resnet18")
archspec.stats(net)._repr_html_()
net._repr_svg_()
archspec.source(net)
"""

COMMANDS = [
    ["check", "resnet50"],
    ["stats", "resnet50"],
    ["stats", "resnet18", "resnet34"],
    ["show", "resnet50"],
    ["draw", "resnet50", "-o", "a.svg"],
    ["draw", "resnet50", "-o", "a.png"],
    ["draw", "resnet50", "resnet101", "--diff", "-o", "a.pdf"],
    ["build", "resnet50", "--no-verify", "-o", "a.py"],
    ["zoo"],
    ["recipes"],
    ["train"],
    ["schema", "--recipe"],
    ["ops"],
    ["ops", "Conv2d"],
    ["schema"],
    ["explain", "shape"],
    ["--help"],
]


def python(code: str, *args: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, cwd=folder, timeout=60
    )


def loaded_modules(code: str, *args: str, folder: Path) -> set[str]:
    """The packages that some code imports."""
    found = python(LOADED, code, *args, folder=folder)
    assert found.returncode == 0, found.stderr
    return set(found.stdout.rpartition("loaded:")[2].split())


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_work_without_torch(command: list[str], tmp_path: Path) -> None:
    found = python(WITHOUT_TORCH, *command, folder=tmp_path)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_commands_leave_torch_alone(command: list[str], tmp_path: Path) -> None:
    assert "torch" not in loaded_modules(COMMAND, *command, folder=tmp_path)


def test_the_library_leaves_torch_alone(tmp_path: Path) -> None:
    assert "torch" not in loaded_modules(LIBRARY, folder=tmp_path)


def test_this_test_can_fail(tmp_path: Path) -> None:
    """Code that imports torch is found out: here an empty package of that name."""
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").touch()
    assert "torch" in loaded_modules(f"{LIBRARY}\nimport torch", folder=tmp_path)
    assert python(f"{WITHOUT_TORCH.replace('app()', 'import torch')}", folder=tmp_path).returncode


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    heavy = {"pydantic", "yaml", "networkx", "rich", "reportlab", "PIL", "numpy", "torch"}
    assert loaded_modules(COMMAND, "--help", folder=tmp_path).isdisjoint(heavy)


def test_counting_does_without_networkx_and_rich(tmp_path: Path) -> None:
    packages = loaded_modules(COMMAND, "stats", "densenet121", folder=tmp_path)
    assert packages.isdisjoint({"networkx", "rich", "numpy"})


@pytest.mark.parametrize("suffix", ["svg", "html", "tex", "json", "mmd", "dot"])
def test_drawing_imports_what_the_format_needs(suffix: str, tmp_path: Path) -> None:
    packages = loaded_modules(COMMAND, "draw", "densenet121", "-o", f"a.{suffix}", folder=tmp_path)
    assert packages.isdisjoint({"networkx", "rich", "numpy", "reportlab", "pypdfium2", "PIL"})


def test_missing_torch_is_reported_in_one_line(tmp_path: Path) -> None:
    found = python(WITHOUT_TORCH, "build", "resnet18", "-o", "a.py", folder=tmp_path)
    assert found.returncode == 1
    assert "pip install torch" in found.stderr
    assert "Traceback" not in found.stderr
