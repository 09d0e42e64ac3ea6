"""The figure of two networks: what is aligned with what, and what says how it differs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from archspec.cli import app
from archspec.diagnostics import SpecError
from archspec.figures.difference import Difference, difference, scene
from archspec.figures.difference.words import arrow, arrows, join_values, name_few, with_change
from archspec.figures.draw import figure_bytes
from archspec.figures.request import Options
from archspec.figures.scene import Box, Polygon, Scene, Text
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from tests.figure_checks import faults, legend
from tests.networks import specs

PAIRS = (
    ("resnet50", "resnet101"),
    ("resnet50", "resnet50_v1"),
    ("resnet34", "resnet50"),
    ("resnet50", "wide_resnet50_2"),
    ("vgg11", "vgg13"),
    ("vgg16", "vgg16_bn"),
    ("plain34", "resnet34"),
    ("resnet34", "plain34"),
    ("googlenet", "bn_inception"),
    ("alexnet", "vgg16"),
    ("densenet121", "densenet201"),
    ("resnet50", "resnext50_32x4d"),
    ("resnet50", "resnet50_preact"),
    ("resnet50_preact", "resnet50"),
    ("resnet50", "resnet50"),
)
OPTIONS = Options()


def compared(first: str, second: str) -> Difference:
    return difference(load(first), load(second), OPTIONS)


def drawn(first: str, second: str) -> Scene:
    return scene(load(first), load(second), OPTIONS)


def states(found: Difference) -> dict[str, str]:
    return {path: pair.state for path, pair in found.network.pairs.items()}


def box(figure: Scene, path: str) -> Box:
    (found,) = (box for box in figure.boxes if box.path == path and box.inset is None)
    return found


def texts_of(box: Box) -> list[str]:
    return [text.content for text in box.texts]


def beside(figure: Scene, box: Box) -> list[str]:
    """What stands next to the upper right corner of a box."""
    x, y = box.rect.x + box.rect.width, box.rect.y
    free = (item for item in figure.items if isinstance(item, Text))
    return [text.content for text in free if 0 < text.x - x < 4 and abs(text.y - y) < 8]


def struck(figure: Scene, box: Box) -> bool:
    """Whether a stroke goes through a box, as it does through what was removed."""
    strokes = [item for item in figure.items if isinstance(item, Polygon)]
    return any(
        box.rect.x < x < box.rect.x + box.rect.width
        and box.rect.y < y < box.rect.y + box.rect.height
        for stroke in strokes
        for x, y in stroke.points[:1]
    )


def texts(figure: Scene) -> list[str]:
    return [text.content for text in figure.texts]


def misplaced(found: Difference) -> list[str]:
    """Layers that are not in exactly one box of the figure."""
    pairs = found.network.pairs.values()
    before = Counter(path for pair in pairs if pair.before for path in pair.before.layers)
    after = Counter(path for pair in pairs if pair.after for path in pair.after.layers)
    return [
        path
        for graph, counts in ((found.first, before), (found.second, after))
        for path in {*counts, *(node.path for node in graph.layers)}
        if counts[path] != 1 or path not in graph.nodes
    ]


# ---------------------------------------------------------------- all of them


@pytest.mark.parametrize("direction", ["right", "down"])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_figures_have_no_faults(first: str, second: str, direction: str) -> None:
    options = replace(OPTIONS, direction=direction)  # type: ignore[arg-type]
    figure = scene(load(first), load(second), options)
    assert faults(figure) == []
    assert legend(figure) == []


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_every_layer_is_in_one_box(first: str, second: str) -> None:
    assert misplaced(compared(first, second)) == []


def test_the_check_of_layers_finds_what_is_missing() -> None:
    found = compared("vgg11", "vgg13")
    pairs = dict(found.network.pairs)
    del pairs["avgpool"]
    assert misplaced(replace(found, network=replace(found.network, pairs=pairs)))


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_the_boxes_account_for_the_whole_difference(first: str, second: str) -> None:
    found = compared(first, second)
    pairs = found.network.pairs.values()
    params = found.second.total_params - found.first.total_params
    assert sum(pair.params for pair in pairs) == params
    assert sum(pair.macs for pair in pairs) == found.second.total_macs - found.first.total_macs


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_colour_is_never_the_only_sign(first: str, second: str) -> None:
    figure = drawn(first, second)
    for box in figure.boxes:
        words = " ".join([*texts_of(box), box.badge[1].content if box.badge else ""])
        if box.rect.stroke == "changed":
            assert re.search("[→+−]", words), words
        elif box.rect.stroke in ("added", "removed"):
            sign = "+" if box.rect.stroke == "added" else "−"
            assert words.startswith(f"{sign} ") or beside(figure, box) == [sign]
        elif box.role != "merge":
            assert not re.search("→|− |[+] ", words), words


@settings(max_examples=40, deadline=None)
@given(specs(), specs())
def test_any_two_networks_have_a_figure(first: str, second: str) -> None:
    before, after = loads(first), loads(second)
    assert misplaced(difference(before, after, OPTIONS)) == []
    assert faults(scene(before, after, OPTIONS)) == []


@settings(max_examples=20, deadline=None)
@given(specs())
def test_a_network_is_the_same_as_itself(text: str) -> None:
    graph = loads(text)
    found = difference(graph, graph, OPTIONS)
    assert set(states(found).values()) == {"kept"}
    assert not found.blocks
    assert not any(pair.params or pair.macs for pair in found.network.pairs.values())


def test_the_same_networks_give_the_same_bytes() -> None:
    first, second = (
        figure_bytes([load("googlenet"), load("bn_inception")], "svg", diff=True) for _ in range(2)
    )
    assert first == second


# ---------------------------------------------------------------- examples


def test_a_deeper_network_differs_in_one_count() -> None:
    found = compared("resnet50", "resnet101")
    changed = {path for path, state in states(found).items() if state != "kept"}
    assert changed == {"layer3"}
    assert not found.blocks
    figure = drawn("resnet50", "resnet101")
    layer3 = box(figure, "layer3")
    assert texts_of(layer3)[0] == "Bottleneck 256 · ×6 → ×23"
    assert layer3.rect.stroke == "changed"
    assert layer3.badge is None
    assert {"+19.0 M params", "+3.71 G MACs", "→ changed (1)"} <= {*texts(figure)}
    assert "depths [3, 4, 6, 3] → [3, 4, 23, 3]" in texts(figure)
    assert figure.title == "resnet50 → resnet101"
    numbers = "25,557,032 → 44,549,160 parameters (+19.0 M, +74.3 %)"
    assert any(text.startswith(numbers) for text in texts(figure))


def test_the_legend_counts_the_boxes_of_each_kind() -> None:
    """Those in insets too."""
    assert {"→ changed (5)", "+ added (3)"} <= {*texts(drawn("plain34", "resnet34"))}
    assert drawn("plain34", "resnet34").description == "5 changed, 3 added"


def test_a_stride_that_moves_is_shown_in_the_inset() -> None:
    found = compared("resnet50", "resnet50_v1")
    assert Counter(states(found).values()) == {"kept": 6, "changed": 3}
    (block,) = found.blocks
    changed = {path for path, pair in block.pairs.items() if pair.state != "kept"}
    assert changed == {"layer1.0.conv1", "layer1.0.conv2"}
    inset = {box.path: texts_of(box) for box in drawn("resnet50", "resnet50_v1").boxes if box.inset}
    assert inset["layer1.0.conv1"][1].startswith("+ /stride")
    assert inset["layer1.0.conv2"][1].startswith("− /stride")
    assert texts_of(box(drawn("resnet50", "resnet50_v1"), "layer2"))[1].endswith("→ changed inside")


def test_normalisation_is_added_box_by_box() -> None:
    figure = drawn("vgg16", "vgg16_bn")
    changed = [box for box in figure.boxes if box.rect.stroke == "changed"]
    assert [texts_of(box)[1] for box in changed] == ["+ BN · ReLU"] * 5
    assert "batch_norm false → true" in texts(figure)


def test_single_convolutions_become_two() -> None:
    figure = drawn("vgg11", "vgg13")
    titles = [texts_of(box)[0] for box in figure.boxes if box.rect.stroke == "changed"]
    assert titles == ["conv 3×3, 64 · ×1 → ×2", "conv 3×3, 128 · ×1 → ×2"]


def test_a_shortcut_stands_around_what_both_have() -> None:
    (block,) = compared("plain34", "resnet34").blocks
    assert Counter(pair.state for pair in block.pairs.values()) == {
        "kept": 1, "changed": 1, "added": 3,
    }  # fmt: skip
    (other,) = compared("resnet34", "plain34").blocks
    assert Counter(pair.state for pair in other.pairs.values()) == {
        "kept": 1, "changed": 1, "removed": 3,
    }  # fmt: skip


def test_an_addition_that_only_one_has_is_a_circle_with_a_sign_beside_it() -> None:
    for pair, state, sign in (
        (("plain34", "resnet34"), "added", "+"),
        (("resnet34", "plain34"), "removed", "−"),
    ):
        figure = drawn(*pair)
        (circle,) = (box for box in figure.boxes if box.role == "merge")
        assert circle.rect.radius == circle.rect.width / 2
        assert (circle.rect.stroke, texts_of(circle), beside(figure, circle)) == (
            state,
            ["+"],
            [sign],
        )


def test_a_new_shortcut_is_shown_with_layers_and_without() -> None:
    """An identity where the shape stays, a projection where it does not: its box is dashed."""
    figure = drawn("plain34", "resnet34")
    into = [line for line in figure.lines if line.target == "+ layer1.0.add"]
    assert sorted((line.source, line.dashed, line.color) for line in into) == [
        ("+ layer2.0.downsample.0", False, "added"),
        ("layer1.0.conv2", False, "added"),
    ]
    (projection,) = (box for box in figure.boxes if box.path == "+ layer2.0.downsample.0")
    assert projection.rect.dashed
    assert all(line.source for line in drawn("resnet34", "resnet50").lines if "add" in line.target)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_what_was_removed_is_struck_through_and_nothing_else(first: str, second: str) -> None:
    """Dashes mean what they mean in other figures."""
    figure = drawn(first, second)
    for box in figure.boxes:
        assert struck(figure, box) == (box.rect.stroke == "removed"), box.path
    pairs = compared(first, second).network.pairs
    for box in figure.boxes:
        if box.inset is None:
            leaves = pairs[box.path].before, pairs[box.path].after
            assert box.rect.dashed == any(leaf.dashed for leaf in leaves if leaf)


def test_no_word_is_cut_where_there_is_room() -> None:
    figure = drawn("resnet50", "resnet50_preact")
    assert not [text for text in texts(figure) if "…" in text]
    assert texts_of(box(figure, "layer1"))[1] == "layer1 · − inner · + first true then false"


def test_another_block_is_an_inset_of_both() -> None:
    found = compared("resnet34", "resnet50")
    assert [block.inset.name for block in found.blocks] == ["BasicBlock → Bottleneck"]
    assert texts_of(box(drawn("resnet34", "resnet50"), "layer2"))[0] == (
        "BasicBlock 128 → Bottleneck 128"
    )


def test_inceptions_meet_those_of_their_names() -> None:
    found = states(compared("googlenet", "bn_inception"))
    assert found["− maxpool3"] == found["− aux1"] == "removed"
    assert found["+ inception3c"] == "added"
    assert found["inception4a"] == found["inception4e"] == "changed"


def test_what_only_has_other_inputs_is_kept_and_counted() -> None:
    found = compared("densenet121", "densenet201")
    assert [path for path, state in states(found).items() if state != "kept"] == [
        "features.denseblock3",
        "features.denseblock4",
    ]
    assert found.network.pairs["classifier"].params == 896_000
    assert not found.blocks


def test_networks_with_little_in_common() -> None:
    found = compared("alexnet", "vgg16")
    assert Counter(states(found).values()) == {"kept": 3, "changed": 9, "added": 3}
    assert found.network.pairs["classifier.6"].state == "kept"


def test_equal_networks_say_so() -> None:
    figure = drawn("resnet50", "resnet50")
    assert any(text.endswith("the same network") for text in texts(figure))
    assert figure.description == "the same network"
    assert {box.rect.stroke for box in figure.boxes} <= {f"{box.role}-line" for box in figure.boxes}


def test_values_are_shown_before_and_after() -> None:
    (block, _) = compared("googlenet", "bn_inception").blocks
    rows = {row[0]: dict(zip(block.inset.table[0], row, strict=True)) for row in block.inset.table}
    assert {"n1", "− r5", "+ stride", "out"} <= rows[""].keys()
    assert (rows["3b"]["n1"], rows["3b"]["out"]) == ("128 → 64", "480 → 320")
    assert rows["+ 3c"]["+ stride"] == "2"
    (wide,) = compared("resnet50", "wide_resnet50_2").blocks
    assert wide.inset.table[0] == ("", "width", "stride", "downsample", "+ inner", "out")


# ---------------------------------------------------------------- small networks


def spec(*layers: str, name: str = "net", head: str = "") -> Graph:
    lines = "\n".join(f"  {line}" for line in layers)
    return loads(f"archspec: 1\nname: {name}\ninput: [3, 32, 32]\n{head}layers:\n{lines}\n")


CONV = "a: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}"


def under(first: Graph, second: Graph) -> Mapping[str, list[str]]:
    return {box.path: texts_of(box) for box in scene(first, second, OPTIONS).boxes}


def test_what_no_label_shows_is_described() -> None:
    plain = spec(CONV)
    assert under(plain, spec(CONV.replace("1}", "1, bias: false}")))["a"][1] == (
        "bias true → false"
    )
    assert under(plain, spec(CONV.replace("1}", "1, padding_mode: reflect}")))["a"][1] == (
        "padding_mode zeros → reflect"
    )


def test_a_merge_that_changes_is_described_in_words() -> None:
    add = spec(CONV, "b: {op: ReLU}", "c: {op: Add, from: [a, b]}")
    twice = spec(CONV, "b: {op: ReLU}", "c: {op: Add, from: [a, b, b]}")
    multiplied = spec(CONV, "b: {op: ReLU}", "c: {op: Multiply, from: [a, b]}")
    assert under(add, twice)["c"] == ["add", "inputs 2 → 3"]
    assert under(add, multiplied)["c"] == ["add → multiply"]


def test_a_block_that_only_one_network_has_keeps_its_inset() -> None:
    head = (
        "blocks:\n  Double:\n    layers:\n      x: {op: Conv2d, out_channels: 8, kernel_size: 3, "
        "padding: 1}\n      y: {op: Conv2d, out_channels: 8, kernel_size: 1}\n"
    )
    found = difference(spec(CONV), spec(CONV, "d: Double", head=head), OPTIONS)
    assert [(block.state, block.inset.name) for block in found.blocks] == [("added", "+ Double")]


def test_what_changes_in_a_block_in_a_block_changes_both() -> None:
    def nested(kernel_size: int) -> Graph:
        return spec(
            "o: Outer",
            head=f"""blocks:
  Inner:
    layers:
      x: {{op: Conv2d, out_channels: 8, kernel_size: {kernel_size}, padding: 3}}
      y: {{op: Conv2d, out_channels: 8, kernel_size: 1}}
  Outer:
    layers:
      i: Inner
      p: {{op: MaxPool2d, kernel_size: 2}}
