"""Ops of another package: found, told, counted, built, and held to the same contract."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archspec.op import Op
from archspec.ops import registry

PLUGIN = Path(__file__).parent / "plugin"
SPEC = """
archspec: 1
name: swish_net
input: [3, 8, 8]
layers:
  conv: {op: Conv2d, out_channels: 4, kernel_size: 3}
  swish: LearnedSwish
expect: {params: 116}
"""


def run(
    *arguments: str, path: Path = PLUGIN, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), *sys.path])}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=cwd, capture_output=True, text=True
    )


def test_its_ops_are_words_of_the_language(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SPEC)
    assert run("-m", "archspec", "check", str(spec)).returncode == 0
    told = run("-m", "archspec", "ops", "LearnedSwish")
    assert "y = x · sigmoid(slope·x)" in told.stdout
    assert run("-m", "archspec", "stats", str(spec)).returncode == 0
    without = run("-m", "archspec", "check", str(spec), path=tmp_path)
    assert without.returncode == 1
    assert "there is no op or block 'LearnedSwish'" in without.stderr


@pytest.mark.torch
def test_it_is_built_and_its_source_imports_the_package(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SPEC)
    built = run("-m", "archspec", "build", str(spec), cwd=tmp_path)
    assert built.returncode == 0, built.stderr
    text = (tmp_path / "swish_net.py").read_text()
    assert "import archspec_swish.layers\n" in text
    assert "archspec_swish.layers.LearnedSwish(4)" in text


@pytest.mark.torch
def test_it_holds_the_contract() -> None:
    code = (
        "from archspec.contract import broken; from archspec.ops import registry;"
        "print(broken(registry()['LearnedSwish']))"
    )
    done = run("-c", code)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("op", registry().values(), ids=registry().keys())
def test_our_own_ops_hold_it(op: type[Op]) -> None:
    from archspec.contract import broken

    assert broken(op) == []


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ("swish = archspec_nowhere.ops", "cannot be loaded: No module named 'archspec_nowhere'"),
        ("swish = archspec_swish.ops:LearnedSwish", "is not a module of ops"),
        (
            "a = archspec_swish.ops\nb = archspec_swish.ops",
            "has an op 'LearnedSwish', and there is one",
        ),
    ],
)
def test_a_broken_package_is_told(tmp_path: Path, points: str, message: str) -> None:
    info = tmp_path / "archspec_swish-0.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: archspec-swish\nVersion: 0.2\n")
    (info / "entry_points.txt").write_text(f"[archspec.ops]\n{points}\n")
    (tmp_path / "archspec_swish").symlink_to(PLUGIN / "archspec_swish")
    done = run("-m", "archspec", "stats", "alexnet", path=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.torch
def test_the_check_can_fail() -> None:
    from archspec.contract import broken

    class Conv2d(registry()["Conv2d"]):  # type: ignore[misc]
        """A convolution that forgets its bias."""

        def cost(self, inputs: object, output: object) -> object:
            from dataclasses import replace

            right = super().cost(inputs, output)
            return replace(right, parameters={}, macs=right.macs + 1)

    assert len(broken(Conv2d)) >= 2
