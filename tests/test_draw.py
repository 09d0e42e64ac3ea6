"""Pictures: what they show, that nothing of a spec breaks out, and what happens when they fail."""

from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.backends import draw as drawing
from archspec.backends.dot import write
from archspec.backends.dot.columns import Direction, columns
from archspec.backends.dot.labels import layer, short, span
from archspec.backends.dot.outline import Box, Frame, Outline, outline
from archspec.backends.draw import draw, rendered
from archspec.diagnostics import SpecError
from archspec.graph import Graph, Node
from archspec.loading import load, loads
from archspec.op import Role
from archspec.ops import registry
from archspec.tensor import TensorType
from tests.networks import specs

NETWORKS = ("alexnet", "vgg16", "googlenet", "resnet50", "resnet152", "densenet121")
SVG = "{http://www.w3.org/2000/svg}"

RESIDUAL = """
archspec: 1
name: residual
input: [8, 9, 9]
blocks:
  Unit:
    layers:
      conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
      bn: BatchNorm2d
      add: {op: Add, from: [bn, input]}
      relu: ReLU
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 1}
  stage: {op: Unit, repeat: 4}
  head: {op: AdaptiveAvgPool2d, output_size: 1}
"""


def branches(count: int) -> Graph:
    """Equal branches side by side."""
    names = [f"branch{k}" for k in range(count)]
    layers = [
        f"  {name}: {{op: Conv2d, out_channels: 4, kernel_size: 3, from: input}}\n"
        for name in names
    ]
    concat = f"  concat: {{op: Concat, from: [{', '.join(names)}]}}\n"
    return loads(f"archspec: 1\nname: wide\ninput: [3, 9, 9]\nlayers:\n{''.join(layers)}{concat}")


def boxes(drawn: Outline) -> list[Box]:
    return [box for box in drawn.root.boxes if box.form != "junction"]


def frames(frame: Frame) -> list[Frame]:
    inner = [item for item in frame.items if isinstance(item, Frame)]
    return [*inner, *(deeper for item in inner for deeper in frames(item))]


def columned(drawn: Outline, direction: Direction) -> list[str]:
    """The boxes of all columns."""
    return [
        box.path
        for column in columns(drawn, direction).items
        for item in column
        for box in ([item] if isinstance(item, Box) else item.boxes)
    ]


def texts(svg: bytes) -> list[str]:
    """What a reader of a picture reads."""
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def nodes(svg: bytes) -> int:
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return sum(group.get("class") == "node" for group in groups)


def told(error: pytest.ExceptionInfo[SpecError]) -> str:
    (diagnostic,) = error.value.diagnostics
    assert diagnostic.code == "cannot-draw"
    assert diagnostic.help is None or diagnostic.help
    return diagnostic.message


# ---------------------------------------------------------------- folding


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("fold", [True, False])
@pytest.mark.parametrize("depth", [None, 0, 1, 9])
def test_boxes_stand_for_exactly_the_layers(name: str, fold: bool, depth: int | None) -> None:
    graph = load(name)
    drawn = outline(graph, fold=fold, depth=depth)
    assert drawn.root.layers == len(graph.layers)
    known = {box.path for box in drawn.root.boxes}
    assert len(known) == sum(1 for _ in drawn.root.boxes)
    assert known >= {end for line in drawn.lines for end in (line.source, line.target)}


@pytest.mark.parametrize(
    ("name", "times"),
    [
        ("resnet50", ["×3", "×4", "×6", "×3"]),
        ("densenet121", ["×6", "×12", "×24", "×16"]),
        ("resnet152", ["×3", "×8", "×36", "×3"]),
    ],
)
def test_repetition_is_told(name: str, times: list[str]) -> None:
    shown = texts(rendered(load(name), "svg"))
    for word in set(times):
        assert sum(word in text for text in shown) >= times.count(word)


def test_a_picture_is_one_that_a_reader_can_take_in() -> None:
    for name in NETWORKS:
        assert 10 <= len(boxes(outline(load(name)))) <= 60


def test_each_kind_of_block_is_open_once() -> None:
    drawn = outline(load("googlenet"))
    open_blocks = [frame.label for frame in frames(drawn.root) if frame.label.details]
    assert sorted(label.details[0] for label in open_blocks) == ["AuxHead", "Inception"]
    assert sum(box.label.title == "Inception" for box in boxes(drawn)) == 8


def test_depth_closes_scopes() -> None:
    graph = load("resnet50")
    titles = [box.label.title for box in boxes(outline(graph, depth=0))]
    assert titles == [
        *("input", "conv 7×7, 64", "max pool 3×3"),
        *("Bottleneck ×3", "Bottleneck ×4", "Bottleneck ×6", "Bottleneck ×3"),
        *("avg pool", "flatten", "linear 1000", "output"),
    ]
    shallow, deep = (len(boxes(outline(graph, depth=depth))) for depth in (1, 2))
    assert len(titles) < shallow < deep
    assert outline(graph, depth=2) == outline(graph, depth=99)


