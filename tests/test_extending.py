"""What CONTRIBUTING.md says about adding things, done in a copy of the package: the files that it
names are all that is touched, and what was added is seen everywhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ENVIRONMENT = {"COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": ""}
"""A wide screen; bytecode, since a copy runs several times."""


@dataclass
class Checkout:
    """A copy of the package and its documents, and which files of it were touched."""

    folder: Path
    touched: list[str] = field(default_factory=list)

    def add(self, path: str, text: str) -> None:
        """A new file."""
        file = self.folder / path
        assert not file.exists()
        file.write_text(text, "utf-8")
        self.touched.append(path)

    def insert(self, path: str, before: str, text: str) -> None:
        """New lines in front of one that a file has once."""
        file = self.folder / path
        old = file.read_text("utf-8")
        assert old.count(before) == 1, before
        file.write_text(old.replace(before, text + before), "utf-8")
        self.touched.append(path)

    def run(self, *args: str, exit_code: int = 0) -> str:
        """What a command prints, errors too."""
        return self.python("-m", "archspec", *args, exit_code=exit_code)

    def python(self, *args: str, exit_code: int = 0) -> str:
        found = subprocess.run(
            [sys.executable, *args],
            cwd=self.folder,
            env={**os.environ, **ENVIRONMENT, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert found.returncode == exit_code, found.stderr
        return found.stdout + found.stderr

    def generate(self, name: str) -> str:
        """A document that a script of docs writes."""
        self.python(f"docs/generate_{name}.py")
        return (self.folder / "docs" / f"{name}.md").read_text("utf-8")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    ignored = shutil.ignore_patterns("__pycache__", "node_modules")
    shutil.copytree(ROOT / "archspec", tmp_path / "archspec", ignore=ignored)
    (tmp_path / "docs").mkdir()
    for file in (ROOT / "docs").glob("*.*"):
        shutil.copy(file, tmp_path / "docs")
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    return Checkout(tmp_path)


OP = '''\
"""Probabilities of channels."""

from typing import final

from archspec.op.base import Call, Cost, Example, Op, Role
from archspec.op.tensor import TensorType


@final
class Softmax2d(Op):
    """A softmax of the channels at each position."""

    role = Role.ACTIVATION
    formula = "y = exp(x) / sum of exp over channels"
    examples = (Example(),)

    def infer(self, *inputs: TensorType) -> TensorType:
        return inputs[0]

    def cost(self, inputs: tuple[TensorType, ...], output: TensorType) -> Cost:
        return Cost("output", elementwise=3 * output.numel)

    def lowered(self, *inputs: TensorType) -> Call:
        return self.torch_module()
'''
SPEC = "archspec: 1\nname: net\ninput: [3, 8, 8]\nlayers: {soft: Softmax2d}\n"


def test_an_op_is_one_file(checkout: Checkout) -> None:
    checkout.add("archspec/ops/softmax.py", OP)
    (checkout.folder / "net.yaml").write_text(SPEC, "utf-8")
    assert "A softmax of the channels" in checkout.run("ops", "Softmax2d")
    assert "op_Softmax2d" in checkout.run("schema")
    assert "Softmax2d" in checkout.run("stats", "net.yaml")
    assert "nn.Softmax2d()" in checkout.run("build", "net.yaml", "-o", "-", "--no-verify")
    assert "## Softmax2d" in checkout.generate("ops")
    assert len(checkout.touched) == 1


FORMAT = '''\
"""The boxes of a figure, a line each."""

from archspec.figures.scene import Scene
from archspec.figures.theme import ThemeName


def render(scene: Scene, theme: ThemeName) -> str:
    """Titles and paths."""
    return "".join(f"{box.title},{box.path}\\n" for box in scene.boxes)
'''


def test_a_format_is_a_file_and_a_row(checkout: Checkout) -> None:
    checkout.add("archspec/figures/render/boxes_csv.py", FORMAT)
    checkout.insert(
        "archspec/figures/formats.py",
        before='    Format(\n        "txt",',
        text='    Format("csv", "scene", "render.boxes_csv:render", "a row for each box"),\n',
    )
    checkout.run("draw", "lenet5", "-o", "net.csv", "--style", "full")
    assert "rbf,rbf" in (checkout.folder / "net.csv").read_text("utf-8")
    assert checkout.run("draw", "lenet5", "--format", "csv")
    assert "csv" in checkout.run("draw", "--help").partition("--format FORMAT")[2]
    assert "did you mean 'csv'" in checkout.run("draw", "lenet5", "-o", "a.csvv", exit_code=2)
    assert "| `.csv` | a row for each box |" in checkout.generate("figures")
    assert len(checkout.touched) == 2


STYLE = '''\
"""The style ``names``: what the networks are called."""

from collections.abc import Sequence
from typing import Final

from archspec.figures.request import Options
from archspec.figures.scene import Scene, Text
from archspec.graph import Graph

ACCEPTS: Final = frozenset({"title"})
TAKES_SEVERAL: Final = True


def scene(graphs: Sequence[Graph], options: Options) -> Scene:
    """A line for each network."""
    texts = tuple(Text(0, 12 * k, graph.name, 10) for k, graph in enumerate(graphs, 1))
    return Scene(100, 12 * len(texts) + 4, texts, "names")
'''


def test_a_style_is_a_file_and_a_row(checkout: Checkout) -> None:
    checkout.add("archspec/figures/styles/names.py", STYLE)
    checkout.insert(
        "archspec/figures/request.py", before='    "text": "', text='    "names": "names",\n'
    )
    drawn = checkout.run("draw", "lenet5", "mlp", "--style", "names", "--depth", "1")
    assert ">lenet5</text>" in drawn
    assert ">mlp</text>" in drawn
    assert "note: the style 'names' has no depth: it is without effect" in drawn
    assert "names, text." in checkout.run("draw", "--help")
    refused = checkout.run("draw", "lenet5", "mlp", "-o", "a.svg", exit_code=2)
    assert "several are shown by blocks and table and names" in refused
    assert len(checkout.touched) == 2


OPTION = """\
    captions: Annotated[
        Literal["none", "short", "long"],
        Option("How much is said below the figure.", example="long"),
    ] = "short"
