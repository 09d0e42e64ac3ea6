"""A network as a part of another one."""

from __future__ import annotations

from pathlib import Path

import pytest

import archspec
from archspec.graph import Graph
from archspec.graph.graph import Mode
from archspec.workspace.standalone import files_of_parts, standalone
from archspec.workspace.workspace import Workspace
from tests.language.graphs import paths, wiring
from tests.marked_specs import net

SMALL = """
archspec: 1
input: [3, 16, 16]
params: {width: 4, classes: 10}
blocks:
  Unit:
    params: {channels: int}
    layers:
      conv: {op: Conv2d, out_channels: channels, kernel_size: 3, padding: 1}
      relu: ReLU
layers:
  stem: {op: Unit, channels: width}
  side: {op: Conv2d, out_channels: 2, kernel_size: 1, from: stem}
  stages:
    from: stem
    layers:
      - {op: Unit, channels: 2 * width, repeat: 2}
      - ReLU
  pool: {op: AdaptiveAvgPool2d, output_size: 1, from: stages}
  flatten: Flatten
  fc: {op: Linear, out_features: classes}
outputs: {logits: fc, side: {from: side, only: training}}
init:
  - {op: Conv2d, weight: 0.5}
  - {path: stem.conv, weight: 0.25}
expect: {params: 1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "small.yaml").write_text(SMALL.replace("expect: {params: 1}\n", ""))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(folder: Path, text: str) -> Graph:
    (folder / "net.yaml").write_text(f"archspec: 1\ninput: [5, 32, 32]\n{text}")
    return archspec.load("net.yaml")


def test_the_whole_network_gives_its_first_output(folder: Path) -> None:
    graph = load(folder, "layers: {a: {net: small.yaml, width: 6}, b: ReLU}")
    assert wiring(graph)["b"] == ("a.fc",)
    assert "a.side" not in graph.nodes, "what training alone needs does not come along"
    assert graph.nodes["a.stem.conv"].inputs[0].shape == (5, 32, 32)
    assert graph.nodes["a.stem.conv"].output.channels == 6
    assert graph.state_keys[0] == "a.stem.conv.weight"


def test_a_layer_ends_it_and_others_are_read(folder: Path) -> None:
    graph = load(
        folder,
        """
layers:
  a: {net: small.yaml, until: stages.1}
  deep: {op: Add, from: [a, a.stages.0]}
  skip: {op: Concat, from: [deep, a.stem.conv, a.side]}
outputs: {out: skip, stem: a.stem}
""",
    )
    assert paths(graph)[-3:] == ["a.stages.1.relu", "deep", "skip"]
    assert wiring(graph)["deep"] == ("a.stages.1.relu", "a.stages.0.relu")
    assert wiring(graph)["skip"] == ("deep", "a.stem.conv", "a.side")
    assert graph.taps["a"] == ("stem.conv", "stem.relu", "side", "stages.0.relu")
    assert graph.taps["a.stem"] == ("conv",)
    assert graph.outputs[1].source == "a.stem.relu"


def test_one_scope_of_it_stands_alone(folder: Path) -> None:
    (folder / "edited.yaml").write_text(
        """
extends: small.yaml
edits: [{after: {path: stages.0.conv}, insert: BatchNorm2d, as: norm}]
init: [{path: "stages.*.conv", weight: 0.5}, {path: conv, weight: 2}, {op: Conv2d, bias: 1}]
"""
    )
    graph = load(
        folder,
        """
layers:
  a: {net: edited.yaml, scope: stages, until: "1", width: 3}
  b: {op: Concat, from: [a, a.0.conv]}
  c: {op: Conv2d, out_channels: 2, kernel_size: 1}
edits: [{after: {path: a.1.conv}, insert: BatchNorm2d, as: norm}]
""",
    )
    assert paths(graph)[:3] == ["a.0.conv", "a.0.conv_norm", "a.0.relu"]
    assert paths(graph)[3:] == ["a.1.conv", "a.1.conv_norm", "a.1.relu", "b", "c"]
    assert wiring(graph)["b"] == ("a.1.relu", "a.0.conv_norm")
    assert graph.nodes["a.0.conv"].output.channels == 6
    meant = [[rule.matches(graph.nodes[path]) for rule in graph.init] for path in ("a.0.conv", "c")]
    assert meant == [[True, False, True], [False, False, False]]


def test_a_scope_of_a_group_and_one_of_a_scope(folder: Path) -> None:
    (folder / "deep.yaml").write_text(
        """
archspec: 1
input: {left: [3, 8, 8], right: [3, 8, 8]}
layers:
  (middle):
    from: left
    layers:
      outer: {layers: {inner: {layers: {one: ReLU, two: Sigmoid}, output: two}}}
  add: {op: Add, from: [outer, right]}
