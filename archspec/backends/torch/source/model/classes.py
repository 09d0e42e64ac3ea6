"""Which scopes share a printed class, and what its constructor's parameters are."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, final

from archspec.backends.torch.source.model.functions import printed_functions
from archspec.backends.torch.source.model.parameters import extract_parameters
from archspec.backends.torch.source.model.templates import (
    FilledTemplate,
    Pattern,
    TemplateReader,
    reading_from,
    slot_count,
)
from archspec.backends.torch.source.names import (
    CONSTRUCTOR,
    IMPORTED,
    PYTHON,
    free_name,
    module_names,
)
from archspec.backends.torch.source.tree import (
    InstanceItem,
    Item,
    LayerItem,
    LoopItem,
    Parameter,
    PrintedClass,
    Reference,
    ReuseItem,
    SequentialItem,
    SharedItem,
    Slot,
    TapItem,
    Template,
)
from archspec.graph import Graph, Scope

PROPER_NAMES: Final = {"googlenet": "GoogLeNet", "deeplabv3_resnet50": "DeepLabV3ResNet50"}
"""Names of networks that no rule spells right."""
PROPER_WORDS: Final = {"convnext": "ConvNeXt"}
"""Words in them."""


Member = tuple[Scope, FilledTemplate]

_NEVER_OPTIONAL: Final = (LoopItem, ReuseItem, SharedItem, TapItem)


@final
class Classes:
    """The printed classes of a graph."""

    def __init__(
        self,
        graph: Graph,
        in_place: frozenset[str],
        symbols: Collection[str],
    ) -> None:
        self._of_scope: dict[str, PrintedClass] = {}
        self._position: dict[str, int] = {}
        self.names = {*module_names(graph)}
        """Names at the top of the source."""
        self._numbers: dict[str, int] = {}
        root_name = self._unique(class_name(graph.name) or "Network")
        self.functions, of_layer = printed_functions(graph, in_place, symbols, self.names)
        self.names |= {function.name for function in self.functions}
        self._reader = TemplateReader(
            self._of_scope, self._arguments, in_place, symbols, of_layer, graph
        )
        for group in _groups(graph.root):
            self._make(group)
        numbered = all(child.name.isdigit() for child in graph.root.children)
        reading = self._reader.read(graph.root, "runs" if numbered else "plain")
        assert reading is not None
        self.root = self._printed(root_name, [(graph.root, reading)], {})

    def in_order(self) -> Iterator[PrintedClass]:
        """Every class after those that it holds, the root last."""
        seen: set[int] = set()

        def walk(printed: PrintedClass) -> Iterator[PrintedClass]:
            if id(printed) not in seen:
                seen.add(id(printed))
                for inner in _held(printed.template.items):
                    yield from walk(inner)
                yield printed

        yield from walk(self.root)

    def _arguments(self, scope: Scope) -> list[Slot]:
        """What a scope gives to the constructor of its class."""
        printed, position = self._of_scope[scope.path], self._position[scope.path]
        return [
            Slot(parameter.values[position], parameter.name, scope.name, parameter.category)
            for parameter in printed.parameters
        ]

    def _make(self, group: Sequence[Scope]) -> None:
        """The classes of scopes that may share one: a block's instances, or stages."""
        readings = self._told_alike(group)
        if group[0].block is None and not _share_a_class(group, readings):
            return
        name = group[0].block or _inline_name(group[0])
        for members, optional in _merged(list(zip(group, readings, strict=True))):
            printed = self._printed(self._unique(name), members, optional)
            for position, (scope, _) in enumerate(members):
                self._of_scope[scope.path] = printed
                self._position[scope.path] = position

    def _told_alike(self, group: Sequence[Scope]) -> list[FilledTemplate]:
        """The scopes read by the pattern that makes the most of them alike."""
        best: list[FilledTemplate] = []
        patterns: tuple[Pattern, ...] = ("uniform", "head", "runs")
        for pattern in patterns if len(group) > 1 else patterns[-1:]:
            readings = [self._reader.read(scope, pattern) for scope in group]
            found = [reading for reading in readings if reading is not None]
            if len(found) == len(group) and (not best or _variety(found) < _variety(best)):
                best = found
        return best

    def _printed(
        self, name: str, members: list[Member], optional: Mapping[str, Reference]
    ) -> PrintedClass:
        """The class of some scopes, its parameters named so that they hide nothing of the source."""
        template = max((reading.template for _, reading in members), key=lambda t: len(t.items))
        scopes = tuple(scope for scope, _ in members)
        columns = [
            tuple(column) for column in zip(*(reading.slots for _, reading in members), strict=True)
        ]
        reserved = CONSTRUCTOR | self.names
        terms, parameters = extract_parameters(
            columns, [scope.arguments for scope in scopes], reserved
        )
        together: dict[tuple[bool, ...], list[str]] = {}
        for item in optional:
            present = tuple(_has(scope, item) for scope in scopes)
            together.setdefault(present, []).append(item)
        flags: dict[str, str] = {}
        for present, items in together.items():
            flag = _flag(items, reserved | {parameter.name for parameter in parameters})
            default = sum(present) * 2 > len(present)
            parameters = (*parameters, Parameter(flag, "bool", "present", present, default, True))
            flags |= dict.fromkeys(items, flag)
        return PrintedClass(name, template, scopes, terms, parameters, flags)

    def _unique(self, name: str) -> str:
        candidate = name
        while candidate in self.names or candidate in PYTHON:
            self._numbers[name] = self._numbers.get(name, 1) + 1
            candidate = f"{name}{self._numbers[name]}"
        self.names.add(candidate)
        return candidate