def test_few_equal_branches_stand_side_by_side_and_many_are_one() -> None:
    assert len(boxes(outline(branches(4)))) == 4 + 3
    (branch,) = [box for box in boxes(outline(branches(8))) if box.role is Role.CONV]
    assert str(branch.copies) == "×8 in parallel"
    assert len([line for line in outline(branches(8)).lines if line.source == branch.path]) == 1


def test_copies_that_something_else_reads_are_not_folded() -> None:
    graph = loads(RESIDUAL)
    side = dataclasses.replace(graph.outputs[0], name="side", source="stage.1.relu")
    tapped = dataclasses.replace(graph, outputs=(*graph.outputs, side))
    drawn = outline(tapped, depth=1)
    assert [str(box.copies) for box in boxes(drawn) if box.label.title == "Unit"] == ["×2", "×2"]


def test_an_output_from_inside_of_a_repeated_block_is_drawn() -> None:
    graph = load("resnet50")
    side = dataclasses.replace(graph.outputs[0], name="side", source="layer3.2.conv2")
    tapped = dataclasses.replace(graph, outputs=(*graph.outputs, side))
    for depth in (None, 0, 1, 2):
        drawn = outline(tapped, depth=depth)
        (line,) = [line for line in drawn.lines if line.target == "output: side"]
        assert "layer3.2.conv2".startswith(line.source) or depth is None
        assert drawn.root.layers == len(graph.layers)


@settings(max_examples=25, deadline=None)
@given(specs(), st.booleans(), st.sampled_from([None, 0, 1, 9]), st.sampled_from(["down", "right"]))
def test_any_network(text: str, fold: bool, depth: int | None, direction: Direction) -> None:
    graph = loads(text)
    drawn = outline(graph, fold=fold, depth=depth)
    assert drawn.root.layers == len(graph.layers)
    known = [box.path for box in drawn.root.boxes]
    assert len(set(known)) == len(known)
    read = {line.target for line in drawn.lines}
    assert read | {node.path for node in graph.inputs} == set(known)
    assert sorted(columned(drawn, direction)) == sorted(known)
    assert write(graph, fold=fold, depth=depth, direction=direction).endswith("}\n")


# ---------------------------------------------------------------- what is shown


def test_layers_are_told_the_way_papers_tell_them() -> None:
    drawn = outline(load("resnet50"))
    stem = boxes(drawn)[1]
    assert stem.label.title == "conv 7×7, 64"
    assert stem.label.under == "/2 · BN · ReLU"


def test_every_op_has_a_label() -> None:
    for name, op in registry().items():
        for example in op.examples:
            made = op(**dict(example.arguments))
            inputs = tuple(map(TensorType, example.inputs))
            output = made.infer(*inputs)
            node = Node("x", made, ("input",), inputs, output, made.cost(inputs, output))
            label = layer(node)
            assert label.title, name
            assert "None" not in f"{label.title} {label.under}", name


def test_a_shortcut_leads_from_the_input_of_the_block_to_the_merge() -> None:
    drawn = outline(loads(RESIDUAL))
    lines = {(line.source, line.target) for line in drawn.lines}
    assert lines == {
        ("input", "stem"),
        ("stem", "stage.0 input"),
        ("stage.0 input", "stage.0.conv"),
        ("stage.0 input", "stage.0.add"),
        ("stage.0.conv", "stage.0.add"),
        ("stage.0.add", "stage.0.relu"),
        ("stage.0.relu", "head"),
        ("head", "output: output"),
    }
    (frame,) = [frame for frame in frames(drawn.root) if frame.copies.count > 1]
    assert str(frame.copies) == "×4"
    assert frame.label.title == "0–3"


def test_shapes_stand_where_they_change() -> None:
    lines = {line.target: line.shape for line in outline(load("alexnet")).lines}
    assert str(lines["features.2"]) == "64×55×55"
    assert lines["features.0"] is None, "the input's box tells it"
    assert lines["output: output"] is None


