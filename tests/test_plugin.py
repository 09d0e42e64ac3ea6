"""Ops of another package: found, reported, counted, built, and held to the same contract."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import archspec
from archspec.analyses.diff import changes
from archspec.analyses.receptive import receptive_fields
from archspec.backends.torch.verify import verify_source
from archspec.describe.layers import layer
from archspec.diagnostics import SpecError
from archspec.figures.draw import figure_bytes
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import leaves
from archspec.op.base import Op
from archspec.op.plugins import points
from archspec.ops import registry
from archspec.reports.stats_rows import stats_rows
from archspec.workspace.load import loads

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
    *arguments: str, path: Path = PLUGIN, cwd: Path | None = None, **others: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(path), *sys.path]), **others}
    return subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=cwd, capture_output=True, text=True
    )


def test_its_ops_are_words_of_the_language(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(SPEC)
    assert run("-m", "archspec", "check", str(spec)).returncode == 0
    page = run("-m", "archspec", "ops", "LearnedSwish")
    assert "y = x · sigmoid(slope·x)" in page.stdout
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
        "from archspec.op.contract import violations; from archspec.ops import registry;"
        "print(violations(registry()['LearnedSwish']))"
    )
    done = run("-c", code)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("op", registry().values(), ids=registry().keys())
def test_our_own_ops_hold_it(op: type[Op]) -> None:
    from archspec.op.contract import violations

    assert violations(op) == []


@pytest.mark.parametrize(
    ("points", "message"),
    [
        (
            "swish = archspec_nowhere.ops",
            "cannot be loaded: ModuleNotFoundError: No module named 'archspec_nowhere'",
        ),
        ("swish = archspec_swish.ops:LearnedSwish", "is not a module of ops"),
        (
            "a = archspec_swish.ops\nb = archspec_swish.ops",
            "has an op 'LearnedSwish', and there is one",
        ),
    ],
)
def test_a_faulty_package_is_reported(tmp_path: Path, points: str, message: str) -> None:
    info = tmp_path / "archspec_swish-0.2.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: archspec-swish\nVersion: 0.2\n")
    (info / "entry_points.txt").write_text(f"[archspec.ops]\n{points}\n")
    (tmp_path / "archspec_swish").symlink_to(PLUGIN / "archspec_swish")
    done = run("-m", "archspec", "stats", "alexnet", path=tmp_path)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def changed(folder: Path, file: str, old: str, new: str) -> Path:
    """The package with another text in one of its files."""
    shutil.copytree(PLUGIN, folder / "plugin")
    path = folder / "plugin" / "archspec_swish" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    (folder / "net.yaml").write_text(SPEC)
    return folder / "plugin"


INFER = "return inputs[0]"
COST = 'return Cost("input", {"slope": (output.channels,)}, elementwise=3 * output.numel)'
CALL = 'return Call("archspec_swish.layers.LearnedSwish", arguments, {"init": 1.0}, 1)'
OP = "the op 'LearnedSwish' of the package 'archspec-swish' (archspec_swish.ops)"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (INFER, "raise ValueError('no')", f"{OP} fails: infer: ValueError: no"),
        (INFER, "raise SystemExit(3)", f"{OP} fails: infer: SystemExit: 3"),
        (INFER, "return None", f"{OP} fails: infer gives None, not a TensorType"),
        (INFER, "return inputs[0].shape", f"{OP} fails: infer gives (4, 6, 6), not a TensorType"),
        (INFER, "return TensorType((4, 6.0))", f"{OP} fails: infer gives TensorType("),
        (COST, "return 1 // 0", f"{OP} fails: cost: ZeroDivisionError: "),
        (COST, "return None", f"{OP} fails: cost gives None, not a Cost"),
        (COST, "return Cost('all')", f"{OP} fails: cost gives Cost(saves='all'"),
        (COST, "return Cost('input', {'slope': 4})", f"{OP} fails: cost gives Cost("),
        (COST, "return Cost('input', macs=None)", f"{OP} fails: cost gives Cost("),
        (CALL, "return None", f"{OP} fails: lowered gives None, not a Call"),
        (CALL, "return Call('swish', [])", f"{OP} fails: lowered gives Call("),
        (CALL, CALL.replace("arguments,", "{**arguments, 'init': Role},"), f"{OP} fails: lowered gives"),
        ("positional = 1", "positional = None", f"'positional' of {OP} is None"),
        (CALL, "return self.call", f"{OP} fails: lowered: AttributeError: "),
        ("def lowered", "def lower", f"{OP} has no lowered"),
        ("role = Role.ACTIVATION", "role = 'activation'", f"'role' of {OP} is 'activation'"),
        ("    formula = ", "    formulas: ClassVar = ", f"'formula' of {OP} is 'missing'"),
        ("init: float", "init: TensorType | slice", f"{OP} fails: its arguments: Pydantic"),
        ("@final", "sys.exit()", "(archspec_swish.ops) cannot be loaded: SystemExit"),
        ("@final", "raise KeyError(3)", "(archspec_swish.ops) cannot be loaded: KeyError: 3"),
    ],
)  # fmt: skip
def test_an_op_that_breaks_its_word_is_a_mistake_of_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str
) -> None:
    plugin = changed(tmp_path, "ops.py", old, new)
    text = plugin / "archspec_swish" / "ops.py"
    text.write_text(text.read_text().replace("import final", "import ClassVar, final\nimport sys"))
    monkeypatch.syspath_prepend(str(plugin))
    forget()
    try:
        with pytest.raises(SpecError) as caught:
            loads(SPEC)
    finally:
        forget()
    (mistake,) = caught.value.diagnostics
    assert mistake.code == "bad-plugin"
    assert message in mistake.message


def forget() -> None:
    """What was found in packages."""
    points.cache_clear()
    registry.cache_clear()
    for name in [name for name in sys.modules if name.startswith("archspec_swish")]:
        del sys.modules[name]


def test_a_faulty_package_completes_nothing(tmp_path: Path) -> None:
    plugin = changed(tmp_path, "ops.py", "@final", "raise ValueError")
    code = "import sys; sys.argv[0] = 'archspec'; from archspec.__main__ import main; main()"
    done = run(
        "-c", code, path=plugin,
        _ARCHSPEC_COMPLETE="complete_bash", COMP_WORDS="archspec ops C", COMP_CWORD="2",
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_the_line_that_calls_it_is_shown(tmp_path: Path) -> None:
    plugin = changed(tmp_path, "ops.py", INFER, "return None")
    done = run("-m", "archspec", "check", "net.yaml", path=plugin, cwd=tmp_path)
    assert "7 |   swish: LearnedSwish\n  |          ^^^^^^^^^^^^" in done.stderr


@pytest.mark.torch
@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("self.slope", "self.more = nn.Parameter(torch.ones(1)); self.slope", "not-verified", ""),
        ("return input", "return None", "", ""),
        ("return input", "raise RuntimeError('no'); return input", "", "RuntimeError: no"),
        ("import torch\n", "import torch, nothing\n", "", "No module named 'nothing'"),
        ("super().__init__()", "raise SystemExit(3)", "bad-plugin", "SystemExit: 3"),
    ],
)
def test_a_module_that_is_not_as_counted_is_no_mistake_of_archspec(
    tmp_path: Path, old: str, new: str, code: str, message: str
) -> None:
    plugin = changed(tmp_path, "layers.py", old, new)
    done = run("-m", "archspec", "build", "net.yaml", path=plugin, cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert f"error[{code}" in done.stderr
    assert message in done.stderr
    assert "'LearnedSwish' is of the package 'archspec-swish'" in done.stderr
    assert "a bug in archspec" not in done.stderr
    assert not (tmp_path / "swish_net.py").exists()


OTHER_NAMES = """
archspec: 1
name: other_names
input: [3, 32, 32]
blocks:
  Res:
    params: {n: int}
    layers:
      f1: {op: Filter2d, maps: n, filter_size: 3}
      bn: BatchNorm2d
      relu: ReLU
      f2: {op: Filter2d, maps: n, filter_size: 5}
      sub: {op: Minus, from: [f2, relu]}
      act: ReLU
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  res: {op: Res, n: 8, repeat: 3}
  down: {op: Filter2d, maps: 16, filter_size: 3, hop: 2}
  side: {op: Conv2d, out_channels: 16, kernel_size: 1}
  difference: {op: ScaledDifference, scale: 2.0, from: [side, down]}
  relu: ReLU
  blend: {op: Blend, from: [relu, side, down]}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: 10}
