"""Networks rendered in a format, with notes on what was asked for and could not be done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from archspec.diagnostics import SpecError, failure
from archspec.escaping import clean
from archspec.figures import figure, load_style, subfigures
from archspec.figures.annotations.marks import SHOWN, not_shown, without_box
from archspec.figures.annotations.renames import check_renames
from archspec.figures.annotations.selectors import find_members
from archspec.figures.formats import FORMATS, OF_FORMATS, Content, Format, find_format
from archspec.figures.layout.page_fit import misfit
from archspec.figures.outline.build import outline
from archspec.figures.outline.diagram import frames, leaves
from archspec.figures.request import DEFAULTS, OPTIONS, Options
from archspec.figures.scene import Scene, check_boxes, recolor
from archspec.figures.theme import is_shade, shade
from archspec.graph import Graph
from archspec.screen import Screen

if TYPE_CHECKING:
    from archspec.figures.outline.flowchart import Flowchart
    from archspec.figures.render.dot import ArchitectureGraph


class RenderedFigure(NamedTuple):
    """A figure as the bytes of a file."""

    content: bytes
    notes: tuple[str, ...] = ()
    """What was asked for and could not be done, a sentence each."""


PAGE: Final = Screen(100)
"""As wide as a text in a file."""


def render_figure(
    graphs: Sequence[Graph], format: str, options: Options, screen: Screen = PAGE
) -> RenderedFigure:
    """Networks in a format. Raises SpecError."""
    if options.subfigure:
        return _render_parts(graphs, format, options)
    _check_parts(graphs, options)
    row = (
        find_row_of_scenes(format, "a difference")
        if options.diff
        else find_format(format, options.style)
    )
    if row is None:
        raise _no_format(format, options.style)
    if options.diff:
        content, notes = _render_fitting(row, options, lambda way: _difference(graphs, way))
    else:
        content, notes = _RENDERERS[row.content](row, graphs, options, screen)
    data = content if isinstance(content, bytes) else content.encode()
    unshown = (*_not_shown(graphs, options, row), *_style_without_effect(options, row))
    return RenderedFigure(data, (*_without_effect(options, row), *unshown, *notes))


def _render_parts(graphs: Sequence[Graph], format: str, options: Options) -> RenderedFigure:
    """A figure of several parts, each of which is asked what it cannot do."""
    if options.diff:
        help = "leave out --diff, or --subfigure"
        raise failure("bad-option", "a difference is no figure of parts", help=help)
    row = find_row_of_scenes(format, "a figure of parts")
    notes: dict[str, None] = {}
    if options.style != DEFAULTS.style:
        notes["the styles are those of --subfigure: --style is without effect"] = None
    for part in subfigures.parts_of(graphs, options):
        _check_parts(part.graphs, part.options)
        for check in (_without_effect, _style_without_effect):
            notes |= dict.fromkeys(check(part.options, row))
        notes |= dict.fromkeys(_not_shown(part.graphs, part.options, row))
    content, others = _render_fitting(row, options, lambda way: subfigures.scene(graphs, way))
    data = content if isinstance(content, bytes) else content.encode()
    return RenderedFigure(data, (*notes, *others))


def _check_parts(graphs: Sequence[Graph], options: Options) -> None:
    """Raises SpecError if the options name parts or words that there are not."""
    find_members(graphs, (*options.highlight, *options.dim))
    if options.rename and _accepts(options.style, "rename"):
        check_renames(options.rename, _texts(graphs, options))


def _texts(graphs: Sequence[Graph], options: Options) -> Iterator[str]:
    """What boxes and frames say without other words for it."""
    from archspec.figures.styles.module import find_inset

    usual = replace(options, rename=(), fold=options.fold and options.style != "blocks")
    for graph in graphs:
        drawn = outline(graph, usual)
        insets = list(drawn.insets)
        if options.style == "module":
            insets.append(find_inset(graph, usual))
        yield from (inset.name for inset in insets)
        for diagram in (drawn.diagram, *(inset.diagram for inset in insets)):
            yield from (text for leaf in leaves(diagram) for text in (leaf.title, leaf.under))
            yield from (frame.heading for frame in frames(diagram))


def render_scene(scene: Scene, format: str, options: Options) -> RenderedFigure:
    """A scene that no style made, such as a chart. Raises SpecError."""
    content, notes = _render_scene(find_row_of_scenes(format, "a chart"), scene, options)
    return RenderedFigure(content if isinstance(content, bytes) else content.encode(), notes)


def _without_effect(options: Options, row: Format) -> Iterator[str]:
    """Options that differ from the default and that neither style nor format accepts."""
    for name, field in OPTIONS.items():
        if getattr(options, name) == getattr(DEFAULTS, name):
            continue
        if field.option.for_styles and not _accepts(options.style, name):
            yield f"the style '{options.style}' has no {name}: it is without effect"
        elif name == "bars" and options.layout == "dot" and options.bars not in (None, "none"):
            yield "there are no bars where dot finds the places: it is without effect"
        elif name in row.ignores or (name in OF_FORMATS and name not in row.accepts):
            suffix, only = row.suffix.upper(), row.styles
            kind = f"{suffix} of the style '{only[0]}'" if len(only) == 1 else suffix
            yield f"{kind} has no {name}: it is without effect"


def _style_without_effect(options: Options, row: Format) -> Iterator[str]:
    """What a style file says, and this figure does not follow."""
    if options.style_file is None:
        return
    follows = {"palette", "sizes"} if row.content == "scene" else set()
    follows |= {"boxes"} if options.style in SHOWN else set()
    follows |= {"font"} if "family" in row.accepts else set()
    said = options.style_file.model_dump(exclude_defaults=True)
    if missing := [name for name in said if name not in follows]:
        figure = f"{row.suffix.upper()} of the style '{options.style}'"
        yield f"{figure} does not follow what the style file says under {', '.join(missing)}"


def _not_shown(graphs: Sequence[Graph], options: Options, row: Format) -> Iterator[str]:
    """What a spec says of figures, and this one does not show."""
    named = f"the style '{options.style}'"
    if row.content in ("text", "page"):
        named = row.suffix.upper() if row.content == "page" else "text"
    if missing := not_shown(graphs, row.content if named in ("HTML", "text") else options.style):
        yield f"{named} does not show what the spec says under 'figure': {', '.join(missing)}"


def _accepts(style: str, option: str) -> bool:
    return option in load_style(style).ACCEPTS


def _no_format(format: str, style: str) -> SpecError:
    others = [name for row in FORMATS if row.suffix == format for name in row.styles]
    has = [row.suffix for row in FORMATS if find_format(row.suffix, style) == row]
    message = f"the style '{style}' cannot be saved as {format.upper()}"
    help = f"the formats of '{style}' are {', '.join(has)}"
    if others:
        help = f"--style {others[0]} can; {help}"
    return failure("bad-option", message, help=help)


# ---------------------------------------------------------------- by what a format renders

_Rendered = tuple[str | bytes, tuple[str, ...]]


def _function(place: str) -> Any:
    module, _, name = place.partition(":")
    return getattr(import_module(f"archspec.figures.{module}"), name)


def _scene(row: Format, graphs: Sequence[Graph], options: Options, _: Screen) -> _Rendered:
    def draw(way: Options) -> Scene:
        return figure(graphs, way)

    scene = draw(options)
    boxes = [(box.rect.stroke or "", {box.path, *box.layers}) for box in scene.boxes]
    found = _unmarked(
        graphs,
        options,
        {path for line, paths in boxes if "highlight" in line for path in paths},
        {path for line, paths in boxes if line.startswith("dim ") for path in paths},
    )
    content, notes = _render_fitting(row, options, draw, scene)
    return content, (*notes, *found)


def _unmarked(
    graphs: Sequence[Graph], options: Options, highlighted: set[str], dimmed: set[str]
) -> Iterator[str]:
    """What is to look otherwise and has no box that does."""
    for name, done, selectors, marked in (
        ("highlight", "highlighted", options.highlight, highlighted),
        ("dim", "dimmed", options.dim, dimmed),
    ):
        if not _accepts(options.style, name):
            continue
        for selector, path in without_box(graphs, selectors, marked):
            around = path.rpartition(".")[0]
            help = f": --open {around} shows more" if around else ""
            yield f"'{clean(selector)}' has no box of its own, and is not {done}{help}"


def _render_fitting(
    row: Format, options: Options, draw: Callable[[Options], Scene], scene: Scene | None = None
) -> _Rendered:
    """A scene, with a note if it is larger than its page."""
    scene = scene or draw(options)
    content, notes = _render_scene(row, scene, options)
    return content, (*notes, *misfit(scene, options, draw))


def _render_scene(row: Format, scene: Scene, options: Options) -> _Rendered:
    check_boxes(sum(1 for _ in scene.boxes), scene.title)
    scene = _shaded(scene, options)
    notes = scene.notes
    accepted = {name: getattr(options, name) for name in row.accepts}
    if "background" in accepted and options.background is None:
        accepted["background"] = options.palette.get("background")
    if row.notes:
        notes = (*notes, *_function(row.notes)(scene, **accepted))
    return _function(row.render)(scene, options.theme or "light", **accepted), notes


def _shaded(scene: Scene, options: Options) -> Scene:
    """The scene with the values of colours that are made of others, or are somebody's own."""
    theme, own = options.theme or "light", options.palette

    def value(name: str) -> str:
        return shade(theme, name, own) if is_shade(name) or name in own else name

    return replace(scene, items=tuple(recolor(item, value) for item in scene.items))