"""
    )
    graph = load(
        folder,
        """
layers:
  a: {net: deep.yaml, scope: outer.inner}
  b: [{net: deep.yaml, scope: outer}]
""",
    )
    assert paths(graph) == ["a.one", "a.two", "b.0.inner.one", "b.0.inner.two"]


def test_a_pattern_leads_into_it(folder: Path) -> None:
    graph = load(
        folder,
        """
layers:
  a: {net: small.yaml, until: stages}
  sum: {op: Add, from: "a.stages.*"}
outputs: {sum: sum, whole: a}
""",
    )
    assert wiring(graph)["sum"] == ("a.stages.0.relu", "a.stages.1.relu", "a.stages.2")


def test_copies_conditions_and_templates(folder: Path) -> None:
    graph = load(
        folder,
        """
params: {deep: false}
layers:
  a{k}: {net: small.yaml, until: stem, repeat: {k: 2}, width: 4 * (k + 1)}
  more: {net: small.yaml, until: stem, when: deep, else: none}
  both{k}: {op: Add, repeat: {k: 2}, from: ["a{k}.stem.conv", "a{k}"]}
  all: {op: Concat, from: [both0, both1, more]}
""",
    )
    assert wiring(graph)["both1"] == ("a1.stem.conv", "a1.stem.relu")
    assert wiring(graph)["a1.stem.conv"] == ("a0.stem.relu",)
    assert "more" not in graph.scopes


def test_edits_of_both_files(folder: Path) -> None:
    (folder / "edited.yaml").write_text(
        "extends: small.yaml\n"
        "edits: [{after: {op: Conv2d, path: stem.conv}, insert: BatchNorm2d, as: norm}]\n"
    )
    graph = load(
        folder,
        """
params: {rate: 0.2}
blocks:
  Unit: {layers: [{op: Dropout2d, p: rate}]}
layers:
  a: {net: edited.yaml, until: stages}
  b: {op: ReLU, from: a.stem.conv}
  c: {op: Conv2d, out_channels: 8, kernel_size: 1}
  d: {op: Add, from: [c, a]}
edits:
  - {after: {op: BatchNorm2d}, insert: Unit, as: drop, sites: 1}
  - {set: {path: a.stages.0.conv}, to: {bias: false}, sites: 1}
""",
    )
    assert paths(graph)[:4] == [
        "a.stem.conv",
        "a.stem.conv_norm",
        "a.stem.conv_norm_drop.0",
        "a.stem.relu",
    ]
    assert wiring(graph)["b"] == ("a.stem.conv_norm_drop.0",), "the edit's layer is read instead"
    assert "a.stages.0.conv.bias" not in graph.state_keys


def test_an_edit_puts_one_in(folder: Path) -> None:
    graph = load(
        folder,
        """
layers: {a: ReLU, b: ReLU}
edits:
  - {replace: {path: a}, with: {net: small.yaml, until: stem}}
  - {after: {path: b}, insert: {net: small.yaml, until: side, width: 2}}
  - {set: {path: a}, to: {width: 9}}
""",
    )
    assert paths(graph)[:3] == ["a.stem.conv", "a.stem.relu", "b"]
    assert paths(graph)[3:] == ["b_small.stem.conv", "b_small.stem.relu", "b_small.side"]
    assert graph.nodes["a.stem.conv"].output.channels == 9


def test_an_edit_adds_a_branch(folder: Path) -> None:
    (folder / "net.yaml").write_text(
        """
extends: small.yaml
blocks: {Head: {layers: {fc: {op: Linear, out_features: classes}}}}
edits:
  - {branch: {path: stages}, insert: {layers: [Flatten, Head]}, as: aux, only: training}
  - {branch: {path: stages.0.conv}, insert: ReLU, as: early}
  - {after: {op: Linear}, insert: Dropout, as: drop, sites: 2}
"""
    )
    graph = archspec.load("net.yaml")
    names = [(output.name, output.source, output.training_only) for output in graph.outputs]
    assert names == [
        ("logits", "fc_drop", False),
        ("side", "side", True),
        ("aux", "aux.1.fc_drop", True),
        ("early", "early", False),
    ]
    assert wiring(graph)["aux.0"] == ("stages.2",)


def test_initial_weights_come_along(folder: Path) -> None:
    graph = load(
        folder,
        """
layers: {a: {net: small.yaml, until: stages}, b: {op: Conv2d, out_channels: 2, kernel_size: 1}}
init: [{path: "a.stages.0.*", weight: 0.75}]
""",
    )
    values = {
        node.path: [rule.tensors["weight"][1]["val"] for rule in graph.init if rule.matches(node)]
        for node in graph.layers
        if node.cost.parameters
    }
    assert values == {
        "a.stem.conv": [0.5, 0.25],
        "a.stages.0.conv": [0.5, 0.75],
        "a.stages.1.conv": [0.5],
        "b": [],
    }


def test_it_is_used_again(folder: Path) -> None:
    graph = load(
        folder,
        """