def test_what_exists_in_training_only_is_dashed() -> None:
    graph = load("googlenet")
    training, inference = write(graph), write(graph.at("inference"))
    assert "dashed" in training
    assert "training only" in training
    assert "dashed" not in inference
    assert "training only" not in inference
    drawn = outline(graph)
    dashed = {box.path for box in boxes(drawn) if box.training_only}
    assert {"aux2", "output: aux1", "output: aux2"} <= dashed
    assert all(
        line.training_only == (line.source in dashed or line.target in dashed)
        for line in drawn.lines
    )


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("depth", [None, 0])
def test_the_legend_has_exactly_the_roles_of_the_picture(name: str, depth: int | None) -> None:
    graph = load(name)
    used = {box.role for box in boxes(outline(graph, depth=depth))}
    text = write(graph, depth=depth, title=False)
    head = next(line for line in text.splitlines() if line.startswith("  graph ["))
    words = [word.removesuffix("&#160;&#160;") for word in re.findall(r">([^<>]+)</font>", head)]
    expected = [role.value for role in Role if role in used]
    expected += ["closed block"] * (None in used)
    expected += ["training only"] * (name == "googlenet")
    assert words == expected
    assert "closed block" not in write(graph, depth=depth, legend=False, title=False)


def test_the_title_has_the_numbers() -> None:
    head = write(load("googlenet")).splitlines()[1]
    assert "googlenet" in head
    assert "6,624,904 parameters · 1.50 G multiply-accumulates · 3×224×224" in head
    assert "6,624,904" not in write(load("googlenet"), title=False)


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["a"], "a"),
        (["layer1", "layer6"], "layer1–6"),
        (["0", "11"], "0–11"),
        (["conv9", "conv10"], "conv9–10"),
        (["left", "right"], "left … right"),
        (["a1", "b2"], "a1 … b2"),
        (["layer", "layer2"], "layer … layer2"),
    ],
)
def test_names_that_are_told_together(names: list[str], text: str) -> None:
    assert span(names) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00 k"),
        (9_995, "10.0 k"),
        (999_499, "999 k"),
        (999_500, "1.00 M"),
        (25_557_032, "25.6 M"),
        (138_357_544, "138 M"),
        (4_089_184_256, "4.09 G"),
    ],
)
def test_three_digits_of_a_number(number: int, text: str) -> None:
    assert short(number) == text


# ---------------------------------------------------------------- columns


@pytest.mark.parametrize("name", NETWORKS)
def test_a_picture_is_neither_too_wide_nor_too_high(name: str) -> None:
    svg = ElementTree.fromstring(rendered(load(name), "svg"))
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    assert 0.4 <= width / height <= 3.5


@pytest.mark.parametrize("name", NETWORKS)
def test_columns_have_all_boxes_once(name: str) -> None:
    drawn = outline(load(name))
    broken = columns(drawn, "down")
    assert len(broken.items) == len(broken.links) + 1 > 1
    assert sorted(columned(drawn, "down")) == sorted(box.path for box in drawn.root.boxes)


def test_what_is_short_or_no_chain_is_not_broken() -> None:
    assert columns(outline(loads(RESIDUAL)), "down").links == []
    assert columns(outline(branches(4)), "down").links == []


@pytest.mark.parametrize("direction", ["down", "right"])
def test_both_directions(direction: Direction) -> None:
    svg = rendered(load("resnet50"), "svg", direction=direction)
    drawn = outline(load("resnet50"))
    corners = 2 * len(columns(drawn, direction).links)
    assert nodes(svg) == sum(1 for _ in drawn.root.boxes) + corners


# ---------------------------------------------------------------- bytes


HASHED = """
import sys
from archspec.backends.dot import write
from archspec.loading import load
sys.stdout.buffer.write(write(load("googlenet")).encode())
assert "torch" not in sys.modules
"""


