"""Volumes of the main path: those of the graph, and nothing in the way of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from math import hypot
from pathlib import Path

import pytest
from PIL import Image

from archspec import SpecError, load, loads
from archspec.figures.draw import figure_bytes
from archspec.figures.rendering import render_figure
from archspec.figures.request import Options, request
from archspec.figures.scene import Box, Line, Point, Polygon, Raster, Scene, Text
from archspec.figures.sizes import PAGES, SMALLEST_TEXT
from archspec.figures.styles.volumes import scene
from archspec.figures.styles.volumes.choice.choose import MOST
from archspec.figures.styles.volumes.choice.slabs import MAX_SLABS
from archspec.figures.styles.volumes.choice.strands import choose_strands
from archspec.figures.styles.volumes.kernel import WINDOW
from archspec.figures.styles.volumes.picture import LONGEST
from archspec.figures.styles.volumes.volume_measures import DEPTH
from tests import figure_checks
from tests.figure_checks import expands, path, text_area
from tests.networks import zoo

NETWORKS = (
    "alexnet",
    "alexnet_2012",
    "alexnet_towers",
    "densenet121",
    "googlenet",
    "lenet5",
    "mlp",
    "nin",
    "resnet50",
    "vgg16",
)
PAPERS = ("a4", "column", "slide")
OF_CLIPS = ("c3d", "mc3_18", "r2plus1d_18", "r3d_18")
"""Their maps have three sides: no volumes."""


def draw(name: str, width: str | None = None) -> Scene:
    return scene(load(name), Options(style="volumes", width=width))


def solids(figure: Scene) -> Iterator[tuple[Box, tuple[Point, ...]]]:
    """Every slab with its outline: the front, and where the side of it ends if one sees that."""
    sides: list[Polygon] = []
    for item in figure.items:
        if isinstance(item, Polygon) and item.stroke != WINDOW and item.fill != "ink":
            sides.append(item)
        elif isinstance(item, Box):
            rect = item.rect
            front = (rect.x, rect.y), (rect.x, rect.y + rect.height)
            right = rect.x + rect.width
            rear = [(right, rect.y), (right, rect.y + rect.height)]
            if len(sides) > 1:
                rear = [sides[0].points[1], *sides[1].points[1:]]
            yield item, (front[1], front[0], *rear)
            sides = []


def inside(point: Point, outline: tuple[Point, ...]) -> bool:
    """Whether a convex outline has a point in it, and not just near its border."""
    x, y = point
    turns = []
    for (x0, y0), (x1, y1) in zip(outline, (*outline[1:], outline[0]), strict=True):
        length = hypot(x1 - x0, y1 - y0)
        if length > 0:
            turns.append(((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) / length)
    return all(turn > 0.3 for turn in turns) or all(turn < -0.3 for turn in turns)


def faults(figure: Scene) -> list[str]:
    """Those of every figure, and texts on volumes or lines through them."""
    found = figure_checks.faults(figure)
    for box, outline in solids(figure):
        for text in figure.texts:
            left, top, right, bottom = text_area(text)
            points = [(x, y) for x in (left, text.x, right) for y in (top, bottom)]
            found += [f"'{text.content}' on a volume" for point in points if inside(point, outline)]
        for line in figure.lines:
            crossing = any(inside(point, outline) for point in along(line))
            found += [f"line {line.source} → {line.target} through {box.path}"] if crossing else []
    return found


def along(line: Line) -> Iterator[Point]:
    """Points on a line, close to each other, but not its ends."""
    for (x0, y0), (x1, y1) in pairwise(path(line)):
        yield from ((x0 + (x1 - x0) * t / 50, y0 + (y1 - y0) * t / 50) for t in range(1, 50))


def contents(figure: Scene) -> list[str]:
    return [text.content for text in figure.texts]


def shapes(figure: Scene) -> list[str]:
    """What the volumes' titles say, in order."""
    return [box.title.partition(": ")[2] for box in figure.boxes]


@pytest.mark.parametrize("name", zoo(without=OF_CLIPS))
def test_nothing_is_in_the_way_of_anything(name: str) -> None:
    figure = draw(name)
    assert faults(figure) == []
    assert figure.width <= Options().room
    assert len(list(figure.boxes)) <= MAX_SLABS * MOST
    assert min(text.size for text in figure.texts) >= SMALLEST_TEXT


