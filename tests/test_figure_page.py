"""The page: its layout is Python's, and everything on it works in a browser."""

from __future__ import annotations

import importlib.util
import json
import random
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest

import archspec
from archspec.figures.layout.place import Layout
from archspec.figures.layout.wrapping import wrap
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Leaf,
    Rows,
    Series,
    children,
    leaves,
    map_children,
)
from archspec.figures.outline.edges import edges
from archspec.figures.render.page import write
from archspec.figures.render.page_data import heading
from archspec.figures.request import Direction, Options
from archspec.figures.scene import Box, Item, Line, Rect, Text
from archspec.figures.sizes import Sizes
from archspec.figures.theme import ThemeName, color
from archspec.graph import Graph

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIGURES = Path(archspec.__file__).parent / "figures"
FOLDER = FIGURES / "page"
LAYOUT = FIGURES / "layout"
GENERATOR = Path(__file__).parents[1] / "docs" / "generate_page.py"
NETWORKS = ("resnet50", "googlenet", "densenet121")
BYTES = 300_000

LONG_SKIPS = """
archspec: 1
name: skips
input: [3, 32, 32]
layers:
  a: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  b: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  c: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  ab: {op: Add, from: [a, c]}
  d: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1}
  bd: {op: Concat, from: [b, d, ab]}
"""


@cache
def graph(name: str) -> Graph:
    return archspec.loads(LONG_SKIPS) if name == "skips" else archspec.load(name)


@cache
def diagram(name: str) -> Diagram:
    return outline(graph(name), Options(), deep=True).diagram


@cache
def html(name: str) -> str:
    return write(diagram(name), graph(name))


def data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="network">(.*?)</script>', text, re.S)
    assert found
    return json.loads(found[1])


# ---------------------------------------------------------------- the file


@pytest.mark.parametrize("name", NETWORKS)
def test_a_page_is_small_and_the_same_each_time(name: str) -> None:
    text = html(name)
    assert len(text.encode()) <= BYTES
    assert text == write(outline(archspec.load(name), deep=True).diagram, archspec.load(name))


def test_a_page_names_nothing_that_a_browser_would_fetch() -> None:
    text = html("resnet50")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert not re.search(r'(?:src|href)="(?!data:)', text)


def test_a_closed_leaf_shows_the_sum_of_its_layers() -> None:
    for name in NETWORKS:
        page = data(html(name))
        waiting = [page["diagram"]]
        while waiting:
            part = waiting.pop()
            if part["kind"] == "leaf" and part.get("inside"):
                runs = part["layers"]
                numbers = [
                    first + k
                    for first, length in zip(runs[::2], runs[1::2], strict=True)
                    for k in range(length)
                ]
                assert part.get("params", 0) == sum(page["layers"][k][4] for k in numbers)
                assert part.get("macs", 0) == sum(page["layers"][k][5] for k in numbers)
            for key in ("parts", "branches", "side_branches"):
                waiting += part.get(key, [])
            if part.get("inside"):
                waiting.append(part["inside"])


