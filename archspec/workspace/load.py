"""From what a user calls a network (a path, path:variant, a zoo name, -) to its graph."""

from __future__ import annotations

import math
import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar, final

from archspec.diagnostics import MIN_RATIO, Diagnostic, Label, SpecError, failure, near
from archspec.elaborate import elaborate
from archspec.elaborate.checks import IMAGE_CHANNELS
from archspec.elaborate.nodes import MAX_LAYERS
from archspec.frontends.yaml import MAX_BYTES, read
from archspec.graph import Graph
from archspec.language.expression import MAX_INTEGER
from archspec.language.model import File, Variant, validate
from archspec.language.program import (
    BlockText,
    Program,
    Written,
    block_name_mistakes,
    extended,
    original,
    overridden,
    with_input,
)
from archspec.text import Origin, Source, Span

MAX_DEPTH: Final = 16
"""Files that extend or import each other in a row."""
MAX_FILES: Final = 64
"""Files that one network is made of."""

Network = Graph | str | os.PathLike[str]
"""A network, or what ``load`` takes."""

_PACKAGE: Final = Path(__file__).parents[1]


def zoo_folder() -> Path:
    """Where the shipped specs are: beside the code, or above it in a checkout."""
    shipped = _PACKAGE / "specs"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "specs"


def load(
    reference: str | os.PathLike[str],
    /,
    *,
    input: Any = None,
    max_layers: int = MAX_LAYERS,
    **params: Any,
) -> Graph:
    """A network by path, ``path:variant``, zoo name, or ``-`` for standard input.

    ``params`` override the file's parameters and ``input`` its input shape:
    ``load("densenet121", depths=[6, 12, 32, 32])``. More than ``max_layers`` layers are refused.
    Raises SpecError.
    """
    if not isinstance(reference, str | os.PathLike):
        raise failure(
            "bad-value", f"a network cannot be {reference!r:.60}",
            help="a path, path.yaml:variant, a network of the zoo, or - for standard input",
        )  # fmt: skip
    return elaborate(program(os.fspath(reference), _settings(params), input), max_layers)


def loads(
    text: str,
    /,
    *,
    name: str = "<text>",
    input: Any = None,
    max_layers: int = MAX_LAYERS,
    **params: Any,
) -> Graph:
    """A network from the text of a spec: ``loads("archspec: 1\\n...", depth=3)``.

    ``name`` is what messages call the text. Files that it extends or imports are looked for in the
    working directory and the zoo. ``params``, ``input`` and ``max_layers`` are those of ``load``.
    Raises SpecError.
    """
    loader = _Loader(_here())
    found = loader.program(read(text, name), None)
    return elaborate(_with_overrides(found, _settings(params), input), max_layers)


def as_graph(network: Network) -> Graph:
    """A network that may be there or be loaded by its name. Raises SpecError."""
    return network if isinstance(network, Graph) else load(network)


def as_graphs(networks: Network | Iterable[Network]) -> list[Graph]:
    """One network or several, each there or to be loaded. Raises SpecError."""
    if isinstance(networks, str) or not isinstance(networks, Iterable):
        return [as_graph(networks)]
    found = [as_graph(network) for network in networks]
    if not found:
        raise failure("bad-value", "there is no network in an empty list")
    return found


def program(
    reference: str, settings: Mapping[str, Written[Any]] | None = None, input: Any = None
) -> Program:
    """The merged text of a network, with overrides."""
    if reference == "-":
        found = _Loader(_here()).program(_standard_input(), None)
    else:
        path, variant = find(reference)
        loader = _Loader(path.parent)
        found = loader.program(loader.file(path, _shown(path, reference)), variant)
    return _with_overrides(found, settings or {}, input)


def check_file(reference: str) -> int:
    """Compile a file and all its variants, and count them. Raises SpecError with all that is
    wrong."""
    if reference == "-":
        loader, source, variant = _Loader(_here()), _standard_input(), None
    else:
        path, variant = find(reference)
        loader = _Loader(path.parent)
        source = loader.file(path, _shown(path, reference))
    names = [variant] if variant is not None else [None, *loader.read(source).variants]
    mistakes: dict[Any, Diagnostic] = {}
    for name in names:
        try:
            elaborate(loader.program(source, name))
        except SpecError as error:
            for mistake in error.diagnostics:
                mistakes.setdefault(mistake.place, _in_variant(mistake, source, name))
    if mistakes:
        raise SpecError(list(mistakes.values()))
    return len(names)