def _page(row: Format, graphs: Sequence[Graph], options: Options, _: Screen) -> _Rendered:
    graph = _only(graphs, row)
    diagram = outline(graph, options, deep=True).diagram
    return _function(row.render)(diagram, graph, options.theme or "auto"), ()


def _table(row: Format, graphs: Sequence[Graph], options: Options, _: Screen) -> _Rendered:
    from archspec.figures.styles.table import architecture_table

    return _function(row.render)(architecture_table(graphs)), ()


def _diagram(row: Format, graphs: Sequence[Graph], options: Options, _: Screen) -> _Rendered:
    chart = _flowchart(_only(graphs, row), options)
    drawn = _function(row.render)(chart, options.direction or "down", options.theme or "light")
    return drawn, tuple(_unmarked_in(chart, graphs, options))


def _unmarked_in(chart: Flowchart, graphs: Sequence[Graph], options: Options) -> Iterator[str]:
    boxes = list(leaves(chart.diagram))
    return _unmarked(
        graphs,
        options,
        {path for box in boxes if box.mark.highlighted for path in (box.path, *box.layers)},
        {path for box in boxes if box.mark.dimmed for path in (box.path, *box.layers)},
    )


def _flowchart(graph: Graph, options: Options) -> Flowchart:
    from archspec.figures.outline.flowchart import inset_flowchart, network_flowchart
    from archspec.figures.styles.module import find_inset

    if options.style == "module":
        return inset_flowchart(graph, find_inset(graph, options), titled=options.title)
    return network_flowchart(graph, options)