def test_the_place_of_a_layer_names_no_folder(tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text("archspec: 1\ninput: [3, 8, 8]\nlayers:\n  act: ReLU\n", "utf-8")
    read = archspec.load(spec)
    text = write(outline(read, deep=True).diagram, read)
    assert str(tmp_path) not in text
    assert ["net.yaml", 4, "act: ReLU"] in data(text)["written"]


def test_texts_of_a_spec_do_not_break_out() -> None:
    hostile = '</script><script>alert(1)</script><!-- ]]> & \\" \u2028 \u202e \x00'
    read = replace(graph("skips"), name=hostile, description=hostile, cite=hostile)
    text = write(outline(read, deep=True).diagram, read)
    assert text.count("<script") == 2
    assert text.count("</script>") == 2
    assert "<!--" not in text
    assert "\u2028" not in text
    assert data(text)["description"].startswith("</script><script>")


# ---------------------------------------------------------------- the script


def _generator() -> Any:
    spec = importlib.util.spec_from_file_location("generate_page", GENERATOR)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_is_made_from_the_typescript() -> None:
    """Without npm: what the script names as its source; ``generate_page.py --check`` builds it."""
    assert (FOLDER / "page.js").read_text("utf-8").startswith(_generator().header())


def test_both_layouts_have_the_same_lengths() -> None:
    generator = _generator()
    assert generator.LENGTHS.read_text("utf-8") == generator.constants()


def test_the_layout_of_the_page_has_the_files_of_that_of_python() -> None:
    mine = {path.relative_to(LAYOUT).with_suffix("") for path in LAYOUT.rglob("*.py")}
    theirs = {
        path.relative_to(FOLDER / "layout").with_suffix("")
        for path in (FOLDER / "layout").rglob("*.ts")
    }
    assert theirs - mine == {Path("arrange")}
    forms = {path for path in mine if path.parent == Path("forms")} - {Path("forms/__init__")}
    assert forms <= theirs


def test_every_module_of_the_script_says_what_it_is() -> None:
    modules = _generator().modules()
    assert set(modules) == {
        path for path in FOLDER.rglob("*.ts") if "node_modules" not in path.parts
    }
    for path in modules:
        assert path.read_text("utf-8").startswith("/** "), path


def test_the_folders_of_the_script_import_downwards() -> None:
    order = ("model", "layout", "view", ".")
    for path in _generator().modules():
        folder = order.index(path.relative_to(FOLDER).parts[0] if path.parent != FOLDER else ".")
        for target in re.findall(r'from "(\.[^"]+)"', path.read_text("utf-8")):
            found = (path.parent / target).resolve()
            assert found.is_file(), (path, target)
            assert order.index(found.relative_to(FOLDER.resolve()).parts[0]) <= folder, path


@pytest.fixture(scope="module")
def node() -> str:
    """A node that takes TypeScript as it is."""
    asks = "process.exit(process.features.typescript ? 0 : 1)"
    for path in _generator().nodes():
        if not subprocess.run([path, *STRIP, "-e", asks], capture_output=True).returncode:
            return str(path)
    pytest.skip("no node that strips types (22.13 or later)")


STRIP = ("--experimental-strip-types", "--no-warnings")
DRIVER = """
import { readFileSync } from "node:fs";
const { page, open, direction, room } = JSON.parse(readFileSync(0, "utf8"));
const [{ arrange }, { openBoxes, receive }] = await Promise.all([
  import(FOLDER + "layout/arrange.ts"), import(FOLDER + "model/diagram.ts"),
]);
const root = openBoxes(receive(page.diagram), new Set(open));
const { items } = arrange(root, direction, room ?? Infinity, page);
const box = (rect) => [rect.x, rect.y, rect.width, rect.height];
const word = (text) => [text.x, text.y, text.content];
console.log(JSON.stringify(items.flatMap((item) => {
  if (item.type === "line") return [["line", ...item.points.flat(), item.arrow, item.dashed, item.source,
    item.target, ...(item.label ? word(item.label) : [])]];
  if (item.type === "box") return [["box", ...box(item.rect), ...item.behind.flatMap(box),
    ...item.texts.flatMap(word), ...(item.badge ? [...box(item.badge[0]), ...word(item.badge[1])] : [])]];
  return [["rect", ...box(item.rect)], ...(item.heading ? [["text", ...word(item.heading)]] : [])];
})));
"""


def _laid_out(node: str, page: Any, **asked: Any) -> list[list[Any]]:
    driver = f"const FOLDER = {json.dumps(FOLDER.as_uri() + '/')};{DRIVER}"
    command = [node, *STRIP, "--input-type=module", "-e", driver]
    given = json.dumps({"page": page, **asked})
    done = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", check=True)
    items: list[list[Any]] = json.loads(done.stdout)
    return items


def _numbers_of(items: list[Item]) -> Iterator[list[Any]]:
    def box(rect: Rect) -> list[float]:
        return [rect.x, rect.y, rect.width, rect.height]

    def word(text: Text) -> list[Any]:
        return [text.x, text.y, text.content]

    for item in items:
        if isinstance(item, Line):
            label = word(item.label) if item.label else []
            points = [value for point in item.points for value in point]
            yield ["line", *points, item.arrow, item.dashed, item.source, item.target, *label]
        elif isinstance(item, Box):
            sheets = [value for rect in item.behind for value in box(rect)]
            words = [value for text in item.texts for value in word(text)]
            badge = [*box(item.badge[0]), *word(item.badge[1])] if item.badge else []
            yield ["box", *box(item.rect), *sheets, *words, *badge]
        elif isinstance(item, Rect):
            yield ["rect", *box(item)]
        elif isinstance(item, Text):
            yield ["text", *word(item)]


def _same(mine: list[list[Any]], theirs: list[list[Any]]) -> None:
    assert len(mine) == len(theirs)
    for a, b in zip(mine, theirs, strict=True):
        assert len(a) == len(b), (a, b)
        for x, y in zip(a, b, strict=True):
            is_number = isinstance(x, int | float) and not isinstance(x, bool)
            assert abs(x - y) < 0.01 if is_number else x == y, (a, b)


def _open(part: Diagram, is_open: Callable[[int], bool], numbers: Iterator[int]) -> Diagram:
    """The frames of some leaves in their place; numbers are given as the script does."""

    def change(child: Diagram) -> Diagram:
        return _open(child, is_open, numbers)

    if not isinstance(part, Leaf):
        return map_children(part, change)
    number = next(numbers)
    leaf = replace(part, side_branches=tuple(map(change, part.side_branches)))
    inside = leaf.inside and change(leaf.inside)
    if inside is None or not is_open(number):
        return leaf
    return Frame(
        leaf.path, heading(leaf), inside, leaf.count, leaf.dashed, leaf.output, leaf.side_branches
    )


@pytest.mark.parametrize("name", [*NETWORKS, "skips", "alexnet_towers"])
@pytest.mark.parametrize("direction", ["right", "down"])
def test_the_script_lays_out_as_python_does(node: str, name: str, direction: Direction) -> None:
    layout = Layout(direction, Sizes())
    layout.place(diagram(name), 0, 0, [])
    assert any(isinstance(item, Line) for item in layout.items)
    _same(
        _laid_out(node, data(html(name)), open=[], direction=direction),
        list(_numbers_of(layout.items)),
    )


def _partly_open(name: str, share: float, seed: int = 7) -> tuple[Diagram, list[int]]:
    """A diagram with some of its leaves open, and their numbers."""
    chance = random.Random(seed)
    open_ones: list[int] = []

    def is_open(number: int) -> bool:
        if chance.random() > share:
            return False
        open_ones.append(number)
        return True

    shown = _open(diagram(name), is_open, count())
    assert open_ones
    return shown, open_ones


def test_some_states_have_frames_with_side_branches() -> None:
    def frames(part: Diagram) -> Iterator[Frame]:
        if isinstance(part, Frame):
            yield part
        for child in children(part):
            yield from frames(child)

    shown, _ = _partly_open("googlenet", 1.0)
    assert sum(bool(frame.side_branches) for frame in frames(shown)) == 2
    assert list(edges(shown))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("share", [1.0, 0.5, 0.3])
@pytest.mark.parametrize("direction", ["right", "down"])
def test_the_script_opens_as_python_does(
    node: str, name: str, share: float, direction: Direction
) -> None:
    shown, open_ones = _partly_open(name, share)
    layout = Layout(direction, Sizes())
    layout.place(shown, 0, 0, [])
    mine = _laid_out(node, data(html(name)), open=open_ones, direction=direction)
    _same(mine, list(_numbers_of(layout.items)))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("share", [0.0, 1.0, 0.5])
def test_the_script_breaks_rows_as_python_does(node: str, name: str, share: float) -> None:
    shown, open_ones = _partly_open(name, share) if share else (diagram(name), [])
    layout = Layout("right", Sizes())
    rows = wrap(layout, shown, 400)
    assert len(rows.rows) > 1
    assert share < 1 or any(isinstance(part, Frame) for row in rows.rows for part in row.parts)
    layout.place(rows, 0, 0, [])
    mine = _laid_out(node, data(html(name)), open=open_ones, direction="right", room=400)
    _same(mine, list(_numbers_of(layout.items)))


@pytest.mark.parametrize("seed", range(12))
def test_the_script_lays_out_any_state_as_python_does(node: str, seed: int) -> None:
    chance = random.Random(seed)
    name = chance.choice([*NETWORKS, "bn_inception", "alexnet_towers"])
    room = chance.choice([180, 250, 700, 1500])
    shown, open_ones = _partly_open(name, chance.uniform(0.4, 1), seed)
    layout = Layout("right", Sizes())
    layout.place(wrap(layout, shown, room), 0, 0, [])
    mine = _laid_out(node, data(html(name)), open=open_ones, direction="right", room=room)
    _same(mine, list(_numbers_of(layout.items)))


# ---------------------------------------------------------------- the browser


Opens = Callable[..., "Page"]


@pytest.fixture
def opens(browser: Browser, tmp_path: Path) -> Iterator[Opens]:
    """Opens the page of a network. At the end there must be no request and no complaint."""
    complaints: list[str] = []
    requests: list[str] = []
    contexts = []

    def begin(name: str, *, text: str | None = None, hash: str = "", **context: Any) -> Page:
        file = tmp_path / f"{name}.html"
        file.write_text(text or html(name), "utf-8")
        size = {"width": 1300, "height": 800}
        asked = {"viewport": size, "reduced_motion": "reduce", "accept_downloads": True, **context}
        contexts.append(browser.new_context(**asked))
        page = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(file.as_uri() + hash)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "blob:"))] == []
    assert len([url for url in requests if url.startswith("file:")]) == len(contexts)


