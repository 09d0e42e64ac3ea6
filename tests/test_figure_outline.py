"""What figures show of a network, before anything has a place."""

from __future__ import annotations

import pytest

from archspec.figures import figure
from archspec.figures.draw import figure_bytes
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Series,
    Wire,
    frames,
    leaves,
)
from archspec.figures.request import Options
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from tests.figure_checks import expands, faults

GROUPED = """
archspec: 1
name: grouped
input: [1, 28, 28]
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3}
  "(특징 <b> & %)":
    layers:
      conv: {op: Conv2d, out_channels: 16, kernel_size: 3}
      pool: {op: MaxPool2d, kernel_size: 2}
      wide: {op: Conv2d, out_channels: 32, kernel_size: 3}
  head: {op: AdaptiveAvgPool2d, output_size: 1}
"""
CELL = """
archspec: 1
name: cell
input: [4, 8, 8]
layers:
  a: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
  b: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: input}
  ab: {op: Add, from: [a, b]}
  c: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1, from: b}
  end: {op: Concat, from: [ab, c]}
"""
PYRAMID = """
archspec: 1
name: pyramid
input: [3, 32, 32]
outputs: {p3: coarse, fine: fine}
blocks:
  Merge:
    inputs: [lateral, above]
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 1, from: lateral}
      up: {op: Upsample, scale_factor: 2, from: above}
      add: {op: Add, from: [conv, up]}
layers:
  low: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: 2}
  high: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: 2}
  coarse: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  fine: {op: Merge, from: [low, high]}
"""


def parts(diagram: Diagram) -> tuple[Diagram, ...]:
    return diagram.parts if isinstance(diagram, Series) else (diagram,)


def titles(diagram: Diagram) -> list[str]:
    return [leaf.title for leaf in leaves(diagram)]


def test_a_chain_is_a_series_and_blocks_are_folded() -> None:
    drawn = outline(load("resnet50"))
    found = [(leaf.title, leaf.under, leaf.count) for leaf in leaves(drawn.diagram)]
    assert found == [
        ("image", "3×224×224", 1),
        ("conv 7×7, 64", "/2 · BN · ReLU", 1),
        ("max pool 3×3", "/2", 1),
        ("Bottleneck 64", "layer1", 3),
        ("Bottleneck 128", "layer2 · /2", 4),
        ("Bottleneck 256", "layer3 · /2", 6),
        ("Bottleneck 512", "layer4 · /2", 3),
        ("avg pool", "global · flatten", 1),
        ("linear 1000", "", 1),
    ]


def test_an_inset_describes_a_block_by_its_parameters() -> None:
    (inset,) = outline(load("resnet50")).insets
    fork, plus, relu = parts(inset.diagram)
    assert isinstance(fork, Parallel)
    main, shortcut = fork.branches
    assert titles(main) == ["conv 1×1, width", "conv 3×3, width", "conv 1×1, 4·width"]
    assert isinstance(shortcut, Leaf)
    assert (shortcut.title, shortcut.under) == ("conv 1×1, 4·width", "/stride · BN")
    assert shortcut.optional  # its box is dashed, but not its lines: without it they are one wire
    assert not shortcut.dashed
    assert isinstance(plus, Leaf)
    assert plus.form == "circle"
    assert titles(relu) == ["ReLU"]
    assert inset.table == (
        ("", "width", "stride", "downsample", "out"),
        ("layer1", "64", "1", "yes then –", "256"),
        ("layer2", "128", "2 then 1", "yes then –", "512"),
        ("layer3", "256", "2 then 1", "yes then –", "1024"),
        ("layer4", "512", "2 then 1", "yes then –", "2048"),
    )


def test_equal_layers_fold_in_an_inset_only_if_they_are_equal_in_every_instance() -> None:
    (inset,) = outline(load("nin")).insets
    assert titles(inset.diagram) == ["conv k×k, width", "conv 1×1, width", "conv 1×1, out"]


