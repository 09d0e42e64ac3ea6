"""What a figure shows of a network: its diagram, and an inset for every block in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, assert_never, final

from archspec.describe.layers import LayerLabel, group_label
from archspec.describe.values import span
from archspec.diagnostics import failure, near
from archspec.escaping import clean
from archspec.figures.outline.boxes import Boxes, only_nodes, read_by
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
    leaves,
)
from archspec.figures.outline.formulas import Formulas
from archspec.figures.outline.frames import Part, frame_groups, owner_of, owners_of
from archspec.figures.outline.series_parallel import BEGIN, compose
from archspec.figures.request import DEFAULTS, Options
from archspec.graph import Graph, Member, Node, Output, Scope, output_of
from archspec.graph.folding import LayerGroup, Repeat, nodes_of
from archspec.op.base import Role

MAX_TITLE: Final = 34
MAX_UNDER: Final = 64
"""Characters of the two lines in a box."""


@final
@dataclass(frozen=True, slots=True)
class Inset:
    """What a block is inside, drawn once for all of its instances."""

    name: str
    parameters: tuple[str, ...]
    """Those whose values differ between the instances."""
    diagram: Diagram
    table: tuple[tuple[str, ...], ...] = ()
    """A heading and a row for every place, if the instances differ."""
    training_only: bool = False


@final
@dataclass(frozen=True, slots=True)
class Outline:
    graph: Graph
    diagram: Diagram
    insets: tuple[Inset, ...] = ()
    flattened: Mapping[str, str] = field(default_factory=dict)
    """Headings of open scopes without a frame, by path, those around first."""


def outline(
    graph: Graph, options: Options = DEFAULTS, *, deep: bool = False, flat: bool = False
) -> Outline:
    """The folded network. With ``deep``, closed leaves hold what one sees when they are opened.
    With ``flat``, what is open and has more than one beginning and one end is in no frame: its parts
    are among those of the scope around it.

    Raises SpecError if the options name a scope that there is not.
    """
    for path in (*options.open, *options.close):
        if path not in graph.scopes or not path:
            message = f"'{graph.name}' has no scope '{clean(path)}'"
            known = [name for name in graph.scopes if name]
            help = near(path, known) or "'archspec show' lists its layers"
            raise failure("cannot-draw", message, help=help)
    outliner = Outliner(graph, options, deep=deep, flat=flat)
    diagram = outliner.diagram(graph.root, 0)
    insets = () if deep else tuple(outliner.insets(diagram))
    return Outline(graph, diagram, insets, outliner.flattened)


@final
class Outliner:
    """Walks the scopes of one graph."""

    def __init__(
        self, graph: Graph, options: Options, *, deep: bool = False, flat: bool = False
    ) -> None:
        self._graph = graph
        self._options = options
        self._deep = deep
        self._boxes = Boxes(graph, options, flat=flat)
        self._instances: dict[str, list[Scope]] = defaultdict(list)
        """Those of every block, by its name."""
        for scope in graph.scopes.values():
            if scope.block:
                self._instances[scope.block].append(scope)

    # ---------------------------------------------------------------- scopes

    def diagram(self, scope: Scope, depth: int, formulas: Formulas | None = None) -> Diagram:
        """What is inside of a scope; its inputs are drawn if there are several."""
        parts = [
            Part(
                self._part(repeat, depth, formulas),
                frozenset(member.path for member in repeat.members),
                tuple(read_by(repeat.copies[0])),
            )
            for repeat in self._boxes.of(scope, depth, formulas)
        ]
        outputs = self._outputs(scope)
        end = self._graph.main_output.source if scope is self._graph.root else scope.output
        ends = [min(part.paths) for part in outputs] or [end]
        parts = [*self._inputs(scope, depth, parts), *parts, *outputs]
        if self._options.style != "blocks":
            parts = frame_groups(parts, self._boxes.groups(scope), ends)
        return self._compose(parts, ends, is_inset=formulas is not None)

    def _inputs(self, scope: Scope, depth: int, parts: Sequence[Part]) -> list[Part]:
        """Those of the network, or those of a block of several that are read."""
        if scope is self._graph.root:
            inputs = () if depth else self._graph.inputs
            return [Part(_input(node), frozenset([node.path])) for node in inputs]
        if len(scope.inputs) == 1:
            return []
        read = {source for part in parts for source in part.sources}
        names: dict[str, list[str]] = defaultdict(list)
        for name, source in zip(scope.inputs, scope.sources, strict=True):
            if source in read:
                names[source].append(name)
        return [Part(_entry(scope, names[source], source), frozenset([source])) for source in names]

    def _compose(self, read: list[Part], ends: Sequence[str], *, is_inset: bool) -> Diagram:
        parts = [part.diagram for part in read]
        owners = owners_of(read)
        reads = [[owner_of(source, owners) for source in part.sources] for part in read]
        last = [owner_of(end, owners) for end in ends]
        side = set() if is_inset else self._with_side_branches(parts, reads, last)
        kept = [k for k in range(len(parts)) if k not in side]
        place = {k: number for number, k in enumerate(kept)} | {BEGIN: BEGIN}
        sources = {source for one in reads for source in one}
        loose = [k for k in kept if k not in sources]
        return compose(
            [parts[k] for k in kept],
            [[place[source] for source in reads[k]] for k in kept],
            dict.fromkeys(place[k] for k in (*last, *loose) if k in place),
        )

    def _outputs(self, scope: Scope) -> list[Part]:
        """Those of the network, if there are several: of one it is plain where it is."""
        outputs = [output for output in self._graph.outputs if not output.training_only]
        is_whole = scope is self._graph.root and len(outputs) > 1
        return [_output(output) for output in outputs] if is_whole else []

    def _with_side_branches(
        self, parts: list[Diagram], reads: list[list[int]], ends: list[int]
    ) -> set[int]:
        """Put branches that exist in training only below the one thing that they read, and return
        the indices of their parts."""
        side: set[int] = set()
        for branch in _branches(parts, reads):
            anchors = {source for k in branch for source in reads[k]} - set(branch)
            if len(anchors) != 1 or anchors == {BEGIN} or set(branch) & set(ends):
                continue
            place = {k: number for number, k in enumerate(branch)}
            diagram = compose(
                [parts[k] for k in branch],
                [[place.get(source, BEGIN) for source in reads[k]] for k in branch],
                [len(branch) - 1],
            )
            (anchor,) = anchors
            holder = _with_side_branch(parts[anchor], diagram)
            if holder is not None:
                parts[anchor] = holder
                side.update(branch)
        return side

    # ---------------------------------------------------------------- parts

    def _part(self, repeat: Repeat, depth: int, formulas: Formulas | None) -> Diagram:
        if len(repeat.copies[0]) > 1:
            return self._repeated_groups(repeat, depth, formulas)
        copies = [copy[0] for copy in repeat.copies]
        return self._group(copies, depth, formulas)

    def _repeated_groups(self, repeat: Repeat, depth: int, formulas: Formulas | None) -> Diagram:
        """Several groups that repeat together: a frame around those of the first copy."""
        parts = [
            self._group([copy[k] for copy in repeat.copies], depth, formulas, counted=False)
            for k in range(len(repeat.copies[0]))
        ]
        copy = repeat.copies[0]
        owners = {member.path: k for k, group in enumerate(copy) for member in group}
        reads = [[owner_of(source, owners) for source in read_by((group,))] for group in copy]
        inside = compose(parts, reads, [len(parts) - 1])
        return Frame(copy[0][0].path, "", inside, len(repeat.copies))

    def _group(
        self,
        copies: Sequence[LayerGroup],
        depth: int,
        formulas: Formulas | None,
        *,
        counted: bool = True,
    ) -> Diagram:
        """One group for all of its copies."""
        first = copies[0][0]
        if isinstance(first, Node):
            return self._layers([only_nodes(group) for group in copies], formulas, counted)
        if self._boxes.opens(first, depth):
            return self._opened(first, depth, formulas)
        return self._closed([group[0] for group in copies], depth, counted, formulas)

    def _layers(
        self, copies: Sequence[tuple[Node, ...]], formulas: Formulas | None, counted: bool
    ) -> Leaf:
        first, last = copies[0], copies[-1]
        label = self._label(first, formulas)
        head, every = first[0], [node for group in copies for node in group]
        sign = head.op.sign if len(first) == 1 else None
        shape = last[-1].output
        return Leaf(
            head.path,
            sign or clean(label.title, MAX_TITLE),
            "" if sign else clean(label.under, MAX_UNDER),
            head.op.role.value,
            form="circle" if sign else "box",
            count=len(copies) if counted else 1,
            layers=tuple(node.path for node in every),
            output=last[-1].path,
            shape=str(shape) if shape != head.inputs[0] and formulas is None else None,
            params=sum(node.params for node in every),
            macs=sum(node.cost.macs for node in every),
            dashed=self._dashes(every, formulas),
        )

    def _label(self, group: tuple[Node, ...], formulas: Formulas | None) -> LayerLabel:
        pytorch = self._options.labels == "pytorch"
        if formulas is None:
            return group_label(group, pytorch=pytorch)
        return formulas.label(group, pytorch=pytorch)

    def _dashes(self, nodes: Iterable[Node], formulas: Formulas | None) -> bool:
        """There in training only, or, in an inset, not in all instances."""
        paths = [node.path for node in nodes]
        if formulas is not None:
            return formulas.is_optional(paths[0])
        return bool(paths) and all(path in self._graph.training_only for path in paths)

    def _closed(
        self, copies: Sequence[Member], depth: int, counted: bool, formulas: Formulas | None = None
    ) -> Leaf:
        scopes = [copy for copy in copies if isinstance(copy, Scope)]
        first, names = scopes[0], [scope.name for scope in scopes]
        path = first.path
        if len(scopes) == 1 and self._boxes.is_stage(first):
            names = [first.name]
            scopes = [child for child in first.children if isinstance(child, Scope)]
        every = [node for copy in copies for node in nodes_of(copy)]
        block = scopes[0].block
        dashed = self._dashes(every, formulas)
        details = [_names_in_a_row(names, block)] if block else []
        if reduction := self._boxes.reduction(copies):
            details.append(f"/{reduction}")
        if first.weights:
            details.append("shared weights")
        if dashed and formulas is None:
            details.append("training only")
        last = output_of(copies[-1])
        shape = self._graph.nodes[last].output
        has_shape = shape != self._read_shape(first) and not dashed and formulas is None
        first_value = self._first_value(scopes) if formulas is None else ""
        return Leaf(
            path,
            clean(f"{block}{first_value}" if block else names[0], MAX_TITLE),
            clean(" · ".join(details), MAX_UNDER),
            "block",
            block=block or "",
            count=len(scopes) if counted else 1,
            layers=tuple(node.path for node in every),
            output=last,
            shape=str(shape) if has_shape else None,
            params=sum(node.params for node in every),
            macs=sum(node.cost.macs for node in every),
            dashed=dashed,
            inside=self._inside(copies, scopes, depth) if self._deep else None,
        )

    def _inside(self, copies: Sequence[Member], scopes: Sequence[Scope], depth: int) -> Diagram:
        """What one sees of a closed leaf that is opened: its copies, or what is in the one."""
        if len(scopes) == 1:
            return self.diagram(scopes[0], depth + 1)
        return Series(tuple(self._closed([scope], depth + 1, True) for scope in scopes))

    def _opened(self, scope: Scope, depth: int, formulas: Formulas | None) -> Frame:
        inside = self.diagram(scope, depth + 1, formulas)
        return Frame(scope.path, _heading(scope), inside, 1, self._dashes(scope.nodes(), None))

    @property
    def flattened(self) -> dict[str, str]:
        """Headings of the open scopes of the diagram that have no frame."""
        return {path: _heading(scope) for path, scope in self._boxes.flattened.items()}

    def _read_shape(self, scope: Scope) -> object:
        return self._graph.nodes[scope.sources[0]].output if scope.sources else None

    def _first_value(self, scopes: Sequence[Scope]) -> str:
        """`` 64``: the first parameter, if it is one number here and another number elsewhere."""
        if not scopes[0].arguments:
            return ""
        name, value = next(iter(scopes[0].arguments.items()))
        if type(value) is not int or any(scope.arguments.get(name) != value for scope in scopes):
            return ""
        everywhere = {scope.arguments.get(name) for scope in self._instances[scopes[0].block or ""]}
        return f" {value}" if len(everywhere) > 1 and len(scopes[0].arguments) <= 4 else ""

    # ---------------------------------------------------------------- insets

    def insets(self, diagram: Diagram) -> Iterator[Inset]:
        """For every block that is closed in the diagram, and then in the insets."""
        waiting = [leaf.block for leaf in leaves(diagram) if leaf.block]
        seen: set[str] = set()
        while waiting:
            name = waiting.pop(0)
            if name in seen:
                continue
            seen.add(name)
            inset = self.inset(name, [leaf for leaf in leaves(diagram) if leaf.block == name])
            yield inset
            waiting += [leaf.block for leaf in leaves(inset.diagram) if leaf.block]

    def inset(self, name: str, drawn: Sequence[Leaf] = ()) -> Inset:
        """A block for all of its instances; in the table a row for each leaf that stands for some,
        or for each instance."""
        instances = self._instances[name]
        formulas = Formulas(self._graph, instances)
        inside = self.diagram(formulas.richest, 1_000, formulas)
        places = [self._row(leaf, name) for leaf in drawn]
        if not drawn:
            places = [(Leaf(scope.path, ""), [scope]) for scope in instances]
        paths = {node.path for scope in instances for node in scope.nodes()}
        training_only = paths <= self._graph.training_only
        return Inset(name, formulas.parameters, inside, formulas.table(places), training_only)

    def _row(self, leaf: Leaf, name: str) -> tuple[Leaf, list[Scope]]:
        """A leaf, with the instances that it stands for."""
        scope = self._graph.scopes[leaf.path]
        if scope.block == name and leaf.count == 1:
            return leaf, [scope]
        inside = set(leaf.layers)
        return leaf, [
            instance for instance in self._instances[name] if next(instance.nodes()).path in inside
        ]


# ---------------------------------------------------------------- members


def _input(node: Node) -> Leaf:
    return Leaf(
        node.path,
        "image" if node.path == "input" and node.output.rank == 2 else clean(node.name, MAX_TITLE),
        str(node.output),
        Role.INPUT.value,
        output=node.path,
    )


def _heading(scope: Scope) -> str:
    """``up3 · Up``"""
    block = f" · {scope.block}" if scope.block else ""
    name = ".".join(scope.path.split(".")[-2:]) if scope.name.isdigit() else scope.name
    return clean(f"{name}{block}", MAX_UNDER)


def _entry(scope: Scope, names: Sequence[str], source: str) -> Leaf:
    """An input of a block; two that one layer feeds are one."""
    title = clean(", ".join(names), MAX_TITLE)
    path = f"{scope.path}.{names[0]}"
    return Leaf(path, title, role=Role.INPUT.value, output=source, feed=source)


def _output(output: Output) -> Part:
    """The name of an output of a network that has several; no layer has a path with a space."""
    path, title = f"{output.name} (output)", clean(output.name, MAX_TITLE)
    leaf = Leaf(path, title, "output", Role.INPUT.value, feed=output.source)
    return Part(leaf, frozenset([path]), (output.source,))


def _is_dashed(part: Diagram) -> bool:
    match part:
        case Leaf() | Frame():
            return part.dashed
        case Series():
            return all(map(_is_dashed, part.parts))
        case Wire() | Parallel() | Lanes() | Rows():
            return False
        case _:
            assert_never(part)


def _branches(parts: Sequence[Diagram], reads: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Parts that exist in training only, together with those of them that they lead to."""
    root: dict[int, int] = {}
    for k, part in enumerate(parts):
        if not _is_dashed(part):
            continue
        roots = sorted({root[source] for source in reads[k] if source in root}) or [k]
        root[k] = roots[0]
        for other in root:
            root[other] = roots[0] if root[other] in roots else root[other]
    for first in dict.fromkeys(root.values()):
        yield [k for k in root if root[k] == first]


def _with_side_branch(part: Diagram, branch: Diagram) -> Diagram | None:
    """The same with a branch below the box that its line comes out of; None if there is no one."""
    match part:
        case Leaf():
            return replace(part, side_branches=(*part.side_branches, branch))
        case Frame():
            inside = _with_side_branch(part.inside, branch)
            return None if inside is None else replace(part, inside=inside)
        case Series():
            last = _with_side_branch(part.parts[-1], branch)
            return None if last is None else Series((*part.parts[:-1], last))
        case Wire() | Parallel() | Lanes() | Rows():
            return None
        case _:
            assert_never(part)


def _names_in_a_row(names: Sequence[str], block: str | None) -> str:
    """``3a 3b`` of inception3a and inception3b that are Inceptions."""
    stem = (block or "").lower()
    rests = [name[len(stem) :].lstrip("_") for name in names if name.lower().startswith(stem)]
    if stem and len(rests) == len(names) and all(rests):
        return " ".join(rests) if len(rests) <= 4 else f"{rests[0]} … {rests[-1]}"
    return span(list(names))