def test_the_same_network_gives_the_same_bytes() -> None:
    runs = [
        subprocess.run(
            [sys.executable, "-c", HASHED],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == write(load("googlenet")).encode()


EVIL = '"]; evil [a="\\" <b>&amp; </script> <!--\x00\x07\u202e\ud800\n--> \\'


def test_nothing_of_a_spec_breaks_out() -> None:
    plain = loads(RESIDUAL)
    evil = dataclasses.replace(plain, name=EVIL)
    svg = rendered(evil, "svg")
    assert nodes(svg) == nodes(rendered(plain, "svg"))
    assert [text for text in texts(svg) if "evil" in text] == [
        '"]; evil [a="\\" <b>&amp; </script> <!----> \\'
    ]
    assert not re.search(rb"</script|\x00|\x07", svg)


def test_titles_of_groups_are_told_and_do_not_break_out() -> None:
    title = '"]; evil <i> \\'
    text = "archspec: 1\nname: grouped\ninput: [3, 9, 9]\nlayers:\n"
    text += f"  '({title})':\n    layers:\n      pad: {{op: ZeroPad2d, padding: 1}}\n"
    text += "      pool: {op: MaxPool2d, kernel_size: 2}\n  flat: Flatten\n"
    graph = loads(text)
    assert [frame.label.title for frame in frames(outline(graph).root)] == [title]
    svg = rendered(graph, "svg")
    assert title in texts(svg)
    assert nodes(svg) == 5


def test_text_in_any_script_is_shown() -> None:
    graph = dataclasses.replace(loads(RESIDUAL), name="잔차 신경망")
    assert "잔차 신경망" in texts(rendered(graph, "svg"))
    assert rendered(graph, "png")


def test_long_names_are_shortened() -> None:
    graph = dataclasses.replace(loads(RESIDUAL), name="n" * 1000)
    (title,) = [text for text in texts(rendered(graph, "svg")) if text.startswith("nnn")]
    assert len(title) < 60
    assert title.endswith("…")


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("suffix", "start"),
    [("dot", b"digraph"), ("gv", b"digraph"), ("svg", b"<?xml"), ("png", b"\x89PNG\r\n\x1a\n")],
)
def test_the_suffix_says_the_format(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"network.{suffix.upper()}"
    draw(load("alexnet"), path)
    assert path.read_bytes().startswith(start)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_standard_output(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    draw(loads(RESIDUAL), "-", format="dot")
    sys.stdout.flush()
    assert capfdbinary.readouterr().out == write(loads(RESIDUAL)).encode()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a.jpg", "there are no pictures in the format of 'a.jpg'"),
        ("a", "'a' has no suffix that says the format"),
        ("-", "a picture for standard output needs a format"),
        ("no/such/a.dot", "there is no folder 'no/such'"),
        ("folder.dot", "'folder.dot' is a folder"),
    ],
)
def test_places_for_no_picture(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.dot").mkdir()
    with pytest.raises(SpecError) as error:
        draw(loads(RESIDUAL), name)
    assert told(error) == message


def test_an_unknown_format() -> None:
    with pytest.raises(SpecError) as error:
        rendered(loads(RESIDUAL), "svgz")
    assert told(error) == "there are no pictures in the format 'svgz'"
    assert error.value.diagnostics[0].help == "did you mean 'svg'?"


def test_without_force_no_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.dot"
    draw(loads(RESIDUAL), path, force=False)
    with pytest.raises(SpecError) as error:
        draw(loads(RESIDUAL), path, force=False)
    assert "exists already" in told(error)
    draw(loads(RESIDUAL), path)


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.dot"
    path.write_text("old")
    path.chmod(0o640)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.replace", fail)
        with pytest.raises(SpecError) as error:
            draw(loads(RESIDUAL), path)
    assert told(error) == f"'{path}' cannot be written: no space left on device"
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.dot"]
    draw(loads(RESIDUAL), path)
    assert path.read_text().startswith("digraph")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    link = tmp_path / "link.dot"
    link.symlink_to(tmp_path / "real.dot")
    draw(loads(RESIDUAL), link)
    assert link.is_symlink()
    assert (tmp_path / "real.dot").read_text().startswith("digraph")


# ---------------------------------------------------------------- engines


def program(folder: Path, text: str) -> None:
    """A program called dot."""
    path = folder / "dot"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder where programs are looked for, beside that of Python."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_dot_of_the_system_is_used_where_there_is_one(path: Path) -> None:
    program(path, 'echo "%PDF by dot $*"')
    assert rendered(loads(RESIDUAL), "pdf") == b"%PDF by dot -Kdot -Tpdf\n"


def test_without_it_that_of_pip_is_used(path: Path) -> None:
    assert rendered(loads(RESIDUAL), "svg").startswith(b"<?xml")


def test_where_it_fails_that_of_pip_is_used(path: Path) -> None:
    program(path, "echo broken >&2; exit 3")
    assert rendered(loads(RESIDUAL), "svg").startswith(b"<?xml")
    with pytest.raises(SpecError) as error:
        rendered(loads(RESIDUAL), "pdf")
    assert told(error) == "Graphviz cannot draw this: broken"


def test_pdf_needs_the_one_of_the_system(path: Path) -> None:
    with pytest.raises(SpecError) as error:
        rendered(loads(RESIDUAL), "pdf")
    assert told(error) == "PDF needs Graphviz"
    assert "graphviz.org" in (error.value.diagnostics[0].help or "")


def test_without_any_there_is_still_dot(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "_graphviz_pure", lambda: None)
    assert rendered(loads(RESIDUAL), "dot").startswith(b"digraph")
    with pytest.raises(SpecError) as error:
        rendered(loads(RESIDUAL), "png")
    assert told(error) == "PNG needs Graphviz"
    assert "pip install graphviz-pure" in (error.value.diagnostics[0].help or "")


def test_a_picture_of_too_many_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MAX_BOXES", 5)
    with pytest.raises(SpecError) as error:
        rendered(loads(RESIDUAL), "svg")
    assert told(error) == "'residual' has more than 5 boxes to draw"
    assert rendered(loads(RESIDUAL), "dot")