def test_what_exists_in_training_only_hangs_below() -> None:
    drawn = outline(load("googlenet"))
    sides = {
        leaf.under: titles(branch)
        for leaf in leaves(drawn.diagram)
        for branch in leaf.side_branches
    }
    assert sides == {"4a": ["AuxHead"], "4b 4c 4d": ["AuxHead"]}
    assert not [
        leaf
        for leaf in leaves(outline(load("googlenet").at("inference")).diagram)
        if leaf.side_branches
    ]


def test_an_identity_shortcut_is_a_wire() -> None:
    inset = outline(load("densenet121")).insets[0]
    fork = parts(inset.diagram)[0]
    assert isinstance(fork, Parallel)
    assert fork.branches[0] == Wire()


def test_what_is_not_series_parallel_lies_in_lanes() -> None:
    drawn = outline(loads(CELL))
    (lanes,) = [part for part in parts(drawn.diagram) if isinstance(part, Lanes)]
    assert sorted(leaf.path for leaf in leaves(lanes)) == ["a", "ab", "b", "c"]
    assert not faults(figure(loads(CELL)))


def test_long_skips_nest() -> None:
    layers = "".join(f"  c{k}: {{op: Conv2d, out_channels: 3, kernel_size: 1}}\n" for k in range(9))
    adds = "".join(
        f"  a{k}: {{op: Add, from: [{f'a{k - 1}' if k else 'c8'}, c{7 - k}]}}\n" for k in range(7)
    )
    graph = loads(f"archspec: 1\nname: nested\ninput: [3, 8, 8]\nlayers:\n{layers}{adds}")
    diagram = outline(graph).diagram
    assert not any(isinstance(part, Lanes) for part in parts(diagram))
    assert not faults(figure(graph))


@pytest.mark.parametrize("style", ["paper", "full"])
def test_a_group_has_a_frame_with_its_title(style: str) -> None:
    graph = loads(GROUPED)
    options = Options(style=style)
    (frame,) = [p for p in parts(outline(graph, options).diagram) if isinstance(p, Frame)]
    assert frame.heading == "특징 <b> & %"
    assert titles(frame) == ["conv 3×3, 16", "max pool 2×2", "conv 3×3, 32"]
    scene = figure(graph, options)
    assert not faults(scene)
    assert not expands(scene, graph)
    assert "특징 <b> & %" in [text.content for text in scene.texts]


def test_a_group_that_is_read_from_inside_has_none() -> None:
    read = GROUPED.replace(
        "output_size: 1}",
        "output_size: 1}\n  both: {op: Conv2d, out_channels: 2, kernel_size: 1, from: pool}",
    )
    graph = loads(
        read.replace("layers:\n  stem", "outputs: {x: head, y: both}\nlayers:\n  stem", 1)
    )
    assert not [p for p in parts(outline(graph).diagram) if isinstance(p, Frame)]
    assert not faults(figure(graph))


def test_a_scope_inside_of_another_is_opened_with_it() -> None:
    drawn = outline(load("resnet50"), Options(open=("layer1.0",)))
    (outer,) = [part for part in parts(drawn.diagram) if isinstance(part, Frame)]
    assert outer.path == "layer1"
    (inner,) = [part for part in parts(outer.inside) if isinstance(part, Frame)]
    assert inner.path == "layer1.0"


def every_layer(diagram: Diagram) -> list[str]:
    return sorted(path for leaf in leaves(diagram) for path in leaf.layers)


@pytest.mark.parametrize("depth", [None, 1, 2, 9])
@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("name", ["resnet18", "googlenet", "densenet40_k12", "alexnet_towers"])
def test_leaves_stand_for_exactly_the_layers(name: str, fold: bool, depth: int | None) -> None:
    graph: Graph = load(name)
    drawn = outline(graph, Options(fold=fold, depth=depth)).diagram
    assert every_layer(drawn) == sorted(node.path for node in graph.layers)


@pytest.mark.parametrize("format", ["svg", "tex", "html", "json", "dot", "mmd", "txt"])
def test_several_outputs_have_names(format: str) -> None:
    text = figure_bytes(loads(PYRAMID), format).decode()
    assert "p3" in text
    assert "fine" in text


@pytest.mark.parametrize("style", ["paper", "full", "blocks"])
def test_names_of_outputs_end_the_lines(style: str) -> None:
    scene = figure(loads(PYRAMID), Options(style=style))
    assert not faults(scene)
    ends = {(box.texts[0].content, len(box.layers)) for box in scene.boxes if box.role == "input"}
    assert {("p3", 0), ("fine", 0)} <= ends


