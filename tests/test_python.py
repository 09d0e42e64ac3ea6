"""The library from Python: modes and options that do not exist, names for networks, what a value
shows of itself."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

import archspec
from archspec import SpecError
from archspec.analyses.stats import COMPARED, Comparison, LayerStats, Stats, Totals
from archspec.backends.torch.source_file import build_file
from archspec.figures.draw import figure_bytes
from archspec.graph import Graph
from archspec.reports.comparison_report import comparison_table
from archspec.reports.stats_report import stats_table
from archspec.reports.table import html, plain
from archspec.workspace.load import load
from archspec.workspace.workspace import Workspace

# Modes


@cache
def network(name: str) -> Graph:
    return load(name)


def error_text(call: Callable[[], object]) -> str:
    """Message and help of the only diagnostic that a call raises."""
    with pytest.raises(SpecError) as error:
        call()
    (diagnostic,) = error.value.diagnostics
    return f"{diagnostic.message} ({diagnostic.help})"


TAKING_A_MODE: Final[dict[str, Callable[[Graph, Any], object]]] = {
    "at": lambda net, mode: net.at(mode),
    "stats": archspec.stats,
    "stats-of-several": lambda net, mode: archspec.stats([net, net], mode),
    "source": archspec.source,
    "build": archspec.build,
    "build_file": lambda net, mode: build_file(net, "never.py", mode=mode, verify=False),
}


@pytest.mark.parametrize("mode", ["train", "Training", "eval", "", True, False, None, 1])
@pytest.mark.parametrize("call", TAKING_A_MODE.values(), ids=TAKING_A_MODE)
@pytest.mark.parametrize("name", ["alexnet", "googlenet"])
def test_a_mode_that_does_not_exist(name: str, call: Any, mode: Any) -> None:
    text = error_text(lambda: call(network(name), mode))
    assert text == f"there is no mode {mode!r} (a mode is 'inference' or 'training')"
    assert not Path("never.py").exists()


# Names for networks


def test_a_network_by_its_name(tmp_path: Path) -> None:
    net = load("resnet18")
    assert archspec.stats("resnet18") == archspec.stats(net)
    assert archspec.source("resnet18") == archspec.source(net)
    archspec.draw("resnet18", tmp_path / "a.svg")
    archspec.draw(net, tmp_path / "b.svg")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_network_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(
        "archspec: 1\ninput: [3, 8, 8]\nlayers: {pool: {op: AvgPool2d, kernel_size: 2}}\n"
    )
    assert archspec.stats(path).outputs == {"output": (3, 4, 4)}
    assert "class Small" in archspec.source(str(path))


@pytest.mark.torch
def test_a_module_of_a_name() -> None:
    pytest.importorskip("torch")
    module: Any = archspec.build("lenet5")
    assert list(module.state_dict()) == list(load("lenet5").state_keys)


@pytest.mark.parametrize("call", [archspec.stats, archspec.source, archspec.build, load])
@pytest.mark.parametrize("value", [None, 3, b"resnet18"])
def test_what_is_no_network(call: Any, value: Any) -> None:
    assert error_text(lambda: call(value)).startswith("a network cannot be ")


def test_a_name_that_no_network_has(tmp_path: Path) -> None:
    for call in (archspec.stats, archspec.source, archspec.build):
        text = error_text(lambda call=call: call("resnet81"))  # type: ignore[misc]
        assert text.startswith("there is no file or network of the zoo called 'resnet81'")
    assert "resnet81" in error_text(
        lambda: archspec.draw(["vgg11", "resnet81"], tmp_path / "a.svg")
    )


def test_an_empty_list_is_no_network(tmp_path: Path) -> None:
    assert error_text(lambda: archspec.stats([])).startswith("the list of networks is empty")
    assert error_text(lambda: archspec.draw([], tmp_path / "a.svg")).startswith(
        "the list of networks is empty"
    )


# Comparisons


def test_several_networks_arecompare_with_graph() -> None:
    comparison = archspec.stats(["resnet18", load("vgg11")])
    assert comparison == Comparison((archspec.stats("resnet18"), archspec.stats("vgg11")))
    assert str(comparison) == plain(comparison_table(comparison.networks))
    assert comparison._repr_html_() == html(comparison_table(comparison.networks))
    assert repr(comparison) == "<Comparison of resnet18, vgg11>"
    first, second = comparison.rows
    assert tuple(first) == COMPARED
    assert first["params"] == 11_689_512
    assert (second["name"], second["weight_layers"]) == ("vgg11", 11)


def test_one_network_in_a_list_is_a_comparison() -> None:
    assert len(archspec.stats(name for name in ["vgg11"]).rows) == 1


def test_a_comparison_in_training() -> None:
    params = [row["params"] for row in archspec.stats(["googlenet", "vgg11"], "training").rows]
    assert params == [13_004_888, 132_863_336]


# Options of a figure

WRONG_OPTIONS: Final[list[tuple[dict[str, Any], str]]] = [
    ({"widht": "a4"}, "a figure has no option 'widht' (did you mean 'width'?)"),
    (
        {"formt": "svg"},
        "a figure has no option 'formt' (did you mean 'format' or 'font' or 'force'?)",
    ),
    ({"foo": 1}, "a figure has no option 'foo' (the options are style, module, "),
    ({"depth": -1}, "'depth' cannot be -1 (it is a number from 0)"),
    ({"depth": True}, "'depth' cannot be True (it is a number from 0)"),
    ({"depth": 1.5}, "'depth' cannot be 1.5 (it is a number from 0)"),
    ({"fold": "no"}, "'fold' cannot be 'no' (it is True or False)"),
    ({"legend": None}, "'legend' cannot be None (it is True or False)"),
    ({"title": 0}, "'title' cannot be 0 (it is True or False)"),
    ({"diff": "yes"}, "'diff' cannot be 'yes' (it is True or False)"),
    ({"force": 1}, "'force' cannot be 1 (it is True or False)"),
    ({"open": "nosuch"}, "'open' cannot be 'nosuch' (it is a list of scopes: paths "),
    ({"close": [1]}, "'close' cannot be [1] (it is a list of scopes: paths "),
    ({"open": ["nosuch"]}, "'resnet18' has no scope 'nosuch' ("),
    ({"width": 88}, "'width' cannot be 88 (it is one of a4, "),
    ({"width": "88"}, "there is no width '88' (one of a4, "),
    ({"style": None}, "'style' cannot be None (it is one of paper, "),
    ({"style": "papre"}, "there is no style 'papre' (did you mean 'paper'?)"),
    ({"module": 3}, "'module' cannot be 3 (it is the name of a block or scope)"),
    ({"direction": 1}, "'direction' cannot be 1 (it is one of right, down)"),
    ({"labels": None}, "'labels' cannot be None (it is one of paper, pytorch)"),
    ({"bars": ["macs"]}, "'bars' cannot be ['macs'] (it is one of none, "),
    ({"theme": 3}, "'theme' cannot be 3 (it is one of light, "),
    ({"format": 3}, "'format' cannot be 3 (it is one of svg, "),
]


@pytest.mark.parametrize(("options", "message"), WRONG_OPTIONS, ids=str)
def test_an_option_that_a_figure_does_not_have(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    text = error_text(lambda: archspec.draw("resnet18", tmp_path / "a.svg", **options))
    assert text.startswith(message)
    assert not list(tmp_path.iterdir())


def test_what_has_no_effect_is_a_warning(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="the style 'full' has no depth") as warned:
        archspec.draw("alexnet", tmp_path / "a.svg", style="full", depth=1)
    assert warned[0].filename == __file__


def test_drawing_leaves_nothing_below_a_cell(tmp_path: Path) -> None:
    draw: Callable[..., object] = archspec.draw
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert draw("alexnet", tmp_path / "a.svg") is None


# What values show


def test_values_are_shown_in_a_line() -> None:
    net = load("resnet50")
    counted = archspec.stats(net)
    shown = {
        repr(net): "<Graph resnet50: 3×224×224 → 1000, 25,557,032 params>",
        str(net): "<Graph resnet50: 3×224×224 → 1000, 25,557,032 params>",
        repr(net.inputs[0]): "<Node input: Input, 3×224×224, 0 params>",
        repr(net.nodes["conv1"]): ("<Node conv1: Conv2d, 3×224×224 → 64×112×112, 9,408 params>"),
        repr(net.root): "<Scope (the network): scope, 175 layers>",
        repr(net.scopes["layer1.0"]): "<Scope layer1.0: Bottleneck, 12 layers>",
        repr(counted): ("<Stats resnet50: 25,557,032 params, 4,089,184,256 MACs, inference>"),
    }
    for found, expected in shown.items():
        assert found == expected
    origin = net.nodes["conv1"].origin
    assert origin is not None
    assert repr(origin) == f"<Origin {origin}>"
    assert repr(origin.value) == f"<Span {origin.value}>"
    assert repr(origin.source).startswith("<Source resnet50.yaml: ")
    assert repr(Workspace().program("resnet50")).startswith("<Program resnet50, ")


def test_heads_for_training_are_listed_beside_the_network() -> None:
    assert repr(load("googlenet")) == (
        "<Graph googlenet: 3×224×224 → 1000, 6,624,904 params, 13,004,888 in training>"
    )


def test_nothing_in_a_graph_has_a_long_repr() -> None:
    net = load("densenet121")
    longest = max(map(len, map(repr, (*net.nodes.values(), *net.scopes.values(), *net.init))))
    assert longest < 250
    with pytest.raises(SpecError) as error:
        archspec.loads(f"archspec: 1\n# {'long ' * 1000}\nlayers: {{}}\n")
    assert len(repr(error.value.diagnostics)) < 500


def test_stats_are_printed_as_their_table() -> None:
    counted = archspec.stats("resnet50")
    assert str(counted) == plain(stats_table(counted))
    assert str(counted).splitlines()[0] == "resnet50: 3×224×224 → 1000"


SHOWING: Final = {
    "graph": "from archspec.workspace.load import load; print(load('alexnet')._repr_svg_())",
    "stats": "from archspec.workspace.load import load\nfrom archspec.analyses.stats import stats\n"
    "print(stats(load('alexnet'))._repr_html_())",
    "comparison": "from archspec.analyses.stats import stats\n"
    "print(stats(['alexnet', 'vgg11'])._repr_html_())",
    "text": "from archspec.analyses.stats import stats; print(stats('alexnet'))",
    "elaborated": "from archspec.workspace.workspace import Workspace\n"
    "print(Workspace().graph('alexnet')._repr_svg_())",
}


@pytest.mark.parametrize("name", SHOWING)
def test_a_value_shows_itself_wherever_it_comes_from(name: str) -> None:
    code = [sys.executable, "-X", "utf8", "-c", SHOWING[name]]
    done = subprocess.run(code, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    net = load("alexnet")
    expected: dict[str, str] = {
        "graph": figure_bytes(net, "svg").decode(),
        "elaborated": figure_bytes(net, "svg").decode(),
        "stats": archspec.stats(net)._repr_html_(),
        "comparison": archspec.stats(["alexnet", "vgg11"])._repr_html_(),
        "text": str(archspec.stats(net)),
    }
    assert done.stdout.rstrip("\n") == expected[name].rstrip("\n")


# The package


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert archspec.__version__ == version("archspec-nn")
    assert "__version__" in dir(archspec)


def test_the_package_is_typed() -> None:
    assert (Path(archspec.__file__).parent / "py.typed").is_file()


def test_every_public_name_is_documented() -> None:
    for name in set(archspec.__all__) - {"__version__"}:
        assert (getattr(archspec, name).__doc__ or "").strip(), name


@pytest.mark.parametrize("result", [Stats, Totals, LayerStats, Comparison])
def test_every_count_is_documented(result: type) -> None:
    """A text stands below each field: what editors and documentation show."""
    import ast
    import inspect

    (tree,) = ast.parse(inspect.getsource(result)).body
    assert isinstance(tree, ast.ClassDef)
    fields = [k for k, item in enumerate(tree.body) if isinstance(item, ast.AnnAssign)]
    assert fields
    for k in fields:
        below = tree.body[k + 1]
        assert isinstance(below, ast.Expr), ast.unparse(tree.body[k])
        assert isinstance(below.value, ast.Constant), ast.unparse(tree.body[k])