@pytest.mark.parametrize("width", PAPERS)
@pytest.mark.parametrize("name", NETWORKS)
def test_paper_of_any_width_will_do(name: str, width: str) -> None:
    figure = draw(name, width)
    assert faults(figure) == []
    assert figure.width <= PAGES[width].width + 0.5


def test_what_is_on_a_volume_would_be_found() -> None:
    figure = draw("vgg16")
    rect = next(figure.boxes).rect
    through = Line(((0, rect.y), (figure.width, rect.y + rect.height)))
    on = Text(rect.x + rect.width + 4, rect.y + 20, "on a face", 9)
    found = "\n".join(faults(replace(figure, items=(*figure.items, through, on))))
    assert "'on a face' on a volume" in found
    assert "through features.7" in found


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lenet5", "1×32×32 6×28×28 6×14×14 16×10×10 16×5×5 120×1×1 84 10"),
        ("mlp", "1×28×28 512 256 10"),
        ("alexnet", "3×224×224 64×55×55 192×27×27 384×13×13 256×13×13 256×13×13 4096 4096 1000"),
        ("nin", "3×227×227 96×55×55 256×27×27 384×13×13 1000×6×6 1000×1×1"),
        (
            "vgg16",
            "3×224×224 64×224×224 128×112×112 256×56×56 512×28×28 512×14×14 512×7×7 4096 4096 1000",
        ),
        (
            "resnet50",
            "3×224×224 64×112×112 256×56×56 512×28×28 1024×14×14 2048×7×7 2048×1×1 1000",
        ),
        (
            "googlenet",
            "3×224×224 64×112×112 192×56×56 480×28×28 832×14×14 1024×7×7 1024×1×1 1000",
        ),
        (
            "densenet121",
            "3×224×224 64×112×112 256×56×56 512×28×28 1024×14×14 1024×7×7 1024×1×1 1000",
        ),
    ],
)
def test_volumes_are_the_papers_feature_maps(name: str, expected: str) -> None:
    _, (main, *others) = choose_strands(load(name).at("inference"))
    assert [str(volume.output) for volume in main.volumes] == expected.split()
    assert not others
    figure = draw(name)
    assert [text for text in expected.split() if text not in shapes(figure)] == []


def test_a_slab_for_each_layer_or_block() -> None:
    assert " ".join(shapes(draw("vgg16"))[:8]) == (
        "3×224×224 64×224×224 64×224×224 64×112×112 128×112×112 128×112×112 128×56×56 256×56×56"
    )
    assert shapes(draw("resnet50")).count("1024×14×14") == 6


TWO = """
archspec: 1
name: two
input: {image: [3, 64, 256], depth: [1, 64, 256]}
outputs: {mask: mask, kind: fc}
layers:
  rgb1: {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1, stride: 2, from: image}
  rgb2: {op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1, stride: 2}
  d1: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, stride: 4, from: depth}
  both: {op: Concat, from: [rgb2, d1]}
  mix: {op: Conv2d, out_channels: 64, kernel_size: 3, padding: 1}
  up: {op: ConvTranspose2d, out_channels: 16, kernel_size: 2, stride: 2}
  mask: {op: Conv2d, out_channels: 2, kernel_size: 1}
  gap: {op: AdaptiveAvgPool2d, output_size: 1, from: mix}
  flat: Flatten
  fc: {op: Linear, out_features: 10}
"""


def test_all_inputs_and_outputs_are_drawn() -> None:
    graph = loads(TWO)
    figure = scene(graph, Options(style="volumes"))
    assert faults(figure) == []
    assert expands(figure, graph) == []
    titles = [box.title for box in figure.boxes]
    assert {"image: 3×64×256", "depth: 1×64×256", "mask: 2×32×128", "fc: 10"} <= {*titles}
    assert {"mask", "kind"} <= {*contents(figure)}
    (end,) = [line for line in figure.lines if line.source == "d1"]
    (name,) = [text for text in figure.texts if abs(text.x - end.points[-1][0]) < 4]
    assert name.content == "mix"