def test_one_output_has_no_name() -> None:
    assert not [leaf for leaf in leaves(outline(load("googlenet")).diagram) if leaf.feed]


def test_inputs_of_a_block_have_a_box_each() -> None:
    (inset,) = outline(loads(PYRAMID)).insets
    fork, _ = parts(inset.diagram)
    assert isinstance(fork, Parallel)
    assert [titles(branch) for branch in fork.branches] == [
        ["lateral", "conv 1×1, 8"],
        ["above", "upsample ×2"],
    ]


# ---------------------------------------------------------------- names and numbers

UNITS = """archspec: 1
input: [3, 16, 16]
blocks:
  Unit:
    params: {width: int, act: ReLU}
    layers:
      conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1}
      act: {op: act}
      last: {op: Conv2d, out_channels: width, kernel_size: 1}
layers:
  a: {op: Unit, width: 8}
  b: {op: Unit, width: 16, act: SiLU}
  c: {op: Unit, width: 16, act: SiLU}
  d: {op: Unit, width: 32, act: SiLU}
  e: {op: Unit, width: 64, act: SiLU}
"""


def test_one_box_stands_for_instances_with_the_same_ops_only() -> None:
    shown = list(leaves(outline(loads(UNITS)).diagram))
    assert [leaf.count for leaf in shown if leaf.block] == [1, 4]


def test_two_boxes_of_a_block_have_two_names() -> None:
    boxes = [leaf for leaf in leaves(outline(load("efficientnet_b0")).diagram) if leaf.block]
    named = [(leaf.title, leaf.under.partition(" · ")[0]) for leaf in boxes]
    assert len(set(named)) == len(named)


@pytest.mark.parametrize("name", ["nasnet_a_mobile", "efficientnet_b0", "regnet_y_400mf"])
def test_rows_of_a_table_have_names_of_their_own(name: str) -> None:
    for inset in outline(load(name)).insets:
        rows = [row[0] for row in inset.table]
        assert len(set(rows)) == len(rows)


def test_a_cell_hides_no_value() -> None:
    """Of 128, 128, 160, 192 none is left out."""
    insets = {inset.name: inset for inset in outline(load("inception_v3")).insets}
    assert not any(
        "…" in cell for inset in insets.values() for row in inset.table for cell in row[1:]
    )


def test_what_repeats_begins_as_its_file_does() -> None:
    (frame,) = frames(outline(load("mobilenet_v1")).diagram)
    assert frame.count == 5
    assert [leaf.title for leaf in leaves(frame)] == ["depthwise conv 3×3", "conv 1×1, 512"]


def test_a_block_with_several_outputs_is_a_box_with_names_inside() -> None:
    whole = outline(load("dpn92"))
    stacks = [leaf for leaf in leaves(whole.diagram) if leaf.block == "DualPath"]
    assert [stack.count for stack in stacks] == [2, 3, 19, 2]
    (inset,) = (inset for inset in whole.insets if inset.name == "DualPath")
    assert [leaf.title for leaf in leaves(inset.diagram) if leaf.is_output] == ["summed", "grown"]


def test_what_is_several_networks_beside_each_other_is_no_box() -> None:
    """A convolution for each level of a pyramid: a box would lead every level to every other."""
    insets = {inset.name: inset for inset in outline(load("fpn_resnet50")).insets}
    assert not [leaf for leaf in leaves(insets["FPN"].diagram) if leaf.block == "Convs"]


def test_cells_that_read_two_before_them_fold() -> None:
    stacks = [leaf for leaf in leaves(outline(load("nasnet_a_mobile")).diagram) if leaf.count > 1]
    assert [(stack.block, stack.count) for stack in stacks] == [("NormalCell", 4)] * 3


def test_the_legend_says_what_numbers_of_a_stack_are() -> None:
    words = [text.content for text in figure(load("resnet50")).texts]
    assert "parameters of all copies" in words
    assert "parameters" in [text.content for text in figure(load("lenet5")).texts]