def _in_variant(mistake: Diagnostic, source: Source, name: str | None) -> Diagnostic:
    """A mistake with the variant that it was found in, unless it shows that already."""
    if name is None:
        return mistake
    at = Origin(source) / "variants" / name
    lines = range(at.key.line, at.value.end_line + 1)
    shown = any(
        label.span.source is source and label.span.line in lines for label in mistake.labels
    )
    label = Label(at.key, f"in the variant '{name}'")
    return mistake if shown else replace(mistake, labels=(*mistake.labels, label))


def _standard_input() -> Source:
    """The spec that is given at standard input. Raises SpecError, also if that is closed."""
    if sys.stdin is None:
        raise failure("bad-file", "standard input cannot be read: it is closed")
    try:
        return read(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>")
    except OSError as error:
        raise _unreadable("standard input", error) from None


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise _unreadable("the folder that you are in", error) from None


def _unreadable(what: str, error: OSError, span: Span | None = None) -> SpecError:
    """The mistake of something that cannot be read, as the system tells it."""
    problem = (error.strerror or str(error)).lower()
    return failure("bad-file", f"{what} cannot be read: {problem}", span)


# Overrides.


def _with_overrides(found: Program, settings: Mapping[str, Written[Any]], input: Any) -> Program:
    if settings:
        found = overridden(found, settings)
    if input is not None:
        shape = _plain(input, "input")
        told = "x".join(map(str, shape)) if isinstance(shape, list) else str(shape)
        found = with_input(found, Written(shape, Origin(Source("--input", told, data=shape))))
    return found


def _settings(params: Mapping[str, Any]) -> dict[str, Written[Any]]:
    """Keyword arguments as settings."""
    return {
        name: Written(
            _plain(value, name), Origin(Source("argument", f"{name}={value}", data=value))
        )
        for name, value in params.items()
    }


def _plain(value: Any, name: str, depth: int = 0) -> Any:
    """A value as it could stand in a spec; tuples are lists. Raises SpecError for others."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple) and depth < MAX_DEPTH:
        return [_plain(item, name, depth + 1) for item in value]
    if isinstance(value, dict) and depth < MAX_DEPTH and all(isinstance(key, str) for key in value):
        return {key: _plain(item, name, depth + 1) for key, item in value.items()}
    raise failure(
        "bad-value", f"'{name}' cannot be {value!r:.60}",
        help="a value is a number, true or false, text, a list or a mapping of them",
    )  # fmt: skip


def note_on_input(shape: Sequence[int]) -> str | None:
    """What to say about a shape whose channels stand last, as in other libraries."""
    told = "x".join(map(str, shape))
    if len(shape) < 3 or shape[-1] not in IMAGE_CHANNELS or min(shape[:2]) <= max(IMAGE_CHANNELS):
        return None
    right = "x".join(map(str, (shape[-1], *shape[:-1])))
    return f"channels come first: {told} has {shape[0]} of them, {right} has {shape[-1]}"


def setting(text: str) -> tuple[str, Written[Any]]:
    """``name=value`` of a command line, the value as in YAML. Raises SpecError."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise failure("bad-value", f"'{text}' is not name=value", help="--set num_classes=10")
    source = read(f"value: {value.strip()}", "--set")
    if len(source.data) > 1:
        raise failure("bad-value", f"'{text}' has more than one value")
    shown = Source("--set", f"{name}={value}", data=source.data["value"])
    return name.strip(), Written(source.data["value"], Origin(shown))


def _shown(path: Path, reference: str) -> str:
    """A file's name in messages: as the user wrote it, or the plain name of a zoo file."""
    written = reference.partition(".yaml")[0] + ".yaml"
    return written if Path(written) == path else path.name


# Finding files.


def find(reference: str) -> tuple[Path, str | None]:
    """The file and the variant that a reference means. Raises SpecError."""
    whole = Path(reference)
    if reference.endswith((".yaml", ".yml")) and _exists(whole):
        return whole, None
    stem, _, variant = reference.rpartition(":")
    if stem.endswith((".yaml", ".yml")):
        if _exists(Path(stem)):
            return Path(stem), variant
        whole = Path(stem)
    if whole.suffix in (".yaml", ".yml") or os.sep in reference:
        raise failure("not-found", f"there is no file '{whole}'", help=_near_file(whole))
    found = zoo_names().get(reference)
    if found is None and stem:
        found = zoo_names().get(stem)
        if found is not None and found[1] is None:
            return found[0], variant
        found = None
    if found is None:
        raise failure(
            "not-found",
            f"there is no file or network of the zoo called '{reference}'",
            help=_near_network(reference),
        )
    return found


def _near_network(reference: str) -> str:
    """The networks that are surely meant, and the way to all of them."""
    meant = near(reference, zoo_names(), least=MIN_RATIO)
    way = "'archspec zoo' lists the networks that there are"
    return f"{meant} {way}" if meant else way


def _exists(path: Path) -> bool:
    """Whether there is a file; also if that is kept from us, which is told when it is read."""
    try:
        path.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):  # nothing, or a name that no file can have
        return False
    return True