def _text(row: Format, graphs: Sequence[Graph], options: Options, screen: Screen) -> _Rendered:
    return _function(row.render)(_only(graphs, row), options, screen), ()


_RENDERERS: Final[
    dict[Content, Callable[[Format, Sequence[Graph], Options, Screen], _Rendered]]
] = {"scene": _scene, "page": _page, "table": _table, "diagram": _diagram, "text": _text}


def _only(graphs: Sequence[Graph], row: Format) -> Graph:
    if len(graphs) > 1:
        message = f"{row.suffix.upper()} shows one network, not {len(graphs)}"
        raise failure("bad-option", message, help="several are shown by --style blocks and table")
    return graphs[0]


# ---------------------------------------------------------------- for the package graphviz


def render_digraph(graph: Graph, options: Options) -> tuple[ArchitectureGraph, tuple[str, ...]]:
    """A network as the package ``graphviz`` has graphs, with notes. Raises SpecError."""
    from archspec.figures.render.dot import digraph

    row = find_format("dot", options.style)
    if row is None:
        raise _no_format("dot", options.style)
    chart = _flowchart(graph, options)
    drawn = digraph(chart, options.direction or "down", options.theme or "light")
    unshown = (*_not_shown([graph], options, row), *_style_without_effect(options, row))
    return drawn, (*_without_effect(options, row), *unshown)


# ---------------------------------------------------------------- two networks


def find_row_of_scenes(format: str, what: str) -> Format:
    """The row of a format that shows any scene. Raises SpecError that says what is none."""
    rows = {row.suffix: row for row in FORMATS if row.content == "scene"}
    if format not in rows:
        message = f"{what} cannot be saved as {format.upper()}"
        raise failure("bad-option", message, help=f"the formats are {', '.join(rows)}")
    return rows[format]


def _difference(graphs: Sequence[Graph], options: Options) -> Scene:
    if len(graphs) != 2:
        message = f"a difference is that of two networks, not of {len(graphs)}"
        raise failure("bad-option", message, help="archspec draw A B --diff -o FILE")
    from archspec.figures.difference import scene

    return scene(graphs[0], graphs[1], options)