""",
        )

    found = difference(nested(3), nested(5), OPTIONS)
    assert states(found)["o"] == "changed"
    assert [block.inset.name for block in found.blocks] == ["Outer", "Inner"]
    assert faults(scene(nested(3), nested(5), OPTIONS)) == []


def test_links_past_layers_stay() -> None:
    """Of networks that are not of branches side by side."""

    def tangled(last: str, *more: str) -> Graph:
        conv = "{{op: Conv2d, out_channels: 3, kernel_size: 3, padding: 1, from: {}}}"
        return spec(
            f"a: {conv.format('input')}",
            f"b: {conv.format('a')}",
            "c: {op: Add, from: [a, b]}",
            f"d: {conv.format('c')}",
            "e: {op: Add, from: [b, d]}",
            *more,
            f"f: {{op: Add, from: [c, {last}]}}",
        )

    first, second = (
        tangled("e"),
        tangled("y", "x: {op: ReLU, from: e}", "y: {op: Add, from: [x, a]}"),
    )
    assert misplaced(difference(first, second, OPTIONS)) == []
    assert faults(scene(first, second, OPTIONS)) == []


def test_other_names_alone_are_reported() -> None:
    first, second = spec(CONV), spec(CONV.replace("a:", "b:"))
    found = difference(first, second, OPTIONS)
    assert set(states(found).values()) == {"kept"}
    assert scene(first, second, OPTIONS).description == "the same layers, otherwise called"


def test_texts_of_specs_do_not_break_out() -> None:
    evil = "</svg><script>alert(1)</script>\x00\u202e"
    first, second = (
        replace(spec(layer), name=evil, description=evil, params={evil: f"{evil}{layer}"})
        for layer in (CONV, CONV.replace("8", "9"))
    )
    for format in ("svg", "html"):
        assert b"<script" not in figure_bytes([first, second], format, diff=True)


# ---------------------------------------------------------------- words


def test_arrows_do_not_repeat_what_both_begin_with() -> None:
    assert arrow("conv 3×3, 64", "conv 3×3, 128") == "conv 3×3, 64 → 128"
    assert arrow("conv 11×11, 96", "conv 3×3, 64") == "conv 11×11, 96 → 3×3, 64"
    assert arrow("max pool 3×3", "avg pool 3×3") == "max pool 3×3 → avg pool 3×3"
    assert arrow("conv 3×3", "conv 3×3") == "conv 3×3"
    assert arrows("BN · ReLU", "ReLU") == "− BN · ReLU"
    assert arrows("", "/2") == "+ /2"
    assert arrows("/2 · ReLU", "/4 · ReLU") == "/2 → /4 · ReLU"


def test_values_of_several_instances() -> None:
    assert join_values([{"stride": 2, "width": 8}, {"stride": 1, "width": 8}]) == {
        "stride": "2 then 1", "width": "8",
    }  # fmt: skip
    assert join_values([{"n": 1}, {"n": 2}, {"n": 3}]) == {"n": "1 … 3"}
    assert name_few(["a 1 → 2", "− b"]) == "a 1 → 2 · − b"
    assert name_few(["a 1 → 2", "− b", "+ c 3"]) == "→ 3 other arguments"


def test_changes_of_numbers() -> None:
    assert with_change(100, 100) == ""
    assert with_change(0, 5) == "+5"
    assert with_change(4_000_000, 1_000_000) == "−3.00 M, −75.0 %"
    assert with_change(138_357_544, 138_365_992) == "+8.45 k, +0.006 %"


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("format", "begins"),
    [
        ("svg", b"<svg"), ("pdf", b"%PDF"), ("png", b"\x89PNG"), ("tex", b"%"), ("json", b"{"),
        ("html", b"<!doctype"),
    ],
)  # fmt: skip
def test_formats(format: str, begins: bytes) -> None:
    found = figure_bytes([load("vgg11"), load("vgg13")], format, diff=True)
    assert found.lstrip().startswith(begins)


def error(*names: str, format: str = "svg", style: str = "paper") -> str:
    with pytest.raises(SpecError) as error:
        figure_bytes([load(name) for name in names], format, diff=True, style=style)
    return error.value.diagnostics[0].message


def test_differences_that_cannot_be_drawn() -> None:
    assert error("vgg11") == "a difference is that of two networks, not of 1"
    assert error("vgg11", "vgg13", "vgg16") == "a difference is that of two networks, not of 3"
    assert error("vgg11", "vgg13", format="dot") == "a difference cannot be saved as DOT"
    assert error("vgg11", "vgg13", style="table") == (
        "the difference of two networks is not drawn in the style 'table'"
    )


def test_networks_too_large_to_compare() -> None:
    def long(kernel_size: int) -> Graph:
        layer = f"{{op: Conv2d, out_channels: 3, kernel_size: {kernel_size}, padding: 1"
        layers = "".join(f"  c{k}: {layer}, dilation: {k % 2 + 1}}}\n" for k in range(1100))
        return loads(f"archspec: 1\ninput: [3, 4000, 4000]\nlayers:\n{layers}")

    with pytest.raises(SpecError) as error:
        difference(long(1), long(2), replace(OPTIONS, fold=False))
    assert "too long to be compared" in error.value.diagnostics[0].message


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "difference.svg"
    found = CliRunner().invoke(app, ["draw", "vgg11", "vgg13", "--diff", "-o", str(path)])
    assert found.exit_code == 0, found.output
    assert "vgg11 → vgg13" in path.read_text("utf-8")
