"""The diagram of a scope: its boxes, folded and taken apart into what is in series and in parallel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, assert_never, final

from archspec.describe.formulas import as_unicode
from archspec.describe.layers import SEPARATOR, LayerLabel, group_label
from archspec.describe.values import span
from archspec.diagnostics import failure
from archspec.escaping import clean
from archspec.figures.annotations.marks import BoxMark, BoxMarks
from archspec.figures.annotations.renames import Renames
from archspec.figures.outline.boxes import Boxes, is_inside, only_nodes, past, read_by, reduction
from archspec.figures.outline.diagram import (
    Diagram,
    Frame,
    Lanes,
    Leaf,
    Parallel,
    Rows,
    Series,
    Wire,
)
from archspec.figures.outline.formulas import Formulas
from archspec.figures.outline.frames import Part, frame_groups, owner_of, owners_of, with_outputs
from archspec.figures.outline.series_parallel import BEGIN, compose
from archspec.figures.outline.union import END
from archspec.figures.request import Options
from archspec.graph import Depiction, Graph, Member, Node, Output, Scope, output_of
from archspec.graph.folding import LayerGroup, Repeat, nodes_of
from archspec.op.base import Role

MAX_TITLE: Final = 34
MAX_UNDER: Final = 64
"""Characters of the two lines in a box."""


@final
class Outliner:
    """Walks the scopes of one graph: of a network, or, with formulas, of the union of instances."""

    def __init__(
        self,
        graph: Graph,
        options: Options,
        formulas: Formulas | None = None,
        *,
        deep: bool = False,
        flat: bool = False,
    ) -> None:
        self._graph = graph
        self._options = options
        self._formulas = formulas
        self._deep = deep
        self._marks = BoxMarks(formulas.graph if formulas else graph, options)
        self._boxes = Boxes(graph, options, formulas, self._depiction, flat=flat)
        self._instances = instances_of(graph)
        self._named = Renames(options.rename)
        self._names_lines = options.style in ("paper", "full") and not deep

    # ---------------------------------------------------------------- scopes

    def diagram(self, scope: Scope, depth: int) -> Diagram:
        """What is inside of a scope, a single input of which is not drawn."""
        hidden = self._boxes.hidden(scope, depth)
        parts = [
            Part(
                self._part(repeat, depth),
                frozenset(member.path for member in repeat.members),
                tuple(past(hidden, read_by(repeat.copies[0]))),
                self._dashed_lines(m for group in repeat.copies[0] for m in group),
            )
            for repeat in self._boxes.of(scope, depth)
        ]
        if hidden and not parts:
            message = f"all of '{clean(scope.path or self._graph.name)}' is hidden"
            raise failure(
                "cannot-draw", message, help="take 'hide' from a layer, or hide its scope"
            )
        outputs = [
            replace(part, sources=tuple(past(hidden, part.sources)))
            for part in self._outputs(scope)
        ]
        ends = [min(part.paths) for part in outputs] or past(hidden, self._ends(scope))
        parts = [*self._inputs(scope, depth, parts), *parts, *outputs]
        if self._names_lines:
            parts = with_outputs(parts)
        if self._options.style != "blocks":
            parts = frame_groups(parts, self._boxes.groups(scope), ends)
        return self._compose(parts, ends)

    def _inputs(self, scope: Scope, depth: int, parts: Sequence[Part]) -> list[Part]:
        """Those of the network, or those of another scope that reads more than one tensor."""
        if scope is self._graph.root and not self._formulas:
            inputs = () if depth else self._graph.inputs
            return [Part(self._say(_input(node)), frozenset([node.path])) for node in inputs]
        inside = frozenset(path for part in parts for path in part.paths)
        read = dict.fromkeys(s for part in parts for s in part.sources if not is_inside(s, inside))
        if len(read) < 2:
            return []
        place = self._formulas.union.instances[0].path if self._formulas else scope.path
        entries = ((self._say(_entry(scope, place, source)), source) for source in read)
        return [Part(entry, frozenset([source])) for entry, source in entries]

    def _say(self, leaf: Leaf) -> Leaf:
        """The same box in the words that the options want."""
        return replace(leaf, title=self._named(leaf.title), under=self._named(leaf.under))

    def _dashed_lines(self, members: Iterable[Member]) -> frozenset[str]:
        """What layers read in some instances only, though others have both ends."""
        if self._formulas is None:
            return frozenset()
        dashed = self._formulas.union.dashed
        edges = {
            (s, node.path) for member in members for node in nodes_of(member) for s in node.operands
        }
        return frozenset(s for s, _ in edges) - {s for s, _ in edges - dashed}

    def _compose(self, read: list[Part], ends: Sequence[str]) -> Diagram:
        parts = [part.diagram for part in read]
        owners = owners_of(read)
        reads = [[owner_of(source, owners) for source in part.sources] for part in read]
        reads = [
            list(dict.fromkeys(one)) if _is_block(part.diagram) else one
            for part, one in zip(read, reads, strict=True)
        ]
        last = [owner_of(end, owners) for end in ends]
        side = set() if self._formulas else self._with_side_branches(parts, reads, last)
        kept = [k for k in range(len(parts)) if k not in side]
        place = {k: number for number, k in enumerate(kept)} | {BEGIN: BEGIN}
        sources = {source for one in reads for source in one}
        loose = [k for k in kept if k not in sources]
        dashed = {
            (place[owner_of(source, owners)], place[k]) for k in kept for source in read[k].dashed
        }
        if self._formulas:
            beside = self._formulas.union.dashed
            dashed |= {
                (place[k], len(kept))
                for k, end in zip(last, ends, strict=True)
                if (end, END) in beside
            }
        return compose(
            [parts[k] for k in kept],
            [[place[source] for source in reads[k]] for k in kept],
            dict.fromkeys(place[k] for k in (*last, *loose) if k in place),
            dashed,
        )

    def _ends(self, scope: Scope) -> list[str]:
        """Paths of what a scope gives, in an inset in any of its instances."""
        if self._formulas and scope is self._graph.root:
            return [output.source for output in self._graph.outputs]
        return [self._graph.main_output.source if scope is self._graph.root else scope.output]

    def _outputs(self, scope: Scope) -> list[Part]:
        """Those of the network, or of a block, if there are several: of one it is plain where it is."""
        outputs = [output for output in self._graph.outputs if not output.training_only]
        if self._formulas:
            outputs = list(self._formulas.union.outputs)
        is_whole = scope is self._graph.root and len(outputs) > 1
        return [self._output(output) for output in outputs] if is_whole else []

    def _output(self, output: Output) -> Part:
        """The name of one of several outputs; no layer has a path with a space."""
        path, title = f"{output.name} (output)", clean(output.name, MAX_TITLE)
        feed = self._real(output.source)
        leaf = self._say(Leaf(path, title, "output", Role.INPUT.value, feed=feed))
        return Part(leaf, frozenset([leaf.path]), (output.source,))

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

    def _part(self, repeat: Repeat, depth: int) -> Diagram:
        if len(repeat.copies[0]) > 1:
            return self._repeated_groups(repeat, depth)
        copies = [copy[0] for copy in repeat.copies]
        return self._group(copies, depth)

    def _repeated_groups(self, repeat: Repeat, depth: int) -> Diagram:
        """Several groups that repeat together: a frame around those of the first copy."""
        parts = [
            self._group([copy[k] for copy in repeat.copies], depth, counted=False)
            for k in range(len(repeat.copies[0]))
        ]
        copy = repeat.copies[0]
        owners = {member.path: k for k, group in enumerate(copy) for member in group}
        reads = [[owner_of(source, owners) for source in read_by((group,))] for group in copy]
        inside = compose(parts, reads, [len(parts) - 1])
        return Frame(copy[0][0].path, "", inside, len(repeat.copies))

    def _group(self, copies: Sequence[LayerGroup], depth: int, *, counted: bool = True) -> Diagram:
        """One group for all of its copies."""
        first = copies[0][0]
        if isinstance(first, Node):
            return self._layers([only_nodes(group) for group in copies], counted)
        if self._boxes.opens(first, depth):
            return self._opened(first, depth)
        return self._closed([group[0] for group in copies], depth, counted)

    def _layers(self, copies: Sequence[tuple[Node, ...]], counted: bool) -> Leaf:
        first, last = copies[0], copies[-1]
        mark = self._mark(copies)
        own = self._depiction(first[0]).label
        label = self._label(tuple(self._said(first)))
        head, every = first[0], [node for group in copies for node in group]
        sign = head.op.sign if len(first) == 1 and not own and not mark.note else None
        shape = last[-1].output
        return Leaf(
            self._real(head.path),
            sign or self._named(_title(own, label.title)),
            "" if sign else self._named(clean(label.under, MAX_UNDER)),
            head.op.role.value,
            form="circle" if sign else "box",
            count=len(copies) if counted else 1,
            layers=tuple(self._real(node.path) for node in every),
            output=self._real(last[-1].path),
            shape=self._shape(shape) if shape != head.inputs[0] and not self._formulas else None,
            params=sum(node.params for node in every),
            macs=sum(node.cost.macs for node in every),
            dashed=self._is_dashed(first),
            optional=self._is_optional(first),
            mark=mark,
        )

    def _said(self, group: Sequence[Node]) -> Iterator[Node]:
        """The layers that the text of a box names: the first, and those behind it."""
        for k, node in enumerate(group):
            is_left_out = node.op.role.value in self._options.without
            if not k or not (is_left_out or self._is_hidden(node)):
                yield node

    def _label(self, group: tuple[Node, ...]) -> LayerLabel:
        pytorch = self._options.is_pytorch
        if self._formulas is None:
            return group_label(group, pytorch=pytorch)
        return self._formulas.label(group, pytorch=pytorch)

    def _real(self, path: str) -> str:
        """The path of a layer in the network."""
        return self._formulas.union.real(path) if self._formulas else path

    def _is_dashed(self, group: Sequence[Member]) -> bool:
        """There in training only; in an inset, not in all instances, nor anything at its place."""
        paths = {node.path for member in group for node in nodes_of(member)}
        if self._formulas is None:
            return bool(paths) and paths <= self._graph.training_only
        return not paths.isdisjoint(self._formulas.union.gone)

    def _is_optional(self, group: Sequence[Member]) -> bool:
        """In an inset, not there in all instances."""
        if self._formulas is None or self._is_dashed(group):
            return False
        return self._formulas.union.is_optional(group[0].path)

    def _closed(self, copies: Sequence[Member], depth: int, counted: bool) -> Leaf:
        scopes = [copy for copy in copies if isinstance(copy, Scope)]
        first, names = scopes[0], [scope.name for scope in scopes]
        path = first.path
        if len(scopes) == 1 and self._boxes.is_stage(first):
            names = [first.name]
            scopes = [child for child in first.children if isinstance(child, Scope)]
        elif len(names) == 1 and self._is_ambiguous(scopes[0]):
            names = [".".join(path.split(".")[-2:])]
        every = [node for copy in copies for node in nodes_of(copy)]
        block = scopes[0].block
        dashed = self._is_dashed(every)
        details = [_names_in_a_row(names, block)] if block else []
        last = output_of(copies[-1])
        shape = self._graph.nodes[last].output
        has_shape = shape != self._read_shape(first) and not (dashed or self._formulas)
        first_value = "" if self._formulas else self._first_value(scopes)
        return Leaf(
            self._real(path),
            self._named(
                _title(self._depiction(first).label, f"{block}{first_value}" if block else names[0])
            ),
            self._under(details, copies, is_dashed=dashed),
            "block",
            block=block or "",
            count=len(scopes) if counted else 1,
            layers=tuple(self._real(node.path) for node in every),
            output=self._real(last),
            shape=self._shape(shape) if has_shape else None,
            params=sum(node.params for node in every),
            macs=sum(node.cost.macs for node in every),
            dashed=dashed,
            optional=self._is_optional([first]),
            mark=self._mark([[copy] for copy in copies]),
            inside=self._inside(copies, scopes, depth) if self._deep else None,
        )

    def _under(self, names: Sequence[str], copies: Sequence[Member], *, is_dashed: bool) -> str:
        """What stands under the title of a closed scope."""
        first = copies[0]
        details = [] if "names" in self._options.without else list(names)
        if reduction := self._reduction(copies):
            details.append(f"/{reduction}")
        if first.weights:
            details.append("shared weights")
        if is_dashed and not self._formulas:
            details.append("training only")
        return self._named(clean(" · ".join(details), MAX_UNDER))

    def _mark(self, copies: Sequence[Sequence[Member]]) -> BoxMark:
        """In an inset that of all instances."""
        if self._formulas is None:
            return self._marks.of(copies)
        union = self._formulas.union
        instances = [
            [
                union.alike[member.path][place]
                for member in copy
                if place in union.alike[member.path]
            ]
            for copy in copies
            for place in union.alike[copy[0].path]
        ]
        mark = self._marks.of(instances, union.instances[0].path.count(".") + 1)
        around = self._marks.depiction(union.instances[0]).group or ""
        return replace(mark, group="") if mark.group == clean(around) else mark

    def _depiction(self, member: Member) -> Depiction:
        """What the spec says of it, in an inset of what it is in the first instance that has it."""
        if self._formulas is not None:
            member = next(iter(self._formulas.union.alike[member.path].values()))
        return self._marks.depiction(member)

    def _is_hidden(self, member: Member) -> bool:
        return self._depiction(member).hide

    def _shape(self, shape: object) -> str | None:
        """The text on a line."""
        return None if "shapes" in self._options.without else str(shape)

    def _is_ambiguous(self, scope: Scope) -> bool:
        """Whether another instance of the block elsewhere has the same number for a name."""
        alike = self._instances[scope.block or ""]
        return scope.name.isdigit() and sum(other.name == scope.name for other in alike) > 1

    def _inside(self, copies: Sequence[Member], scopes: Sequence[Scope], depth: int) -> Diagram:
        """What one sees of a closed leaf that is opened: its copies, or what is in the one."""
        if len(scopes) == 1:
            return self.diagram(scopes[0], depth + 1)
        return Series(tuple(self._closed([scope], depth + 1, True) for scope in scopes))

    def _opened(self, scope: Scope, depth: int) -> Frame:
        inside = self.diagram(scope, depth + 1)
        is_dashed = self._is_dashed([scope])
        return Frame(scope.path, self._over(scope), inside, 1, is_dashed, scope.output)

    @property
    def flattened(self) -> dict[str, str]:
        """Headings of the open scopes of the diagram that have no frame."""
        return {path: self._over(scope) for path, scope in self._boxes.flattened.items()}

    def _over(self, scope: Scope) -> str:
        """What stands over a scope that is open."""
        own = self._depiction(scope)
        words = (as_unicode(own.label) if own.label else _heading(scope), own.note)
        return self._named(SEPARATOR.join(clean(word, MAX_UNDER) for word in words if word))

    def _reduction(self, copies: Sequence[Member]) -> int | None:
        """2 of what halves the resolution, in an inset in all instances."""
        if self._formulas is None:
            return reduction(self._graph, copies)
        graph, alike = self._formulas.graph, self._formulas.union.alike[copies[0].path].values()
        found = {reduction(graph, [member]) for member in alike}
        return found.pop() if len(found) == 1 else None

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


# ---------------------------------------------------------------- members


def instances_of(graph: Graph) -> Mapping[str, Sequence[Scope]]:
    """Those of every block, by its name."""
    found: dict[str, list[Scope]] = defaultdict(list)
    for scope in graph.scopes.values():
        if scope.block:
            found[scope.block].append(scope)
    return found


def _title(own: str | None, usual: str) -> str:
    """What the spec says, as long as it is, or else what layers like it are called."""
    return clean(as_unicode(own)) if own else clean(usual, MAX_TITLE)


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


def _entry(scope: Scope, place: str, source: str) -> Leaf:
    """An input of a scope, with what feeds it; two that one layer feeds are one."""
    fed = zip(scope.inputs, scope.sources or scope.inputs, strict=False)
    names = [name for name, feed in fed if feed == source]
    around = scope.path.rpartition(".")[0]
    feed = source.removeprefix(f"{around}." if around else "").partition(".")[0]
    title, path = ", ".join(names) or feed, f"{place}.{names[0] if names else feed}"
    under = "" if title == feed else clean(feed, MAX_UNDER)
    role = Role.INPUT.value
    return Leaf(path, clean(title, MAX_TITLE), under, role, output=source, feed=source)


def _is_block(part: Diagram) -> bool:
    """Whether what feeds several of its inputs is one line."""
    return isinstance(part, Leaf) and part.role == "block"


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
            return replace(part, side_branches=(*part.side_branches, branch))
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