def _box(page: Page, path: str) -> Any:
    return page.locator(f'#boxes > g[data-path="{path}"]')


def test_a_large_page_is_packed_and_opens(opens: Opens) -> None:
    text = html("resnet1202_cifar")
    assert len(text.encode()) <= BYTES
    assert "data-packed" in text
    page = opens("resnet1202_cifar")
    _box(page, "layer1").click()
    _box(page, "layer1.199").wait_for()


def test_a_block_opens_by_a_click_and_closes_by_its_heading(opens: Opens) -> None:
    page = opens("resnet50")
    before = page.locator("#boxes > g").count()
    _box(page, "layer3").click()
    assert _box(page, "layer3").get_attribute("aria-expanded") == "true"
    assert _box(page, "layer3.5").count() == 1
    _box(page, "layer3.0").click()
    assert _box(page, "layer3.0.conv2").count() == 1
    _box(page, "layer3").locator(".hit").click(position={"x": 220, "y": 5})
    assert page.locator("#boxes > g").count() == before
    assert _box(page, "layer3").get_attribute("aria-expanded") == "false"


def test_a_block_opens_and_closes_by_the_keyboard(opens: Opens) -> None:
    page = opens("resnet50")
    _box(page, "input").focus()
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.path") == "layer1"
    page.keyboard.press("Enter")
    assert _box(page, "layer1.0").count() == 1
    assert page.evaluate("document.activeElement.dataset.path") == "layer1"
    page.keyboard.press(" ")
    assert _box(page, "layer1.0").count() == 0
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.dataset.path") == "maxpool"
    page.keyboard.press("End")
    assert page.evaluate("document.activeElement.dataset.path") == "fc"