"""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(str(PLUGIN))
    forget()
    yield
    forget()


@pytest.mark.usefixtures("plugin")
def test_arguments_of_any_name_are_seen_for_what_they_are() -> None:
    graph = loads(OTHER_NAMES)
    fields = receptive_fields(graph)
    assert {path: fields[path].size[0] for path in ("stem", "res.0.f1", "res.0.f2", "down")} == {
        "stem": 3, "res.0.f1": 5, "res.0.f2": 9, "down": 23,
    }  # fmt: skip
    assert fields["down"].stride[0] == 2
    assert [layer(graph.nodes[path]).line for path in ("res.0.f2", "down", "blend")] == [
        "filter 5×5, 8", "filter 3×3, 16, /2", "Blend",
    ]  # fmt: skip
    rows = [(row.name, row.operation) for row in stats_rows(graph, depth=2)]
    assert ("f1–relu", "Filter2d 3×3, 8 · BatchNorm2d · ReLU") in rows
    assert ("sub–act", "Minus · ReLU") in rows
    assert ("down", "Filter2d 3×3, 16, /2") in rows


@pytest.mark.usefixtures("plugin")
def test_they_are_drawn_and_compared_as_ours_are() -> None:
    graph = loads(OTHER_NAMES)
    found = outline(graph)
    titles = {leaf.title for leaf in leaves(found.diagram)}
    assert {"filter 3×3, 16", "ScaledDifference", "Blend"} <= titles
    (inset,) = found.insets
    drawn = [(leaf.title, leaf.under, leaf.form) for leaf in leaves(inset.diagram)]
    assert ("filter 3×3, 8", "BN · ReLU", "box") in drawn
    assert ("−", "", "circle") in drawn
    wider = loads(OTHER_NAMES.replace("maps: 16, filter_size: 3", "maps: 16, filter_size: 7"))
    (change,) = changes(graph, wider)
    assert change.text == "Filter2d filter_size 3 → 7"
    table = figure_bytes([graph], "md", style="table").decode()
    assert r"\[filter 3×3, 8; filter 5×5, 8\] ×3" in table


@pytest.mark.torch
@pytest.mark.usefixtures("plugin")
def test_merges_of_all_kinds_are_printed_as_they_are_called() -> None:
    graph = loads(OTHER_NAMES)
    text = archspec.source(graph)
    assert "x = x - relu" in text
    assert "archspec_swish.layers.scaled_difference(side, down, scale=2.0)" in text
    assert "self.blend = archspec_swish.layers.Blend(3)" in text
    assert "self.blend(self.relu(x), side, down)" in text
    for mode in ("training", "inference"):
        verify_source(
            graph, text if mode == "training" else archspec.source(graph, "inference"), mode=mode
        )


@pytest.mark.torch
@pytest.mark.usefixtures("plugin")
def test_all_of_its_ops_hold_the_contract() -> None:
    from archspec.op.contract import violations

    for name in ("Filter2d", "Minus", "ScaledDifference", "Blend"):
        assert violations(registry()[name]) == [], name


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("self.filter_size // 2)\n        return", "0)\n        return", "output 1 reads row"),
        ("self.hop, self.filter", "1, self.filter", "reads row of input 1"),
        ("sliding(self.filter_size,", "sliding(self.filter_size + 2,", "which is more"),
        ("return side, side", "return None", "and it reads a part"),
    ],
)
@pytest.mark.torch
def test_a_wrong_footprint_breaks_the_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, message: str
) -> None:
    from archspec.op.contract import violations

    monkeypatch.syspath_prepend(str(changed(tmp_path, "filters.py", old, new)))
    forget()
    try:
        assert any(message in violation for violation in violations(registry()["Filter2d"]))
    finally:
        forget()


def test_a_window_that_nobody_describes_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin = changed(
        tmp_path, "filters.py", "Annotated[PositiveInt, Meaning.KERNEL]", "PositiveInt"
    )
    text = plugin / "archspec_swish" / "filters.py"
    text.write_text(text.read_text().replace("def footprint(", "def of_another_name("))
    monkeypatch.syspath_prepend(str(plugin))
    forget()
    try:
        with pytest.raises(SpecError, match="does not say which pixels it reads"):
            registry()
    finally:
        forget()


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_the_check_can_fail() -> None:
    from archspec.op.contract import violations

    class Conv2d(registry()["Conv2d"]):  # type: ignore[misc]
        """A convolution that forgets its bias."""

        def cost(self, inputs: object, output: object) -> object:
            from dataclasses import replace

            right = super().cost(inputs, output)
            return replace(right, parameters={}, macs=right.macs + 1)

    assert len(violations(Conv2d)) >= 2