def _share_a_class(group: Sequence[Scope], readings: Sequence[FilledTemplate]) -> bool:
    """Whether inline scopes get a class: lists only if they are the stages of a network."""
    templates = [reading.template for reading in readings]
    if not all(template.is_chain and template.numbered for template in templates):
        return True
    (first, *others) = templates
    stages = any(
        isinstance(item, LoopItem) and isinstance(item.item, InstanceItem | SequentialItem)
        for item in first.items
    )
    names = {scope.name for scope in group}
    longest = max(len(scope.children) for scope in group)
    return (
        stages
        and all(template == first for template in others)
        and (len(names) > 2 or (len(names) > 1 and longest > 2))
    )


def _variety(readings: Sequence[FilledTemplate]) -> int:
    return len({reading.template for reading in readings})


def _held(items: Sequence[Item]) -> Iterator[PrintedClass]:
    for item in items:
        if isinstance(item, InstanceItem | SharedItem) and item.printed is not None:
            yield item.printed
        elif isinstance(item, SequentialItem):
            yield from _held(item.items)
        elif isinstance(item, LoopItem):
            yield from _held([item.item])


_GroupKey = tuple[str, ...]


def _groups(root: Scope) -> list[list[Scope]]:
    """The scopes that may share a class, each group after those inside its members: instances of
    one block, and inline scopes that differ in a number only (layer1, layer2, ...)."""
    members: dict[_GroupKey, list[Scope]] = {}
    inside: dict[_GroupKey, set[_GroupKey]] = defaultdict(set)
    keys: dict[str | None, _GroupKey] = {}

    def walk(scope: Scope, parent: _GroupKey) -> None:
        for child in scope.children:
            if isinstance(child, Scope) and child.weights in keys:
                inside[parent].add(keys[child.weights])
            if isinstance(child, Scope) and child.weights is None:
                key = keys[child.path] = (
                    (child.block,) if child.block else (*parent, _stem(child.name))
                )
                members.setdefault(key, []).append(child)
                inside[parent].add(key)
                walk(child, key)

    walk(root, ("",))
    ordered: dict[_GroupKey, None] = {}
    open_keys: set[_GroupKey] = set()

    def visit(key: _GroupKey) -> None:
        if key in ordered or key in open_keys:
            return
        open_keys.add(key)
        for inner in sorted(inside[key]):
            visit(inner)
        ordered[key] = None

    visit(("",))
    return [members[key] for key in ordered if key in members]