def test_search_goes_to_a_layer_and_opens_what_it_is_in(opens: Opens) -> None:
    page = opens("resnet50")
    page.keyboard.press("/")
    page.keyboard.type("layer4.1 conv2")
    assert page.locator("#results li code").first.text_content() == "layer4.1.conv2"
    page.keyboard.press("Enter")
    assert _box(page, "layer4.1.conv2").get_attribute("aria-selected") == "true"
    assert page.locator("#panel .layer[open] summary code").text_content() == "layer4.1.conv2"
    place = _box(page, "layer4.1.conv2").bounding_box()
    assert 0 <= place["x"] <= 900
    assert 0 <= place["y"] <= 780


def test_search_lists_matches_while_one_types(opens: Opens) -> None:
    page = opens("resnet50")
    page.keyboard.press("/")
    page.keyboard.type("conv")
    found = page.locator("#results li code").all_text_contents()
    assert len(found) == 8
    assert found[0] == "conv1"
    assert page.locator("#results .more").text_content() == "and 45 more"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert page.locator("#results [aria-selected=true] code").text_content() == found[1]
    page.keyboard.press("Enter")
    assert page.locator("#boxes > [aria-selected]").get_attribute("data-path") == found[1]
    assert not page.is_visible("#results")
    page.fill("#search", "layer4.2.relu")
    page.locator("#results li").nth(1).click()
    assert "layer4.2" in str(page.locator("#panel .crumbs").text_content())


