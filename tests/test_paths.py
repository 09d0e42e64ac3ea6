"""Paths: their numbers and lengths against those of the literature, of enumeration, of binomials."""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.paths import PathCounts, paths
from archspec.analyses.paths.modules import is_weighted
from archspec.cli import app
from archspec.diagnostics import SpecError
from archspec.graph import Graph
from archspec.workspace.locate import zoo_folder
from tests.random_specs import random_spec


def projecting_first(**params: Any) -> Graph:
    """ResNets with a projection in the first block, as some published files have them."""
    text = (zoo_folder() / "resnet50.yaml").read_text("utf-8").partition("expect:")[0]
    text = text.replace("stride: 1, inner", "stride: 1, first: false, inner")
    text = text.replace("width: int, stride: 1}", "width: int, stride: 1, first: false}")
    text = text.replace("when: project_all", "when: first or project_all")
    text = text.replace("width: width, stride: 2", "width: width, first: i == 0, stride: 2")
    return archspec.loads(text, **params)


def basic(*depths: int) -> Graph:
    return projecting_first(block="BasicBlock", depths=list(depths))


def found(name: str, **params: Any) -> PathCounts:
    return paths(archspec.load(name, **params))


PUBLISHED: dict[str, tuple[Callable[[], PathCounts], int, int, int, float, float]] = {
    "alexnet": (lambda: found("alexnet"), 1, 8, 8, 8, 0),
    "vgg16": (lambda: found("vgg16"), 1, 16, 16, 16, 0),
    "googlenet": (lambda: found("googlenet_v1"), 4**9, 13, 22, 17.5, 1.5),
    "bn_inception": (lambda: found("bn_inception"), 4**8 * 3**2, 12, 34, 21.333, 2.934),
    "resnet18": (lambda: paths(basic(2, 2, 2, 2)), 2**8, 6, 18, 12, 2.236),
    "resnet34": (lambda: paths(basic(3, 4, 6, 3)), 2**16, 6, 34, 20, 3.606),
    "resnet50": (lambda: found("resnet50"), 65_536, 6, 50, 28, 5.568),
    "resnet101": (lambda: found("resnet101"), 2**33, 6, 101, 53.5, 8.322),
    "resnet152": (lambda: found("resnet152"), 2**50, 6, 152, 79, 10.368),
    "cifar20": (lambda: found("resnet20_cifar", shortcut="Projection"), 2**9, 4, 20, 12, 2.739),
    "cifar110": (
        lambda: found("resnet110_cifar", shortcut="Projection"),
        2**54,
        4,
        110,
        57,
        7.246,
    ),
    "densenet40": (lambda: found("densenet40_k12"), 2**36, 4, 40, 22, 3),
    "densenet121": (lambda: found("densenet121"), 2**58, 5, 121, 63, 7.616),
    "densenet201": (lambda: found("densenet201"), 2**98, 5, 201, 103, 9.899),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_networks_have_their_paths(name: str) -> None:
    make, count, shortest, longest, mean, deviation = PUBLISHED[name]
    layers = make().layers
    assert (layers.total, layers.shortest, layers.longest) == (count, shortest, longest)
    assert round(float(layers.mean), 3) == mean
    assert round(layers.deviation, 3) == deviation


def test_residual_networks_are_binomial_in_modules() -> None:
    one = found("resnet110_preact")
    assert one.module_count == 54
    assert one.count == 18_014_398_509_481_984
    assert one.modules.by_length == {k: math.comb(54, k) for k in range(55)}
    assert one.modules.mean == 27
    assert round(one.modules.deviation, 3) == 3.674
    assert round(100 * float(one.modules.share(19, 35)), 3) == 98.017
    assert round(100 * float(one.modules.share(5, 17)), 5) == 0.45367
    assert one.effective == (5, 17)
    assert [one.remaining(d) for d in (0, 1, 10, 54)] == [2**54, 2**53, 2**44, 1]
    assert sum(one.gradient.values()) == 1
    part = Fraction(1, 5)  # a binomial whose chance is decay / (1 + decay)
    binomial = {k: math.comb(54, k) * part**k * (1 - part) ** (54 - k) for k in range(55)}
    assert one.gradient == binomial


def test_a_projection_lengthens_paths_in_layers_only() -> None:
    plain, projecting = found("resnet20_cifar"), found("resnet20_cifar", shortcut="Projection")
    assert plain.modules == projecting.modules
    assert (plain.layers.shortest, projecting.layers.shortest) == (2, 4)


@pytest.mark.parametrize(
    ("name", "depths"),
    [
        ("densenet121", (6, 12, 24, 16)),
        ("densenet40_k12", (12, 12, 12)),
        ("densenet201", (6, 12, 48, 32)),
    ],
)
def test_dense_blocks_have_their_connections(name: str, depths: tuple[int, ...]) -> None:
    one = found(name)
    assert one.connections == sum(depth * (depth + 1) // 2 for depth in depths)
    assert one.module_count == sum(depths)
    assert one.modules.by_length == {k: math.comb(sum(depths), k) for k in range(sum(depths) + 1)}


FLAT = """\
archspec: 1
input: [4, 8, 8]
layers:
  y1: {op: Conv2d, out_channels: 4, kernel_size: 1}
  c1: {op: Concat, from: [input, y1]}
  y2: {op: Conv2d, out_channels: 4, kernel_size: 1}
  c2: {op: Concat, from: [input, y1, y2]}
  y3: {op: Conv2d, out_channels: 4, kernel_size: 1}
  c3: {op: Concat, from: [input, y1, y2, y3]}
"""


def test_a_dense_block_may_be_written_flat() -> None:
    one = paths(archspec.loads(FLAT))
    assert (one.count, one.module_count, one.connections) == (8, 3, 6)
    assert one.modules.by_length == {0: 1, 1: 3, 2: 3, 3: 1}


def test_inception_modules_cannot_be_gone_around() -> None:
    one = found("googlenet_v1")
    assert (one.module_count, one.connections) == (0, 0)
    assert one.remaining(0) == one.count


def _enumerated(graph: Graph) -> Counter[int]:
    """The lengths of all paths, each followed."""
    lengths: Counter[int] = Counter()
    waiting = [(graph.main_output.source, 0)]
    while waiting:
        path, length = waiting.pop()
        node = graph.nodes[path]
        length += is_weighted(node)
        if not node.operands:
            lengths[length] += 1
        waiting += [(source, length) for source in node.operands]
    return lengths


@pytest.mark.parametrize("seed", range(40))
def test_random_networks_have_the_paths_that_following_them_finds(seed: int) -> None:
    try:
        graph = archspec.loads(random_spec(seed)).at("inference")
    except SpecError:
        pytest.skip("not every random text is a network")
    one = paths(graph)
    if one.count > 50_000:
        pytest.skip("too many to follow")
    counts = {length: count for length, count in one.layers.by_length.items() if count}
    assert counts == _enumerated(graph)
    assert one.modules.total == one.count
    assert len(one.shortest) == one.layers.shortest
    assert len(one.longest) == one.layers.longest


def test_paths_lead_between_layers_and_scopes() -> None:
    graph = archspec.load("resnet50")
    assert paths(graph, "layer1", "layer2").count == 2**4
    assert paths(graph, "maxpool", "layer1.0").layers.by_length == {1: 1, 2: 0, 3: 1}
    assert paths(graph, end="layer1").count == 2**3
    assert paths(graph, end="output").count == paths(graph).count


def test_a_network_of_a_thousand_modules_takes_a_second() -> None:
    graph = archspec.load("resnet1001_preact", n=334)
    start = time.process_time()
    one = paths(graph)
    assert one.effective
    assert time.process_time() - start < 3  # alone it takes half a second
    assert one.count == 2**1002


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"begin": "layer9"}, "'resnet50' has no layer 'layer9'"),
        (
            {"begin": "layer2", "end": "layer1"},
            "no path leads from 'layer2.3.relu' to 'layer1.2.relu'",
        ),
        ({"begin": "fc", "end": "fc"}, "no path leads from 'fc' to 'fc'"),
        ({"decay": 0}, "a decay cannot be 0"),
        ({"decay": "1/0"}, "a decay cannot be 1/0"),
        ({"decay": "much"}, "a decay cannot be much"),
        ({"decay": "1.5"}, "a decay cannot be 1.5"),
        ({"decay": "0.12345678"}, "a decay cannot be 0.12345678"),
    ],
)
def test_bad_choices_are_diagnostics(choices: dict[str, Any], message: str) -> None:
    with pytest.raises(SpecError) as caught:
        paths("resnet50", **choices)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == message
    assert diagnostic.help