def _merged(members: list[Member]) -> list[tuple[list[Member], dict[str, Reference]]]:
    """The members by template; one that only lacks items of another takes that one, with
    the missing items as options."""
    by_template: dict[Template, list[Member]] = {}
    for scope, reading in members:
        by_template.setdefault(reading.template, []).append((scope, reading))
    merged: list[tuple[Template, list[Member], dict[str, Reference]]] = []
    for template in sorted(by_template, key=lambda t: -len(t.items)):
        for base, base_members, optional in merged:
            missing = _contracted(base, template)
            if missing is not None:
                optional.update(missing)
                base_members += [
                    (scope, _expanded(base, reading, frozenset(missing)))
                    for scope, reading in by_template[template]
                ]
                break
        else:
            merged.append((template, list(by_template[template]), {}))
    order = {scope.path: k for k, (scope, _) in enumerate(members)}
    found = [
        (sorted(group, key=lambda member: order[member[0].path]), optional)
        for _, group, optional in merged
    ]
    return sorted(found, key=lambda entry: order[entry[0][0][0].path])


def _contracted(base: Template, small: Template) -> dict[str, Reference] | None:
    """The items of ``base`` whose removal makes it ``small``, and what they read; else None."""
    if base.inputs != small.inputs or base.numbered or small.numbered:
        return None
    names = {item.name: k for k, item in enumerate(small.items)}
    places: dict[int, Reference] = {}
    missing: dict[str, Reference] = {}

    def moved(reference: Reference) -> Reference:
        return places[reference[1]] if reference[0] == "item" else reference

    for k, item in enumerate(base.items):
        references = tuple(moved(reference) for reference in item.references)
        if item.name in names:
            here = names[item.name]
            same = reading_from(item, *references)
            if same != small.items[here]:
                return None
            places[k] = ("item", here)
        else:
            if len(references) != 1 or isinstance(item, _NEVER_OPTIONAL):
                return None
            if isinstance(item, LayerItem) and (not item.is_module or item.tensor):
                return None
            missing[item.name] = item.references[0]
            places[k] = references[0]
    if base.ties != small.ties:
        return None
    if len(base.items) - len(missing) != len(small.items):
        return None
    given = tuple(map(moved, (base.output, *base.taps)))
    return missing if given == (small.output, *small.taps) else None


def _expanded(base: Template, reading: FilledTemplate, missing: frozenset[str]) -> FilledTemplate:
    """The values of an instance without some items, as values of the whole template."""
    slots: list[Slot] = []
    given = iter(reading.slots)
    for item in base.items:
        for _ in range(slot_count(item)):
            if item.name in missing:
                slots.append(Slot(None, "", item.name, ""))
            else:
                slots.append(next(given))
    return FilledTemplate(base, tuple(slots))


def _flag(items: Sequence[str], taken: Collection[str]) -> str:
    """A name for the parameter that says whether some items are there: that of the only one, or
    what the names of all end in (``dropblock2d`` of ``relu1_dropblock2d``)."""
    ends = {item.rstrip("0123456789").rpartition("_")[2] for item in items}
    name = items[0] if len(items) == 1 or len(ends) > 1 else min(ends)
    return free_name([name, f"has_{items[0]}"], taken)


def _has(scope: Scope, item: str) -> bool:
    return any(child.name == item for child in scope.children)


def _stem(name: str) -> str:
    """A name without the number at its end; the numbers of a list have an empty stem."""
    return name.rstrip("0123456789_")


def _inline_name(scope: Scope) -> str:
    """A class name for an inline scope: its own name, or that of the list it stands in."""
    own = class_name(_stem(scope.name))
    around = scope.path.rpartition(".")[0].rpartition(".")[2]
    return own or f"{class_name(_stem(around))}Part"


def class_name(name: str) -> str:
    """CamelCase of a network's or scope's name: resnet50 -> ResNet50, dense_block -> DenseBlock."""
    if name in PROPER_NAMES:
        return PROPER_NAMES[name]
    words = [word for word in re.split(r"[^A-Za-z0-9]+", name) if word]
    spelled = []
    for word in words:
        if word in PROPER_WORDS:
            spelled.append(PROPER_WORDS[word])
            continue
        letters = re.match(r"[A-Za-z]*", word)
        assert letters is not None
        start, rest = letters[0], word[len(letters[0]) :]
        if start and not re.search("[aeiouy]", start.lower()):
            start = start.upper()
        elif start.endswith("net") and len(start) > 3:
            start = f"{_camel(start[:-3])}Net"
        else:
            start = _camel(start)
        spelled.append(start + rest)
    joined = "".join(spelled)
    return joined if joined[:1].isalpha() and joined not in IMPORTED | PYTHON else ""


def _camel(word: str) -> str:
    return word[:1].upper() + word[1:]