layers:
  a: {net: small.yaml, until: stages}
  b: {use: a, from: input}
  c: {op: Concat, from: [a, b, b.stem]}
""",
    )
    assert wiring(graph)["c"] == ("a.stages.2", "b.stages.2", "b.stem.relu")
    assert graph.taps == {"a": ("stem.relu",), "b": ("stem.relu",)}
    assert "stem, b = self.a(input)" in archspec.source(graph)


def test_a_part_of_a_part(folder: Path) -> None:
    (folder / "middle.yaml").write_text(
        "archspec: 1\ninput: [3, 8, 8]\nparams: {size: 2}\nlayers:\n"
        "  inner: {net: small.yaml, until: stages, width: size}\n"
        "  skip: {op: Concat, from: [inner, inner.stem]}\n"
        "  end: ReLU\n"
    )
    graph = load(
        folder,
        """
layers:
  a: {net: middle.yaml, until: skip, size: 3}
  b: {op: Concat, from: [a, a.inner.stem.conv]}
  c: {net: middle.yaml, until: inner.stem}
""",
    )
    assert graph.nodes["a.inner.stem.conv"].output.channels == 3
    assert paths(graph)[-2:] == ["c.inner.stem.conv", "c.inner.stem.relu"]
    assert graph.taps["a.inner"] == ("stem.conv", "stem.relu")
    assert graph.taps["a"] == ("inner.stem.conv",)


def test_blocks_and_parameters_of_the_same_name_are_apart(folder: Path) -> None:
    graph = load(
        folder,
        """
params: {width: 7}
blocks:
  Unit: {layers: {conv: {op: Conv2d, out_channels: width, kernel_size: 1}}}
layers: {a: Unit, b: {net: small.yaml, until: stem}, c: Unit}
""",
    )
    channels = [node.output.channels for node in graph.layers]
    assert channels == [7, 4, 4, 7]


def test_a_block_has_one(folder: Path) -> None:
    graph = load(
        folder,
        """
blocks:
  Head:
    params: {size: int}
    layers:
      body: {net: small.yaml, until: stages, width: size}
      join: {op: Concat, from: [body.stem, body]}
layers: {a: {op: Head, size: 2}, b: {op: Head, size: 4}}
""",
    )
    assert wiring(graph)["b.join"] == ("b.body.stem.relu", "b.body.stages.2")


def test_the_network_without_a_part_has_no_taps() -> None:
    assert net("layers: {a: [ReLU, ReLU], b: ReLU}").taps == {}


@pytest.mark.torch
@pytest.mark.parametrize("mode", ["training", "inference"])
def test_the_source_computes_what_the_graph_says(folder: Path, mode: Mode) -> None:
    from archspec.backends.torch.verify import verify_source

    graph = load(
        folder,
        """
layers:
  a: {net: small.yaml, until: stages}
  again: {use: a, from: input}
  left: {op: Concat, from: [a, a.stages.0.conv, again.stem]}
  right: {op: Concat, from: [again, a.side, again.stages.1]}
  both: {op: Concat, from: [left, right]}
outputs: {both: both, tap: a.stem, early: {from: a.stages.1, only: training}}
""",
    )
    verify_source(graph, archspec.source(graph, mode), mode=mode)


def test_its_file_is_watched(folder: Path) -> None:
    (folder / "net.yaml").write_text("archspec: 1\ninput: [5]\nlayers: {a: {net: small.yaml}}\n")
    found = {path.name for path in Workspace().files(folder / "net.yaml")}
    assert found == {"net.yaml", "small.yaml"}


def test_a_text_of_its_own_has_its_files_beside_it(folder: Path, tmp_path: Path) -> None:
    (folder / "parts").mkdir()
    (folder / "small.yaml").rename(folder / "parts" / "small.yaml")
    text = "layers: {a: {net: parts/small.yaml}, b: {net: lenet5, until: c1, from: input}}"
    (folder / "net.yaml").write_text(
        f"archspec: 1\ninput: [1, 32, 32]\n{text}\noutputs: {{a: a, b: b}}\n"
    )
    program = Workspace().program("net.yaml")
    files = files_of_parts(program)
    assert list(files) == ["parts/small.yaml"]
    copy = tmp_path / "copy" / "parts"
    copy.mkdir(parents=True)
    (copy / "small.yaml").write_text(files["parts/small.yaml"])
    (copy.parent / "spec.yaml").write_text(standalone(program))
    found, original = (
        Workspace().graph(str(path)) for path in (copy.parent / "spec.yaml", "net.yaml")
    )
    assert paths(found) == paths(original)