def test_the_trail_of_a_box_names_what_holds_it(opens: Opens) -> None:
    """A stage holds its blocks by their paths; a stack holds blocks of which none is in the first."""
    for name, found, trail in (
        ("resnet50", "layer3.2.conv1", "resnet50 › layer3 › 2 › layer3.2.conv1"),
        ("googlenet", "inception4c", "googlenet › Inception ×3 › inception4c"),
    ):
        page = opens(name)
        page.fill("#search", found)
        page.keyboard.press("Enter")
        page.locator("#panel .crumbs").wait_for()
        assert page.locator("#panel .crumbs").text_content() == trail
        page.locator("#panel .crumbs button").nth(1).click()
        assert page.locator("#panel .crumbs").text_content() != trail


def test_back_and_forward_lead_through_what_was_shown(opens: Opens) -> None:
    page = opens("resnet50")

    def is_shown(path: str, *, is_open: bool) -> None:
        state = f'[data-path="{path}"][aria-expanded={"true" if is_open else "false"}]'
        page.locator(f"#boxes > {state}").wait_for()

    _box(page, "layer1").click()
    _box(page, "layer1.1").click()
    page.keyboard.press("End")  # from box to box is no step
    page.wait_for_url("**#fc")
    page.go_back()
    is_shown("layer1.1", is_open=False)
    assert page.url.endswith("#layer1")
    assert _box(page, "layer1").get_attribute("aria-selected") == "true"
    page.go_back()
    is_shown("layer1", is_open=False)
    assert page.locator("#panel h2").text_content() == "resnet50"
    page.go_forward()
    is_shown("layer1", is_open=True)


def test_boxes_glide_to_their_places(opens: Opens) -> None:
    page = opens("resnet50", reduced_motion="no-preference")
    before = _box(page, "layer1").bounding_box()
    _box(page, "layer1").click()
    page.wait_for_timeout(700)
    after = _box(page, "layer1").bounding_box()
    assert page.evaluate(OVERLAPS)["bad"] == []
    assert abs(before["x"] - after["x"]) < 40
    assert after["width"] > 2 * before["width"]


def test_a_search_without_a_result_says_so(opens: Opens) -> None:
    page = opens("resnet50")
    page.fill("#search", "nothing like that")
    assert page.locator("#results li").all_text_contents() == ["no layer of that name"]


@pytest.mark.parametrize("path", ["layer3.0.conv2", "layer3.0.bn2", "layer3.0"])
def test_an_address_leads_to_a_layer(opens: Opens, path: str) -> None:
    page = opens("resnet50", hash=f"#{path}")
    assert "layer3.0" in str(page.locator("#panel").text_content())
    selected = page.locator("#boxes > [aria-selected]").get_attribute("data-path")
    assert selected == ("layer3.0.conv2" if "bn2" in path else path)
    assert page.url.endswith(f"#{path}")


def test_the_panel_describes_a_layer(opens: Opens) -> None:
    page = opens("resnet50", hash="#conv1")
    texts = str(page.locator('#panel [data-layer="conv1"]').inner_text())
    for fact in (
        "out_channels\n64", "gives\n64×112×112", "parameters\n9,408", "MACs\n118,013,952",
        "receptive field\n7×7, step 2", "resnet50.yaml:",
    ):  # fmt: skip
        assert fact in texts
    line = page.locator('#panel [data-layer="conv1"] pre').text_content()
    assert str(line).startswith("conv1: ")


def test_the_numbers_of_a_scope_add_up(opens: Opens) -> None:
    page = opens("resnet50", hash="#layer2")
    nodes = list(graph("resnet50").scopes["layer2"].nodes())
    texts = page.locator("#panel .sum b").all_text_contents()
    assert texts == [
        f"{sum(node.params for node in nodes):,}",
        f"{sum(node.cost.macs for node in nodes):,}",
        str(len(nodes)),
    ]


def test_totals_are_those_of_inference(opens: Opens) -> None:
    page = opens("googlenet")
    network = graph("googlenet").at("inference")
    texts = page.locator("#panel .sum b").all_text_contents()
    assert texts == [
        f"{network.total_params:,}",
        f"{network.total_macs:,}",
        str(len(network.layers)),
    ]
    assert "in training also" in str(page.locator("#panel").text_content())