def test_a_map_is_as_long_as_it_is() -> None:
    figure = scene(loads(TWO), Options(style="volumes"))
    sides: list[Polygon] = [item for item in figure.items if isinstance(item, Polygon)]
    upper, side = sides[0].points, sides[1].points
    columns = (upper[1][0] - upper[0][0]) / DEPTH[0]
    rows = side[3][1] - side[0][1]
    assert columns == pytest.approx(4 * rows)


def test_a_map_is_made_by_what_gives_its_channels() -> None:
    layers = (
        "c1: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}",
        "pool: {op: MaxPool2d, kernel_size: 2}",
        "c2: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}",
        "both: {op: Concat, from: [pool, c2]}",
        "c3: {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1, stride: 2}",
    )
    text = "".join(f"  {layer}\n" for layer in layers)
    graph = loads(f"archspec: 1\nname: fork\ninput: [3, 16, 16]\nlayers:\n{text}")
    _, (main,) = choose_strands(graph)
    assert [(volume.name, volume.above[0]) for volume in main.volumes[1:]] == [
        ("c1", "conv"),
        ("both", "concat"),
        ("c3", "conv"),
    ]
    titles = [box.title for box in scene(graph, Options(style="volumes")).boxes]
    assert "pool: 8×8×8" in titles
    assert "both: 16×8×8" in titles


SKIPS = {"unet": (4, "concat"), "unet_resnet34": (4, "concat"), "segnet": (5, "")}
"""How many they have, and what joins them."""


@pytest.mark.parametrize("name", SKIPS)
def test_encoders_and_decoders_are_a_u_with_skips_across(name: str) -> None:
    count, word = SKIPS[name]
    _, (main,) = choose_strands(load(name).at("inference"))
    figure = draw(name)
    assert len(main.skips) == count
    for skip in main.skips:
        begin, end = main.volumes[skip.source], main.volumes[skip.target]
        (line,) = [
            line
            for line in figure.lines
            if (line.source, line.target) == (begin.parts[-1].path, end.parts[0].path)
        ]
        (_, left), (_, right) = line.points
        assert left == right
        assert skip.word == word
    assert contents(figure).count(word) == (count if word else 0)
    turns = [line.points for line in figure.lines if len(line.points) == 3]
    down = [points for points in turns if points[0][0] == points[1][0]]
    up = [points for points in turns if points[1][0] == points[2][0]]
    assert all(points[2][1] > points[0][1] for points in down)
    assert all(points[2][1] < points[0][1] for points in up)
    assert len(down) >= count
    assert len(up) >= count


def test_a_u_that_does_not_fit_names_what_its_skips_begin_at() -> None:
    figure = draw("unet", "column")
    assert {f"concat down{k}" for k in range(4)} <= {*contents(figure)}
    assert {"+ pool3", "+ pool4"} <= {*contents(draw("fcn8s_vgg16"))}