def _near_file(path: Path) -> str | None:
    """What is called nearly like a file: a network of the zoo, or a file beside it."""
    if path.stem in zoo_names():
        return f"the network of the zoo is called '{path.stem}', without a suffix"
    return near(path.name, _specs_in(path.parent))


def _specs_in(folder: Path) -> list[str]:
    try:
        return sorted(file.name for file in folder.glob("*.y*ml"))
    except (OSError, ValueError):
        return []


_NAME_LINE: Final = re.compile(r"^name: *([A-Za-z0-9_]+) *$", re.MULTILINE)
_VARIANT_LINE: Final = re.compile(r"^  ([A-Za-z_][A-Za-z0-9_]*):", re.MULTILINE)


@lru_cache(maxsize=1)
def zoo_names() -> Mapping[str, tuple[Path, str | None]]:
    """Every network of the zoo by its bare name: file and variant, in the order of the files."""
    names: dict[str, tuple[Path, str | None]] = {}
    for path in sorted(zoo_folder().glob("*.yaml")):
        text = path.read_text("utf-8")
        own = _NAME_LINE.search(text)
        names.setdefault(own[1] if own else path.stem, (path, None))
        _, _, variants = text.partition("\nvariants:\n")
        for match in _VARIANT_LINE.finditer(variants):
            names.setdefault(match[1], (path, match[1]))
    return names


def networks(path: Path) -> Iterator[str | None]:
    """The variants of a file, and None for the file itself. Raises SpecError."""
    loader = _Loader(path.parent)
    yield None
    yield from loader.read(loader.file(path, str(path))).variants


T = TypeVar("T")


def published(path: Path) -> dict[str | None, dict[str, int | float | str]]:
    """What was published about a file's network (None) and its variants. Raises SpecError."""
    loader = _Loader(path.parent)
    file = loader.read(loader.file(path, str(path)))
    found: dict[str | None, dict[str, int | float | str]] = {None: file.published}
    found.update((name, variant.published) for name, variant in file.variants.items())
    return found