def test_too_many_lengths_are_refused_at_once() -> None:
    text = "archspec: 1\ninput: [1, 4, 4]\nlayers:\n  unit:\n    repeat: 9000\n    layers:\n"
    text += "      conv: {op: Conv2d, out_channels: 1, kernel_size: 1}\n"
    text += "      add: {op: Add, from: [conv, input]}\n"
    with pytest.raises(SpecError, match="too many lengths"):
        paths(archspec.loads(text))


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(app, ["paths", *args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_json_has_exact_numbers() -> None:
    code, out, _ = run("resnet1001_preact", "--format", "json")
    assert code == 0
    data = json.loads(out)
    assert data["paths"] == 2**333
    assert data["modules"]["left"]["33"] == 2**300
    assert len(data["longest_path"]) == 1001
    several = json.loads(run("alexnet", "vgg16", "--format", "json")[1])
    assert [each["paths"] for each in several] == [1, 1]


def test_csv_has_every_length() -> None:
    lines = run("resnet20_cifar", "--format", "csv")[1].splitlines()
    assert lines[0] == "unit,length,paths,share,gradient,left"
    assert lines[1].startswith("modules,0,1,")
    assert len(lines) == 1 + 10 + 19
    header, *rows = run("alexnet", "resnet50", "--format", "csv")[1].splitlines()
    assert header.split(",")[3] == "paths"
    assert [row.split(",")[3] for row in rows] == ["1", "65536"]


@pytest.mark.parametrize("args", [["--by", "modules"], ["--decay", "2"], ["--from", "nowhere"]])
def test_what_cannot_be_is_said(args: list[str]) -> None:
    code, out, err = run("alexnet", *args)
    assert code in (1, 2)
    assert not out
    assert "error[" in err


@pytest.mark.parametrize(
    "args",
    [
        ["vgg16", "--all"],
        ["--all", "--format", "json"],
        ["--by", "layers", "-o", "x.svg"],
        ["--theme", "dark"],
        ["vgg16", "-o", "x.svg"],
    ],
)
def test_an_option_without_effect_is_refused(args: list[str]) -> None:
    assert run("alexnet", *args)[0] == 2


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png", "tex", "html", "json"])
def test_the_histogram_is_drawn_in_every_format(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"paths.{suffix}"
    assert run("resnet110_preact", "-o", str(file), "--theme", "dark")[0] == 0
    assert file.stat().st_size > 1_000


def test_the_histogram_is_drawn_by_python(tmp_path: Path) -> None:
    one = archspec.paths("densenet121", decay=0.5)
    one.draw(tmp_path / "paths.svg", width="column")
    assert "<svg" in (tmp_path / "paths.svg").read_text("utf-8")
    assert "2^58" not in str(one)
    assert "288,230,376,151,711,744 paths" in str(one)
    assert repr(one) == "<Paths of densenet121: 288,230,376,151,711,744>"