"""
WITH_THE_OPTION = """
import archspec, inspect, warnings
assert inspect.signature(archspec.draw).parameters["captions"].default == "short"
with warnings.catch_warnings(record=True) as notes:
    archspec.draw("lenet5", "a.svg", captions="long")
print(notes[0].message)
archspec.draw("lenet5", "a.svg", captions=3)
"""


def test_an_option_is_a_field(checkout: Checkout) -> None:
    checkout.insert("archspec/figures/request.py", before="    theme: Annotated[", text=OPTION)
    help = " ".join(checkout.run("draw", "--help").split())
    assert (
        "--captions <none|short|long> How much is said below the figure. [default: short]" in help
    )
    noted = checkout.run("draw", "lenet5", "-o", "a.svg", "--captions", "long")
    assert "note: the style 'paper' has no captions: it is without effect" in noted
    refused = checkout.run("draw", "lenet5", "-o", "a.svg", "--captions", "logn", exit_code=2)
    assert "there are no captions 'logn'" in refused
    assert "did you mean 'long'?" in refused
    printed = checkout.python("-c", WITH_THE_OPTION, exit_code=1)
    assert printed.startswith("the style 'paper' has no captions")
    assert "'captions' cannot be 3 (it is one of none, short, long)" in printed
    row = "| `--captions long` | How much is said below the figure: `none`, `short`, `long`. | `short` |"
    assert row in checkout.generate("figures")
    assert len(checkout.touched) == 1


COMMAND = '''\
"""``archspec count``."""

from typing import Annotated

import typer

from archspec.cli.arguments import Specs, load_networks


def count(
    specs: Specs,
    quick: Annotated[bool, typer.Option("--quick", help="Guess.")] = False,
) -> None:
    """Count the layers of networks."""
    for graph in load_networks(specs, [], None, None):
        print(graph.name, len(graph.layers))
'''


def test_a_command_is_a_file_and_a_name(checkout: Checkout) -> None:
    checkout.add("archspec/cli/commands/count.py", COMMAND)
    checkout.insert("archspec/cli/app.py", before='    "show",\n', text='    "count",\n')
    assert re.search(r"^  count +Count the layers of networks\.$", checkout.run("--help"), re.M)
    assert "--quick" in checkout.run("count", "--help")
    assert checkout.run("count", "lenet5", "--quick").startswith("lenet5 ")
    assert "Did you mean 'count'?" in checkout.run("cuont", "lenet5", exit_code=2)
    assert len(checkout.touched) == 2


PAGE = """\
# bad-luck: something that nobody could foresee

It went wrong, for no reason that could be found. Do it again: luck changes.

## Wrong

```console
$ archspec check lenet5
```

## Right

```console
$ archspec check lenet5
```
"""


def test_a_code_is_a_name_and_a_page(checkout: Checkout) -> None:
    checkout.insert(
        "archspec/diagnostics/codes.py", before='    "shape",\n', text='    "bad-luck",\n'
    )
    checkout.add("archspec/diagnostics/explanations/bad-luck.md", PAGE)
    assert "something that nobody could foresee" in checkout.run("explain")
    assert "luck changes" in checkout.run("explain", "bad-luck")
    code = "from archspec.diagnostics import failure; raise failure('bad-luck', 'so it goes')"
    assert "error[bad-luck]: so it goes" in checkout.python("-c", code, exit_code=1)
    assert "## bad-luck" in checkout.generate("diagnostics")
    assert len(checkout.touched) == 2