@pytest.mark.parametrize("name", NETWORKS)
def test_shapes_are_those_of_the_graph(name: str) -> None:
    graph = load(name).at("inference")
    halves = {"alexnet_2012"}
    for box in draw(name).boxes:
        output = graph.output_type(box.path)
        half = output.with_channels(output.channels // 2)
        shape = box.title.partition(": ")[2]
        assert shape == str(output) or (name in halves and shape == str(half))


@pytest.mark.parametrize(
    "name", [*NETWORKS, *SKIPS, "fpn_resnet50", "hrnet_w18", "siamese", "ssd300_vgg16"]
)
def test_every_layer_belongs_to_one_volume(name: str) -> None:
    assert expands(draw(name), load(name).at("inference")) == []


def towers(figure: Scene) -> list[str]:
    return ["dashed" if line.dashed else "solid" for line in figure.lines]


@pytest.mark.parametrize("name", ["alexnet_2012", "alexnet_towers", "caffenet"])
def test_two_groups_are_two_towers_that_meet_where_the_paper_says(name: str) -> None:
    figure = draw(name)
    assert " ".join(shapes(figure)) == (
        "3×227×227 48×55×55 48×55×55 128×27×27 128×27×27 192×13×13 192×13×13 192×13×13 192×13×13"
        " 128×13×13 128×13×13 2048 2048 2048 2048 1000"
    )
    assert towers(figure).count("dashed") == 3 * 2  # conv3, fc6, fc7
    assert towers(figure).count("solid") == 8 * 2
    assert "Dashed: the towers meet." in " ".join(contents(figure))


def test_one_group_is_no_tower() -> None:
    figure = draw("alexnet_ungrouped")
    assert set(towers(figure)) == {"solid"}
    assert "96×55×55" in shapes(figure)


def test_towers_that_do_not_fit_are_drawn_as_one() -> None:
    figure = draw("alexnet_2012", "column")
    assert shapes(figure)[1] == "96×55×55"
    assert "Two towers are drawn as one." in " ".join(contents(figure))


def test_towers_of_activations_alone_are_no_volumes() -> None:
    layers = (
        "conv: {op: Conv2d, out_channels: 4, kernel_size: 1}",
        "left: {op: ReLU, from: conv}",
        "right: {op: ReLU, from: conv}",
        "both: {op: Concat, from: [left, right]}",
        "last: {op: Conv2d, out_channels: 6, kernel_size: 1}",
    )
    text = "".join(f"  {layer}\n" for layer in layers)
    graph = loads(f"archspec: 1\nname: fork\ninput: [3, 8, 8]\nlayers:\n{text}")
    figure = scene(graph, Options(style="volumes"))
    assert shapes(figure) == ["3×8×8", "4×8×8", "6×8×8"]
    assert expands(figure, graph) == []


def test_arrows_begin_and_end_at_borders() -> None:
    figure = draw("resnet50")
    places = {box.path: outline for box, outline in solids(figure)}
    for line in figure.lines:
        assert line.points[0][0] == pytest.approx(max(x for x, _ in places[line.source]))
        assert line.points[-1][0] == pytest.approx(min(x for x, _ in places[line.target]))


def test_arrows_have_labels() -> None:
    words = contents(draw("resnet50"))
    for word in ("Bottleneck", "×6", "7×7, /2", "max pool", "3×3, /2", "global", "linear"):
        assert word in words
    assert "11×11, /4" in contents(draw("alexnet_2012"))
    assert "3×3 ×3" in contents(draw("vgg16"))


def test_equal_linear_layers_share_a_label() -> None:
    layers = "".join(f"  fc{k}: {{op: Linear, out_features: 32}}\n" for k in range(30))
    graph = loads(f"archspec: 1\nname: deep\ninput: [16]\nlayers:\n{layers}")
    figure = scene(graph, Options(style="volumes"))
    assert shapes(figure) == ["16", "32"]
    assert "×30" in contents(figure)


def test_too_many_volumes_are_refused() -> None:
    layers = "".join(f"  fc{k}: {{op: Linear, out_features: {k + 1}}}\n" for k in range(60))
    graph = loads(f"archspec: 1\nname: deep\ninput: [16]\nlayers:\n{layers}")
    with pytest.raises(SpecError, match="61 sizes of feature maps"):
        scene(graph, Options(style="volumes"))


def test_a_network_without_a_volume_gets_help() -> None:
    graph = loads("archspec: 1\nname: flat\ninput: [3, 8, 8]\nlayers: {act: ReLU}\n")
    with pytest.raises(SpecError) as caught:
        scene(graph, Options(style="volumes"))
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "cannot-draw"
    assert diagnostic.help is not None
    assert all(name in diagnostic.help for name in ("alexnet_2012", "vgg16", "mlp"))


def test_title_and_legend_can_be_left_out() -> None:
    bare = contents(scene(load("lenet5"), Options(style="volumes", title=False, legend=False)))
    assert not any("lenet5" in text or "Height" in text for text in bare)


def test_the_same_figure_every_time() -> None:
    assert draw("googlenet") == draw("googlenet")


def test_a_row_is_a_sheet_and_a_volume_of_three_sides_is_refused() -> None:
    boxes = [box for box, _ in solids(draw("m5"))]
    heights = [box.rect.height for box in boxes]
    assert [box.title for box in boxes][1] == "conv1: 128×8000"
    assert heights == sorted(heights, reverse=True)
    assert len(set(heights)) == len(heights)
    assert not any(isinstance(item, Polygon) and len(item.points) == 4 for item in draw("m5").items)
    with pytest.raises(SpecError, match="'c3d' has maps of 3 sides, such as 3×16×112×112"):
        draw("c3d")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("lenet5", [5, 2, 5, 2]),
        ("alexnet_towers", [11, 11, 3, 3]),
        ("vgg16", [3, 2, 2, 2, 2, 2]),
        ("resnet50", [7, 3]),
        ("mlp", []),
    ],
)
def test_windows_are_what_a_pixel_of_the_next_map_is_made_of(
    name: str, expected: list[int]
) -> None:
    """A pooling between two volumes makes the window of the convolution after it larger."""
    _, (main,) = choose_strands(load(name).at("inference"))
    assert [volume.window[0] for volume in main.volumes if volume.window] == expected
    figure = draw(name)
    shown = [p for p in figure.items if isinstance(p, Polygon) and p.stroke == WINDOW]
    assert bool(shown) == bool(expected)
    assert ("Small windows" in " ".join(contents(figure))) == bool(expected)


