"""What a figure shows of a network: its diagram, and an inset for every block in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, final

from archspec.diagnostics import failure, near
from archspec.figures.diagram import Diagram, Frame, Leaf, Series, leaves
from archspec.figures.formulas import Formulas
from archspec.figures.labels import Label, clean, joined, span
from archspec.figures.options import DEFAULTS, Options
from archspec.figures.series_parallel import BEGIN, composed
from archspec.graph import Graph, Node, Scope
from archspec.op import Role
from archspec.structure import Member, Signatures, repeated_block, run

MAX_TITLE: Final = 34
MAX_UNDER: Final = 42
"""Characters of the two lines in a box."""
MAX_TOLD: Final = 5
"""Layers in one box."""
CIRCLES: Final = {"Add": "+", "Multiply": "×"}

Unit = tuple[Member, ...]
"""One scope, or a layer with what is told with it."""


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


def outline(graph: Graph, options: Options = DEFAULTS, *, deep: bool = False) -> Outline:
    """The folded network. With ``deep``, closed leaves hold what one sees when they are opened.

    Raises SpecError if the options name a scope that there is not.
    """
    for path in (*options.open, *options.close):
        if path not in graph.scopes or not path:
            message = f"'{graph.name}' has no scope '{clean(path)}'"
            known = [name for name in graph.scopes if name]
            help = near(path, known) or "'archspec show' tells its layers"
            raise failure("cannot-draw", message, help=help)
    outliner = Outliner(graph, options, deep=deep)
    diagram = outliner.diagram(graph.root, 0)
    return Outline(graph, diagram, () if deep else tuple(outliner.insets(diagram)))


@final
@dataclass(frozen=True, slots=True)
class _Stretch:
    """Units that are drawn once for all of their copies."""

    copies: tuple[tuple[Unit, ...], ...]

    @property
    def members(self) -> Iterator[Member]:
        return (member for copy in self.copies for unit in copy for member in unit)


@final
class Outliner:
    """Walks the scopes of one graph."""

    def __init__(self, graph: Graph, options: Options, *, deep: bool = False) -> None:
        self._graph = graph
        self._options = options
        self._deep = deep
        self._signatures = Signatures()
        self._outputs = frozenset(output.source for output in graph.outputs)
        self._joins = options.style != "full"
        self._instances: dict[str, list[Scope]] = defaultdict(list)
        """Those of every block, by its name."""
        for scope in graph.scopes.values():
            if scope.kind:
                self._instances[scope.kind].append(scope)

    # ---------------------------------------------------------------- scopes

    def diagram(self, scope: Scope, depth: int, formulas: Formulas | None = None) -> Diagram:
        """What is inside of a scope, its inputs not drawn."""
        members = list(self._members(scope, depth))
        stretches = self._stretches(members, depth, formulas)
        parts = [self._part(stretch, depth, formulas) for stretch in stretches]
        if not depth and scope is self._graph.root:
            inputs = [_input(node) for node in self._graph.inputs]
            parts = [*inputs, *parts]
            owners = {leaf.path: k for k, leaf in enumerate(inputs)}
        else:
            owners = {}
        first = len(owners)
        for k, stretch in enumerate(stretches, start=first):
            owners.update((member.path, k) for member in stretch.members)
        reads: list[list[int]] = [[] for _ in range(first)] + [
            [_owner(source, owners) for source in _read(stretch.copies[0])] for stretch in stretches
        ]
        return self._composed(scope, parts, reads, owners, is_inset=formulas is not None)

    def _composed(
        self,
        scope: Scope,
        parts: list[Diagram],
        reads: list[list[int]],
        owners: Mapping[str, int],
        *,
        is_inset: bool,
    ) -> Diagram:
        ends = self._ends(scope, owners)
        read = {source for sources in reads for source in sources}
        hung = set() if is_inset else self._hang(parts, reads, ends)
        kept = [k for k in range(len(parts)) if k not in hung]
        place = {k: number for number, k in enumerate(kept)} | {BEGIN: BEGIN}
        loose = [k for k in kept if k not in read]
        return composed(
            [parts[k] for k in kept],
            [[place[source] for source in reads[k]] for k in kept],
            dict.fromkeys(place[k] for k in (*ends, *loose) if k in place),
        )

    def _ends(self, scope: Scope, owners: Mapping[str, int]) -> list[int]:
        """Parts whose output the scope gives; of the network all outputs."""
        if scope is not self._graph.root:
            return [_owner(scope.output, owners)]
        sources = [out.source for out in self._graph.outputs if not out.training_only]
        return [_owner(source, owners) for source in sources]

    def _hang(self, parts: list[Diagram], reads: list[list[int]], ends: list[int]) -> set[int]:
        """Hang branches that exist in training only below the one thing that they read; the
        indices of their parts."""
        hung: set[int] = set()
        for branch in _branches(parts, reads):
            anchors = {source for k in branch for source in reads[k]} - set(branch)
            if len(anchors) != 1 or anchors == {BEGIN} or set(branch) & set(ends):
                continue
            place = {k: number for number, k in enumerate(branch)}
            diagram = composed(
                [parts[k] for k in branch],
                [[place.get(source, BEGIN) for source in reads[k]] for k in branch],
                [len(branch) - 1],
            )
            (anchor,) = anchors
            holder = _with_hanging(parts[anchor], diagram)
            if holder is not None:
                parts[anchor] = holder
                hung.update(branch)
        return hung

    def _members(self, scope: Scope, depth: int) -> Iterator[Member]:
        """The children, where inline scopes without a picture of their own are taken apart."""
        for child in scope.children:
            if isinstance(child, Scope) and self._is_apart(child):
                yield from self._members(child, depth)
            else:
                yield child

    def _is_apart(self, scope: Scope) -> bool:
        if scope.path in self._options.close or scope.path in self._options.open:
            return False
        if self._options.style in ("full", "blocks"):
            return True
        if scope.kind is None:
            return not self._is_stage(scope)
        return self._is_lone(scope)

    def _is_lone(self, scope: Scope) -> bool:
        """Whether one box tells all of a scope: a convolution with what follows it."""
        nodes = [child for child in scope.children if isinstance(child, Node)]
        if len(nodes) < len(scope.children) or len(nodes) > MAX_TOLD or not self._joins:
            return False
        return len(self._units(nodes)) == 1 and scope.output == nodes[-1].path

    def _is_stage(self, scope: Scope) -> bool:
        """A chain of at least two instances of one block."""
        block = repeated_block(scope)
        return (
            self._options.fold
            and block is not None
            and block[1] > 1
            and isinstance(scope.children[0], Scope)
            and not self._is_lone(scope.children[0])
            and self._is_chain(scope.children)
            and scope.output == _output(scope.children[-1])
        )

    def _opens(self, scope: Scope, depth: int) -> bool:
        if scope.path in self._options.open:
            return True
        if scope.path in self._options.close:
            return False
        return depth < (self._options.depth or 0)

    # ---------------------------------------------------------------- units and stretches

    def _units(self, members: Sequence[Member]) -> list[Unit]:
        units: list[list[Member]] = []
        for member in members:
            if units and self._joins and self._follows(member, units[-1]):
                units[-1].append(member)
            else:
                units.append([member])
        return [tuple(unit) for unit in units]

    def _follows(self, member: Member, unit: Sequence[Member]) -> bool:
        """Whether a layer is told in the box of the one that it alone reads."""
        previous = unit[-1]
        if not isinstance(member, Node) or not isinstance(previous, Node):
            return False
        if member.sources != (previous.path,) or not self._is_read_once(previous.path):
            return False
        if (member.path in self._graph.training_only) != (
            previous.path in self._graph.training_only
        ):
            return False
        head, role = unit[0].op.role if isinstance(unit[0], Node) else None, member.op.role
        if head is Role.MERGE:
            return False
        if role in (Role.NORM, Role.ACTIVATION):
            return previous.op.role in (Role.CONV, Role.LINEAR, Role.NORM)
        return role is Role.DROP or (role is Role.SHAPE and member.kind in ("Flatten", "Identity"))

    def _is_read_once(self, path: str) -> bool:
        return len(self._graph.readers[path]) == 1 and path not in self._outputs

    def _stretches(
        self, members: Sequence[Member], depth: int, formulas: Formulas | None
    ) -> list[_Stretch]:
        units = self._units(members)
        if not self._options.fold:
            return [_Stretch(((unit,),)) for unit in units]
        kinds: list[Hashable] = [self._kind_of(unit, depth) for unit in units]
        numbers: list[Hashable] = [self._number(unit, depth) for unit in units]
        if formulas is not None:
            everywhere = [formulas.values(_only_nodes(unit)) for unit in units]
            kinds = list(zip(kinds, everywhere, strict=True))
            numbers = list(zip(numbers, everywhere, strict=True))
        stretches: list[_Stretch] = []
        position = 0
        while position < len(units):
            stretch = self._chain(units, kinds, position, 1, by_size=True)
            if len(stretch.copies) == 1:
                stretch = self._chain(units, numbers, position, run(numbers, position)[0])
            stretches.append(stretch)
            position += len(stretch.copies) * len(stretch.copies[0])
        return stretches

    def _chain(
        self,
        units: Sequence[Unit],
        kinds: Sequence[Hashable],
        start: int,
        period: int,
        *,
        by_size: bool = False,
    ) -> _Stretch:
        """The copies that begin here and feed one the other; a single unit if there are none.
        With ``by_size``, one that changes the resolution begins anew."""
        copies = [tuple(units[start : start + period])]
        wanted = kinds[start : start + period]
        for place in range(start + period, len(units) - period + 1, period):
            copy = tuple(units[place : place + period])
            if kinds[place : place + period] != wanted or not self._continues(copies[-1], copy):
                break
            if by_size and self._reduction([copy[0][0]]):
                break
            copies.append(copy)
        return _Stretch(tuple(copies) if len(copies) > 1 else (tuple(units[start : start + 1]),))

    def _number(self, unit: Unit, depth: int) -> int:
        """Equal for equal units that may be told together; an open scope is told alone."""
        member = unit[0]
        if isinstance(member, Scope) and self._opens(member, depth):
            return -1 - id(member)
        return self._signatures.of_all(unit)

    def _kind_of(self, unit: Unit, depth: int) -> Hashable:
        """Equal for instances of a block, which are told together whatever their arguments."""
        member = unit[0]
        if not isinstance(member, Scope) or self._opens(member, depth):
            return self._number(unit, depth)
        if member.kind is None or self._is_stage(member):
            return self._number(unit, depth)
        return member.kind

    def _continues(self, previous: tuple[Unit, ...], copy: tuple[Unit, ...]) -> bool:
        """The copy reads the previous one and nothing else, and nothing else reads that."""
        end = _output(previous[-1][-1])
        inside = {member.path for unit in copy for member in unit}
        readers = self._graph.readers[end]
        members = [member for unit in copy for member in unit]
        before = [member for unit in previous for member in unit]
        return (
            set(_read(copy)) == {end}
            and end not in self._outputs
            and all(_is_inside(reader, inside) for reader in readers)
            and not self._is_tapped(members)
            and not self._is_tapped(before)
        )

    def _is_chain(self, members: Sequence[Member]) -> bool:
        pairs = pairwise(members)
        return all(self._continues(((first,),), ((second,),)) for first, second in pairs)

    def _is_tapped(self, members: Sequence[Member]) -> bool:
        """Whether something outside reads what is inside, and not the end."""
        paths = {member.path for member in members}
        end = _output(members[-1])
        nodes = (node for member in members for node in _nodes(member) if node.path != end)
        return any(
            node.path in self._outputs
            or any(not _is_inside(reader, paths) for reader in self._graph.readers[node.path])
            for node in nodes
        )

    # ---------------------------------------------------------------- parts

    def _part(self, stretch: _Stretch, depth: int, formulas: Formulas | None) -> Diagram:
        if len(stretch.copies[0]) > 1:
            return self._repeated(stretch, depth, formulas)
        copies = [copy[0] for copy in stretch.copies]
        return self._unit(copies, depth, formulas)

    def _repeated(self, stretch: _Stretch, depth: int, formulas: Formulas | None) -> Diagram:
        """Several units that repeat together: a frame around those of the first copy."""
        parts = [
            self._unit([copy[k] for copy in stretch.copies], depth, formulas, told=False)
            for k in range(len(stretch.copies[0]))
        ]
        copy = stretch.copies[0]
        owners = {member.path: k for k, unit in enumerate(copy) for member in unit}
        reads = [[_owner(source, owners) for source in _read((unit,))] for unit in copy]
        inside = composed(parts, reads, [len(parts) - 1])
        return Frame(copy[0][0].path, "", inside, len(stretch.copies))

    def _unit(
        self,
        copies: Sequence[Unit],
        depth: int,
        formulas: Formulas | None,
        *,
        told: bool = True,
    ) -> Diagram:
        """One unit for all of its copies."""
        first = copies[0][0]
        if isinstance(first, Node):
            return self._layers([_only_nodes(unit) for unit in copies], formulas, told)
        if self._opens(first, depth):
            return self._opened(first, depth, formulas)
        return self._closed([unit[0] for unit in copies], depth, told, formulas)

    def _layers(
        self, copies: Sequence[tuple[Node, ...]], formulas: Formulas | None, told: bool
    ) -> Leaf:
        first, last = copies[0], copies[-1]
        label = self._label(first, formulas)
        head, every = first[0], [node for unit in copies for node in unit]
        form = head.kind in CIRCLES and len(first) == 1
        shape = last[-1].output
        return Leaf(
            head.path,
            CIRCLES[head.kind] if form else clean(label.title, MAX_TITLE),
            "" if form else clean(label.under, MAX_UNDER),
            head.op.role.value,
            form="circle" if form else "box",
            count=len(copies) if told else 1,
            layers=tuple(node.path for node in every),
            output=last[-1].path,
            shape=str(shape) if shape != head.inputs[0] and formulas is None else None,
            params=sum(node.params for node in every),
            macs=sum(node.cost.macs for node in every),
            dashed=self._dashes(every, formulas),
        )

    def _label(self, unit: tuple[Node, ...], formulas: Formulas | None) -> Label:
        pytorch = self._options.labels == "pytorch"
        if formulas is None or pytorch:
            return joined(unit, pytorch=pytorch)
        return formulas.label(unit)

    def _dashes(self, nodes: Iterable[Node], formulas: Formulas | None) -> bool:
        """There in training only, or, in an inset, not in all instances."""
        paths = [node.path for node in nodes]
        if formulas is not None:
            return formulas.is_optional(paths[0])
        return bool(paths) and all(path in self._graph.training_only for path in paths)

    def _closed(
        self, copies: Sequence[Member], depth: int, told: bool, formulas: Formulas | None = None
    ) -> Leaf:
        scopes = [copy for copy in copies if isinstance(copy, Scope)]
        first, names = scopes[0], [scope.name for scope in scopes]
        path = first.path
        if len(scopes) == 1 and self._is_stage(first):
            names = [first.name]
            scopes = [child for child in first.children if isinstance(child, Scope)]
        every = [node for copy in copies for node in _nodes(copy)]
        kind = scopes[0].kind
        dashed = self._dashes(every, formulas)
        details = [_told_names(names, kind)] if kind else []
        if reduction := self._reduction(copies):
            details.append(f"/{reduction}")
        if first.weights:
            details.append("shared weights")
        if dashed and formulas is None:
            details.append("training only")
        last = _output(copies[-1])
        shape = self._graph.nodes[last].output
        is_told = shape != self._read_shape(first) and not dashed and formulas is None
        told_value = self._told_value(scopes) if formulas is None else ""
        return Leaf(
            path,
            clean(f"{kind}{told_value}" if kind else names[0], MAX_TITLE),
            clean(" · ".join(details), MAX_UNDER),
            "block",
            block=kind or "",
            count=len(scopes) if told else 1,
            layers=tuple(node.path for node in every),
            output=last,
            shape=str(shape) if is_told else None,
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
        kind = f" · {scope.kind}" if scope.kind else ""
        heading = clean(f"{scope.name}{kind}", MAX_UNDER)
        inside = self.diagram(scope, depth + 1, formulas)
        return Frame(scope.path, heading, inside, 1, self._dashes(scope.nodes(), None))

    def _read_shape(self, scope: Scope) -> object:
        return self._graph.nodes[scope.sources[0]].output if scope.sources else None

    def _reduction(self, copies: Sequence[Member]) -> int | None:
        """2 of what halves the resolution."""
        first = copies[0]
        source = self._graph.nodes[first.sources[0]].output if first.sources else None
        target = self._graph.nodes[_output(copies[-1])].output
        if source is None or not (source.is_map and target.is_map):
            return None
        for ratio in (2, 4, 8, 16, 32):
            if all(
                abs(before / ratio - after) < 1
                for before, after in zip(source.spatial, target.spatial, strict=True)
            ):
                return ratio if target.spatial != (1, 1) else None
        return None

    def _told_value(self, scopes: Sequence[Scope]) -> str:
        """`` 64``: the first parameter, if it is one number here and another number elsewhere."""
        if not scopes[0].arguments:
            return ""
        name, value = next(iter(scopes[0].arguments.items()))
        if type(value) is not int or any(scope.arguments.get(name) != value for scope in scopes):
            return ""
        everywhere = {scope.arguments.get(name) for scope in self._instances[scopes[0].kind or ""]}
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
        if scope.kind == name and leaf.count == 1:
            return leaf, [scope]
        inside = set(leaf.layers)
        return leaf, [
            instance for instance in self._instances[name] if next(instance.nodes()).path in inside
        ]


# ---------------------------------------------------------------- members


def _input(node: Node) -> Leaf:
    return Leaf(
        node.path,
        "image" if node.path == "input" and node.output.is_map else clean(node.name, MAX_TITLE),
        str(node.output),
        Role.INPUT.value,
        output=node.path,
    )


def _only_nodes(unit: Unit) -> tuple[Node, ...]:
    return tuple(member for member in unit if isinstance(member, Node))


def _nodes(member: Member) -> Iterator[Node]:
    if isinstance(member, Node):
        yield member
    else:
        yield from member.nodes()


def _output(member: Member) -> str:
    return member.output if isinstance(member, Scope) else member.path


def _read(copy: Iterable[Unit]) -> list[str]:
    """What some units read from outside, one entry an edge of the figure."""
    members = [member for unit in copy for member in unit]
    paths = {member.path for member in members}
    return [
        source
        for member in members
        for source in (
            dict.fromkeys(member.sources) if isinstance(member, Scope) else member.sources
        )
        if not _is_inside(source, paths)
    ]


def _is_inside(path: str, scopes: set[str]) -> bool:
    while path and path not in scopes:
        path = path.rpartition(".")[0]
    return bool(path)


def _owner(path: str, owners: Mapping[str, int]) -> int:
    while path and path not in owners:
        path = path.rpartition(".")[0]
    return owners.get(path, BEGIN)


def _is_dashed(part: Diagram) -> bool:
    if isinstance(part, Leaf | Frame):
        return part.dashed
    return isinstance(part, Series) and all(map(_is_dashed, part.parts))


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


def _with_hanging(part: Diagram, branch: Diagram) -> Diagram | None:
    """The same with a branch below the box that its line comes out of; None if there is no one."""
    if isinstance(part, Leaf):
        return replace(part, hanging=(*part.hanging, branch))
    if isinstance(part, Frame):
        inside = _with_hanging(part.inside, branch)
        return None if inside is None else replace(part, inside=inside)
    if isinstance(part, Series):
        last = _with_hanging(part.parts[-1], branch)
        return None if last is None else Series((*part.parts[:-1], last))
    return None


def _told_names(names: Sequence[str], kind: str | None) -> str:
    """``3a 3b`` of inception3a and inception3b that are Inceptions."""
    stem = (kind or "").lower()
    rests = [name[len(stem) :].lstrip("_") for name in names if name.lower().startswith(stem)]
    if stem and len(rests) == len(names) and all(rests):
        return " ".join(rests) if len(rests) <= 4 else f"{rests[0]} … {rests[-1]}"
    return span(list(names))