@final
class _Loader:
    """Reads a file and those it extends and imports, each once, inside one folder tree and the
    zoo."""

    def __init__(self, folder: Path) -> None:
        self.root = folder.resolve()
        self._chain: list[Path] = []
        self._sources: dict[Path, Source] = {}
        self._read: dict[Source, File] = {}
        self._blocks_of: dict[Source, dict[str, BlockText]] = {}

    def file(self, path: Path, name: str, span: Span | None = None) -> Source:
        """The document of a file. Raises SpecError if it cannot be read."""
        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                what = "is a folder" if stat.S_ISDIR(mode) else "is not a file"
                raise failure("bad-file", f"'{name}' {what}", span)
            real = path.resolve()
            if real not in self._sources:
                if len(self._sources) >= MAX_FILES:
                    raise failure("limit", f"more than {MAX_FILES} files for one network", span)
                with path.open("rb") as stream:
                    self._sources[real] = read(stream.read(MAX_BYTES + 1), name, path)
            return self._sources[real]
        except OSError as error:
            raise _unreadable(f"'{name}'", error, span) from None

    def read(self, source: Source) -> File:
        if source not in self._read:
            self._read[source] = validate(source)
        return self._read[source]

    def program(self, source: Source, variant: str | None, at: Origin | None = None) -> Program:
        """The program of a file or of one of its variants; ``at`` is where another file names it."""
        file, origin = self.read(source), Origin(source)
        imported = self._imports(file, origin)
        name = file.name or (source.path.stem if source.path else "network")
        if variant == name and variant not in file.variants:
            variant = None
        if file.extends is None:
            found = original(file, origin, name, imported)
        else:
            if file.layers is not None:
                raise failure(
                    "bad-extends", "a file that extends another one cannot have 'layers'",
                    Label((origin / "layers").key), Label((origin / "extends").key, "extends"),
                    help="change the base's layers with 'edits', or its 'blocks'",
                )  # fmt: skip
            base = self._base(file.extends, origin / "extends")
            found = extended(base, file, origin, name, imported)
        if variant is None:
            return found
        if variant not in file.variants:
            raise failure(
                "bad-variant", f"'{source.name}' has no variant '{variant}'",
                at.value if at else (origin / "variants").key,
                help=near(variant, file.variants)
                or f"it has {', '.join(file.variants) or 'none'}",
            )  # fmt: skip
        text, at = file.variants[variant], origin / "variants" / variant
        if text.extends is not None:
            found = self._base(text.extends, at / "extends")
        return extended(found, text, at, text.name or variant, self._imports(text, at))

    def _base(self, reference: str, at: Origin) -> Program:
        path, variant = self._inside(reference, at)
        return self._nested(path, at, lambda source: self.program(source, variant, at))

    def _imports(self, text: Variant, origin: Origin) -> dict[str, BlockText]:
        """The blocks of the files that a file imports."""
        blocks: dict[str, BlockText] = {}
        for k, reference in enumerate(text.imports):
            at = origin / "import" / k
            path, variant = self._inside(reference, at)
            if variant is not None:
                raise failure("bad-import", "a file is imported, not a variant", at.value)
            for name, block in self._nested(path, at, self._blocks).items():
                if name in blocks or name in text.blocks:
                    other = blocks[name].origin if name in blocks else origin / "blocks" / name
                    raise failure(
                        "bad-import", f"two blocks are called '{name}'",
                        Label(at.value, f"has a block {name}"), Label(other.key, "the other one"),
                    )  # fmt: skip
                blocks[name] = block
        return blocks

    def _blocks(self, source: Source) -> dict[str, BlockText]:
        """The blocks of a file and of those that it imports."""
        if source not in self._blocks_of:
            file, origin = self.read(source), Origin(source)
            if mistakes := block_name_mistakes(file, origin):
                raise SpecError(mistakes)
            own = {
                name: BlockText(block, origin / "blocks" / name, imported=True)
                for name, block in file.blocks.items()
            }
            self._blocks_of[source] = {**self._imports(file, origin), **own}
        return self._blocks_of[source]

    def _nested(self, path: Path, at: Origin, use: Callable[[Source], T]) -> T:
        """Use a file that another one names, unless that leads in a circle."""
        real = path.resolve()
        here = at.source.path.resolve() if at.source.path else None
        if real in self._chain or real == here:
            raise failure("bad-extends", f"'{path.name}' leads back to itself", at.value)
        if len(self._chain) >= MAX_DEPTH:
            raise failure("limit", f"more than {MAX_DEPTH} files in a row", at.value)
        self._chain.append(here or real)
        try:
            return use(self.file(path, path.name, at.value))
        finally:
            self._chain.pop()

    def _inside(self, reference: str, at: Origin) -> tuple[Path, str | None]:
        """The file that a spec names: beside it, or in the zoo; nowhere else."""
        stem, _, variant = reference.partition(":")
        here = at.source.path.parent if at.source.path else self.root
        if not self._is_inside(here / stem):
            raise failure(
                "bad-file", f"'{stem}' is outside of the spec's folder", at.value,
                help="a spec can read only files in its own folder tree and in the zoo",
            )  # fmt: skip
        for path in (here / stem, zoo_folder() / stem):
            if path.suffix in (".yaml", ".yml") and _exists(path) and self._is_inside(path):
                return path, variant or None
        if reference in zoo_names():
            return zoo_names()[reference]
        folder = Path(stem).parent
        files = [str(folder / name) for name in _specs_in(here / folder)]
        raise failure(
            "not-found", f"there is no file '{stem}' here or in the zoo", at.value,
            help=near(stem, [*files, *zoo_names()])
            or "files are named with their suffix, from the folder of the spec",
        )  # fmt: skip

    def _is_inside(self, path: Path) -> bool:
        try:
            real = path.resolve()
        except (OSError, RuntimeError, ValueError):  # links in a circle
            return False
        return real.is_relative_to(self.root) or real.is_relative_to(zoo_folder().resolve())