# ---------------------------------------------------------------- a picture on the first volume


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., str]:
    def make(name: str, *, mode: str = "RGB", size: tuple[int, int] = (30, 20)) -> str:
        Image.new(mode, size, 128).save(tmp_path / name)
        return str(tmp_path / name)

    return make


def pictured(name: str, image: str) -> Raster:
    figure = scene(load(name), Options(style="volumes", image=image))
    (found,) = (p.picture for p in figure.items if isinstance(p, Polygon) and p.picture)
    assert faults(figure) == []
    return found


@pytest.mark.parametrize(("name", "kind"), [("a.png", "png"), ("a.jpg", "jpeg")])
def test_a_picture_is_on_the_first_volume(
    picture: Callable[..., str], name: str, kind: str
) -> None:
    found = pictured("alexnet_towers", picture(name))
    assert (found.kind, found.width, found.height) == (kind, 30, 30)
    grey = pictured("lenet5", picture(name))
    with Image.open(BytesIO(grey.data)) as image:
        assert image.mode == "L"
    assert pictured("unet", picture(name, size=(2000, 90))).width == LONGEST


def test_a_picture_is_in_the_files(picture: Callable[..., str]) -> None:
    graph, image = load("lenet5"), picture("a.png")
    svg = figure_bytes(graph, "svg", style="volumes", image=image).decode()
    assert svg.count("data:image/png;base64,") == 1
    assert b"/Image" in figure_bytes(graph, "pdf", style="volumes", image=image)
    assert figure_bytes(graph, "png", style="volumes", image=image) != figure_bytes(
        graph, "png", style="volumes"
    )
    json = figure_bytes(graph, "json", style="volumes", image=image).decode()
    assert '"picture": "data:image/png;base64,' in json
    for given, format in (({"style": "volumes"}, "tex"), ({"style": "paper"}, "svg")):
        notes = render_figure([graph], format, request(image=image, **given)).notes
        assert any("has no image" in note for note in notes)


def test_what_is_no_picture_is_refused(
    picture: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "text.png").write_text("no picture")
    whole = Path(picture("whole.png", size=(300, 300))).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:200])
    picture("b.bmp")
    wanted = {
        "text.png": "is no PNG and no JPEG",
        "cut.png": "cannot be read",
        "b.bmp": "is no PNG and no JPEG",
        "missing.png": "cannot be read: No such file",
        ".": "cannot be read",
    }
    for name, why in wanted.items():
        with pytest.raises(SpecError, match=why) as caught:
            pictured("lenet5", str(tmp_path / name))
        assert caught.value.diagnostics[0].code == "bad-option"
    with pytest.raises(SpecError, match="no side for a picture"):
        pictured("m5", picture("a.png"))
    monkeypatch.setattr("archspec.figures.styles.volumes.picture.MAX_PIXELS", 100)
    with pytest.raises(SpecError, match="million pixels"):
        pictured("lenet5", picture("a.png"))
    monkeypatch.setattr("archspec.figures.styles.volumes.picture.MAX_BYTES", 10)
    with pytest.raises(SpecError, match="MB"):
        pictured("lenet5", picture("a.png"))