HUGE = """
archspec: 1
name: huge
input: [999998, 20, 20]
layers:
  a: {op: Conv2d, out_channels: 999999, kernel_size: 99, padding: same}
  b: {op: Conv2d, out_channels: 999997, kernel_size: 99, padding: same}
"""


def huge() -> str:
    read = archspec.loads(HUGE)
    return write(outline(read, deep=True).diagram, read)


def test_numbers_that_a_script_would_round_are_sent_as_texts() -> None:
    first = archspec.loads(HUGE).layers[0]
    assert first.params % 2 == 1
    assert data(huge())["layers"][1][4:6] == [str(first.params), str(first.cost.macs)]
    assert data(html("resnet50"))["layers"][1][4:6] == [9408, 118013952]


def test_large_numbers_are_shown_to_the_last_digit(opens: Opens) -> None:
    network = archspec.loads(HUGE)
    page = opens("huge", text=huge())
    texts = page.locator("#panel .sum b").all_text_contents()
    assert texts == [f"{network.total_params:,}", f"{network.total_macs:,}", "2"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_saved_is_an_svg_that_needs_nothing(opens: Opens, scheme: ThemeName) -> None:
    page = opens("resnet50", color_scheme=scheme)
    _box(page, "layer1").click()
    with page.expect_download() as waiting:
        page.click("#save")
    assert waiting.value.suggested_filename == "resnet50.svg"
    text = Path(waiting.value.path()).read_text("utf-8")
    assert "var(" not in text
    assert "class=" not in text
    root = ElementTree.fromstring(text)
    texts = [
        "".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")
    ]
    assert texts.count("Bottleneck 64") == 3
    frame = root.find(".//{http://www.w3.org/2000/svg}g/{http://www.w3.org/2000/svg}rect")
    assert frame is not None
    red, green, blue = bytes.fromhex(color(scheme, "frame-line")[1:])
    assert frame.get("stroke") == f"rgb({red}, {green}, {blue})"  # not that of what is selected
    paper = root.find("{http://www.w3.org/2000/svg}rect")
    assert paper is not None
    assert paper.get("fill") == color(scheme, "background")


def test_what_is_saved_has_dashes_and_letters_in_every_program(opens: Opens) -> None:
    """Dashes are strokes, and the font is that of a group: MuPDF looks nowhere else."""
    page = opens("googlenet")
    dashed = page.locator("#world [stroke-dasharray]").count()
    with page.expect_download() as waiting:
        page.click("#save")
    text = Path(waiting.value.path()).read_text("utf-8")
    assert dashed > 2
    assert "stroke-dasharray" not in text
    assert len(re.findall(r'<path d="M[^"]*L[^"]*M[^"]*" fill="none"', text)) == dashed
    root = ElementTree.fromstring(text)
    assert root.get("font-family") is None
    (drawn,) = root.findall("{http://www.w3.org/2000/svg}g")
    assert "Liberation Sans" in (drawn.get("font-family") or "")


def test_a_page_is_dark_where_the_screen_is_and_on_demand(opens: Opens) -> None:
    def background(page: Page) -> object:
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    dark, light = "rgb(15, 20, 25)", "rgb(255, 255, 255)"
    page = opens("resnet50", color_scheme="dark")
    assert background(page) == dark
    page.click("#theme")
    assert background(page) == light
    page.emulate_media(media="print")
    assert background(page) == light
    forced = opens("resnet50", text=write(diagram("resnet50"), graph("resnet50"), "dark"))
    assert background(forced) == dark


@pytest.mark.parametrize("name", ["mobilenet_v1", "xception"])
def test_nothing_is_painted_in_a_colour_that_nobody_chose(opens: Opens, name: str) -> None:
    """Black is what a shape without a fill gets; no colour of the light theme is black."""
    page = opens(name, color_scheme="light")
    shapes = "[...document.querySelectorAll('#world :is(rect, path, circle, text)')]"
    black = f"{shapes}.filter((shape) => getComputedStyle(shape).fill === 'rgb(0, 0, 0)').length"
    assert page.evaluate(black) == 0
    page.keyboard.press("o")
    assert page.evaluate(f"{shapes}.length") > 100
    assert page.evaluate(black) == 0


def test_paper_shows_the_whole_diagram_and_no_buttons(opens: Opens) -> None:
    page = opens("densenet121")
    page.keyboard.press("o")
    for _ in range(3):
        page.keyboard.press("+")
    page.emulate_media(media="print")
    assert not page.is_visible("#save")
    assert not page.is_visible("#panel")
    place = page.locator("#world").bounding_box()
    assert place
    assert place["x"] >= 0
    assert place["width"] <= 710
    assert place["height"] <= 970


def test_wheel_and_drag_move_the_view(opens: Opens) -> None:
    page = opens("resnet50")
    before = _box(page, "conv1").bounding_box()
    page.mouse.move(400, 400)
    page.mouse.wheel(0, -300)
    near = _box(page, "conv1").bounding_box()
    assert near["width"] > before["width"] * 1.2
    page.mouse.move(500, 650)
    page.mouse.down()
    page.mouse.move(560, 690, steps=4)
    page.mouse.up()
    moved = _box(page, "conv1").bounding_box()
    assert abs(moved["x"] - near["x"] - 60) < 1
    assert abs(moved["y"] - near["y"] - 40) < 1
    page.keyboard.press("0")
    whole = page.locator("#world").bounding_box()
    assert whole
    assert whole["x"] >= 0


def test_a_telephone_shows_it_from_top_to_bottom(opens: Opens) -> None:
    page = opens("resnet50", viewport={"width": 390, "height": 800})
    first, last = _box(page, "input").bounding_box(), _box(page, "fc").bounding_box()
    assert last["y"] - first["y"] > 200
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click("#fold-panel")
    stage = page.locator("#stage").bounding_box()
    assert stage
    assert stage["height"] > 600


def test_a_newcomer_sees_what_opens_and_what_colours_mean(opens: Opens) -> None:
    page = opens("googlenet")
    signs = page.locator("#boxes > g:has(.sign)")
    closed = page.locator("#boxes > [aria-expanded=false]")
    assert signs.count() == closed.count() > 5
    assert page.is_visible("#hint")
    roles = {leaf.role for leaf in leaves(diagram("googlenet"))} - {"input"}
    texts = page.locator("#legend > span").all_text_contents()
    assert sorted(texts) == sorted([*roles, "in training only"])
    closed.first.click()
    assert not page.is_visible("#hint")
    page.click("#open-all")
    assert "merge" in page.locator("#legend > span").all_text_contents()


def test_a_button_shows_where_it_turns_the_diagram(opens: Opens) -> None:
    page = opens("resnet50")
    first, last = _box(page, "input"), _box(page, "fc")
    assert page.locator("#turn").text_content() == "↓ Down"
    page.click("#turn")
    assert page.locator("#turn").text_content() == "→ Right"
    assert abs(first.bounding_box()["x"] - last.bounding_box()["x"]) < 50
    page.keyboard.press("t")
    assert abs(first.bounding_box()["x"] - last.bounding_box()["x"]) > 50


def test_the_script_leaves_nothing_in_the_window(opens: Opens) -> None:
    page = opens("resnet50")
    names = "['Viewer', 'Layout', 'arrange', 'GAP'].filter((name) => eval(`typeof ${name}`) !== 'undefined')"
    assert page.evaluate(names) == []


def test_hostile_names_stay_texts(opens: Opens) -> None:
    layers = {"hasOwnProperty": "ReLU", "constructor": "ReLU", "toString": {"layers": ["ReLU"]}}
    read = replace(
        archspec.loads(json.dumps({"archspec": 1, "input": [3, 8, 8], "layers": layers})),
        description="</script><img src=x onerror=alert(1)>&amp;",
        cite="\u202egnp.exe <b>",
    )
    page = opens("hostile", text=write(outline(read, deep=True).diagram, read), hash="#%zz\"'<")
    assert "<img src=x" in str(page.locator("#panel").text_content())
    assert page.locator("img").count() == 0
    for name in ("hasOwnProperty", "constructor"):
        page.fill("#search", name)
        page.keyboard.press("Enter")
        page.locator("#search").blur()


# Nothing may lie over anything: boxes, frames and the texts on lines, and no line through a box.
OVERLAPS = """
() => {
  const rectOf = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  const meets = (a, b, slack) => a.left < b.right - slack && b.left < a.right - slack &&
    a.top < b.bottom - slack && b.top < a.bottom - slack;
  const holds = (a, b) => a.left <= b.left + 0.1 && a.right >= b.right - 0.1 &&
    a.top <= b.top + 0.1 && a.bottom >= b.bottom - 0.1;
  const scale = Number(/scale\\(([\\d.]+)\\)/.exec(getComputedStyle(world).getPropertyValue("--view"))[1]);
  const slack = 1.2 * scale;
  const boxes = [...document.querySelectorAll("#boxes > g.box:not(.heading)")].map((group) => ({
    name: group.dataset.path, ...rectOf(group.querySelector(".face")),
  }));
  const frames = [...document.querySelectorAll("#frames > g > rect")].map((rect) => ({
    name: "frame", ...rectOf(rect),
  }));
  const labels = [...document.querySelectorAll("#edges text")].map((text) => ({
    name: "text " + text.textContent, ...rectOf(text),
  }));
  const headings = [...document.querySelectorAll("#boxes > g.heading > text")].map((text) => ({
    name: "heading " + text.textContent, ...rectOf(text),
  }));
  const bad = [];
  const all = [...boxes, ...labels, ...headings];
  all.forEach((a, k) => {
    for (const b of all.slice(k + 1)) if (meets(a, b, slack)) bad.push([a.name, b.name]);
    for (const frame of frames) {
      if (meets(a, frame, slack) && !holds(frame, a)) bad.push([a.name, "a border"]);
    }
  });
  frames.forEach((a, k) => {
    for (const b of frames.slice(k + 1)) {
      if (meets(a, b, slack) && !holds(a, b) && !holds(b, a)) bad.push(["frame", "frame"]);
    }
  });
  for (const path of document.querySelectorAll("#edges path:first-child")) {
    const matrix = path.getScreenCTM();
    const length = path.getTotalLength();
    for (let at = 3; at < length - 6; at += 4) {
      const point = path.getPointAtLength(at).matrixTransform(matrix);
      for (const box of boxes) {
        if (box.left + slack < point.x && point.x < box.right - slack &&
            box.top + slack < point.y && point.y < box.bottom - slack) bad.push(["line", box.name]);
      }
    }
  }
  return { boxes: boxes.length, frames: frames.length, bad: bad.slice(0, 5) };
}
"""
TOGGLE = """
(numbers) => {
  for (const number of numbers) {
    const all = [...document.querySelectorAll("#boxes > g[aria-expanded]")];
    const key = new KeyboardEvent("keydown", { key: "Enter", bubbles: true });
    all[number % all.length].dispatchEvent(key);
  }
}
"""


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("direction", ["right", "down"])
def test_nothing_lies_over_anything_in_any_state(
    opens: Opens, name: str, direction: Direction
) -> None:
    page = opens(name)
    if direction == "down":
        page.click("#turn")
    closed = page.evaluate(OVERLAPS)
    assert closed["bad"] == []
    assert closed["frames"] == 0
    page.click("#open-all")
    whole = page.evaluate(OVERLAPS)
    assert whole["bad"] == []
    assert whole["frames"] > 10
    page.click("#close-all")
    chance = random.Random(11)
    for state in range(20):
        page.evaluate(TOGGLE, [chance.randrange(1000) for _ in range(3)])
        shown = page.evaluate(OVERLAPS)
        assert shown["bad"] == [], state
        assert shown["boxes"] > 5


def test_the_overlap_check_finds_one(opens: Opens) -> None:
    page = opens("resnet50")
    page.evaluate(
        "document.querySelectorAll('#boxes > g')[2].style.transform = 'translate(30px, 0)'"
    )
    assert page.evaluate(OVERLAPS)["bad"]


def test_the_same_boxes_are_shown_as_in_the_diagram(opens: Opens) -> None:
    page = opens("googlenet")
    texts = [leaf.path for leaf in leaves(diagram("googlenet"))]
    shown = [group.get_attribute("data-path") for group in page.locator("#boxes > g").all()]
    assert sorted(map(str, shown)) == sorted(texts)


def test_a_figure_that_is_in_rows_already_is_a_chain_again() -> None:
    parts = (Leaf("a", "a"), Leaf("b", "b"))
    rows = Rows((Series(parts[:1]), Series(parts[1:])))
    text = write(rows, graph("skips"))
    assert [part["path"] for part in data(text)["diagram"]["parts"]] == ["a", "b"]
