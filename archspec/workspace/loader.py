"""From a file to a network's program: with what it extends and imports, and its variant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar, final

from archspec.diagnostics import Label, SpecError, failure, near
from archspec.language.model import File, Variant
from archspec.language.program import (
    BlockText,
    Param,
    Program,
    base_program,
    block_name_diagnostics,
    brought,
    extend,
    library,
    nets_in,
    read_params,
    written_params,
)
from archspec.text import Origin, Source, Span
from archspec.workspace.documents import Documents
from archspec.workspace.locate import (
    SUFFIXES,
    Location,
    candidates,
    exists,
    is_inside,
    specs_in,
    zoo_folder,
    zoo_names,
)

MAX_DEPTH: Final = 16
"""Files that extend or import each other in a row."""
MAX_FILES: Final = 64
"""Files that one network is made of."""

T = TypeVar("T")


@final
class Loader:
    """Makes the programs of the files in one folder tree and the zoo; others cannot be named."""

    def __init__(self, documents: Documents, folder: Path) -> None:
        self._documents = documents
        self._root = folder.resolve()
        self._folders = (self._root, zoo_folder().resolve())
        self._chain: list[Path] = []
        """The files that name each other down to the one at hand, to notice a circle."""
        self._open_variants: list[tuple[Source, str]] = []
        """The variants that extend each other down to the one at hand."""
        self._sources: dict[Path, Source] = {}
        self._named: set[Path] = set()
        """The files of the network at hand."""
        self._parts: dict[tuple[Source, str], Program] = {}
        """The networks that are parts of others, by the file that names them and as it does."""
        self._wholes: dict[tuple[Source, tuple[Path, ...]], Program] = {}
        self._blocks_of: dict[Source, dict[str, BlockText]] = {}

    def source(self, path: Path, name: str, span: Span | None = None) -> Source:
        """The document of a file, counted. Raises SpecError if it cannot be read."""
        real = path.resolve()
        if real not in self._named and len(self._named) >= MAX_FILES:
            raise failure("limit", f"more than {MAX_FILES} files for one network", at=span)
        self._named.add(real)
        if real not in self._sources:
            self._sources[real] = self._documents.source(path, name, span)
        return self._sources[real]

    def network(self, source: Source, variant: str | None) -> Program:
        """The program of a network that a user asks for."""
        self._named = {source.path.resolve()} if source.path else set()
        return replace(self._program(source, variant), parts={**self._parts})

    def _program(self, source: Source, variant: str | None, at: Origin | None = None) -> Program:
        """The program of a file or of one of its variants; ``at`` is where another file names it."""
        file, origin = self._documents.file(source), Origin(source)
        name = file.name or (source.path.stem if source.path else "network")
        key = source, tuple(self._chain)  # a circle shows only in the chain that leads here
        if key not in self._wholes:
            self._wholes[key] = self._whole(file, origin, name)
        whole = self._wholes[key]
        if variant is None or (variant == name and variant not in file.variants):
            return whole
        if variant not in file.variants:
            raise failure(
                "bad-variant",
                f"'{source.name}' has no variant '{variant}'",
                at=at.value if at else (origin / "variants").key,
                help=near(variant, file.variants) or f"it has {', '.join(file.variants) or 'none'}",
            )
        text, place = file.variants[variant], origin / "variants" / variant
        self._read_parts(place)
        base = whole
        if text.extends is not None:
            base = self._base_of_variant(source, variant, text.extends, place / "extends")
        return extend(base, text, place, text.name or variant, self._imports(text, place))

    def _whole(self, file: File, origin: Origin, name: str) -> Program:
        """The program of a file as such."""
        self._read_parts(origin)
        imported = self._imports(file, origin)
        if file.extends is None:
            return base_program(file, origin, name, imported)
        if file.layers is not None:
            raise failure(
                "bad-extends",
                "a file that extends another one cannot have 'layers'",
                at=(origin / "layers").key,
                also=[Label((origin / "extends").key, "extends")],
                help="change the base's layers with 'edits', or its 'blocks'",
            )
        base = self._base(file.extends, origin / "extends")
        return extend(base, file, origin, name, imported)

    def _base(self, reference: str, at: Origin) -> Program:
        path, variant = self._locate(reference, at)
        return self._nested(path, at, lambda source: self._program(source, variant, at))

    def _base_of_variant(self, source: Source, variant: str, reference: str, at: Origin) -> Program:
        """What a variant extends: another one of its file, its file, or another file."""
        variants = self._documents.file(source).variants
        stem, _, name = reference.partition(":")
        is_sibling = reference in variants and reference != variant
        if not is_sibling and not self._is_file(source, stem):
            return self._base(reference, at)
        place = source, variant
        if place in self._open_variants:
            raise failure("bad-extends", f"'{variant}' leads back to itself", at=at.value)
        self._open_variants.append(place)
        try:
            return self._program(source, reference if is_sibling else name or None, at)
        finally:
            self._open_variants.pop()

    def _is_file(self, source: Source, stem: str) -> bool:
        """Whether a spec names itself."""
        path = source.path
        return path is not None and stem.endswith(SUFFIXES) and path.parent / stem == path

    def _read_parts(self, at: Origin) -> None:
        """Make the programs of the networks that a text names as parts."""
        for place in nets_in(at):
            path, variant = self._locate(place.raw, place)
            use = partial(self._program, variant=variant, at=place)
            self._parts[place.source, place.raw] = self._nested(path, place, use)

    def _imports(self, text: Variant, origin: Origin) -> dict[str, BlockText]:
        """The blocks of the files that a file imports."""
        blocks: dict[str, BlockText] = {}
        for k, reference in enumerate(text.imports):
            at = origin / "import" / k
            path, variant = self._locate(reference, at)
            if variant is not None:
                raise failure(
                    "bad-import", "only a whole file can be imported, not a variant", at=at.value
                )
            for name, block in self._nested(path, at, self._blocks).items():
                if name in blocks and blocks[name].origin == block.origin:
                    blocks[name] = _by_two_ways(blocks[name], block)
                    continue
                if name in blocks or name in text.blocks:
                    other = blocks[name].origin if name in blocks else origin / "blocks" / name
                    raise failure(
                        "bad-import",
                        f"two blocks are called '{name}'",
                        at=Label(at.value, f"has a block {name}"),
                        also=[Label(other.key, "the other one")],
                    )
                blocks[name] = block
        own = written_params(text, origin)
        return {name: _with_params(block, own) for name, block in blocks.items()}

    def _blocks(self, source: Source) -> dict[str, BlockText]:
        """The blocks of a file and of those that it imports."""
        if source not in self._blocks_of:
            file, origin = self._documents.file(source), Origin(source)
            if diagnostics := block_name_diagnostics(file, origin):
                raise SpecError(diagnostics)
            if file.blocks:
                self._read_parts(origin / "blocks")
            imported = self._imports(file, origin)
            params = {**written_params(file, origin), **brought(imported, file.params)}
            own = {
                name: BlockText(
                    block,
                    origin / "blocks" / name,
                    read_params(source.data["blocks"][name], params),
                )
                for name, block in file.blocks.items()
            }
            self._blocks_of[source] = {**imported, **own}
        return self._blocks_of[source]

    def library(self, source: Source) -> Program:
        """The blocks of a file that has no network."""
        file, origin = self._documents.file(source), Origin(source)
        self._read_parts(origin)
        whole = library(file, origin, source.name, self._imports(file, origin))
        return replace(whole, parts={**self._parts})

    def _nested(self, path: Path, at: Origin, use: Callable[[Source], T]) -> T:
        """Use a file that another one names, unless that leads in a circle."""
        real = path.resolve()
        here = at.source.path.resolve() if at.source.path else None
        if real in self._chain or real == here:
            raise self._circle(real, here or real, at)
        if len(self._chain) >= MAX_DEPTH:
            raise failure("limit", f"more than {MAX_DEPTH} files in a row", at=at.value)
        self._chain.append(here or real)
        try:
            return use(self.source(path, path.name, at.value))
        finally:
            self._chain.pop()

    def _circle(self, real: Path, here: Path, at: Origin) -> SpecError:
        """The error for a file that leads back to itself."""
        if at.route[-1] != "net":
            return failure("bad-extends", f"'{real.name}' leads back to itself", at=at.value)
        chain = [*self._chain, here]
        names = [path.name for path in (*chain[chain.index(real) :], real)]
        return failure(
            "bad-net",
            f"a network cannot be a part of itself: {' → '.join(names)}",
            at=at.value,
            help="what both need goes into a file of its own",
        )

    def _locate(self, reference: str, at: Origin) -> Location:
        """The file that a spec names: beside it, or in the zoo; nowhere else."""
        stem = reference.partition(":")[0]
        here = at.source.path.parent if at.source.path else self._root
        if not self._is_inside(here / stem):
            raise failure(
                "bad-file",
                f"'{stem}' is outside of the spec's folder",
                at=at.value,
                help="a spec can read only files in its own folder tree and in the zoo",
            )
        for path, variant in candidates(reference, here):
            if exists(path) and self._is_inside(path):
                return path, variant
        folder = Path(stem).parent
        files = [str(folder / name) for name in specs_in(here / folder)]
        raise failure(
            "not-found",
            f"there is no file '{stem}' here or in the zoo",
            at=at.value,
            help=near(stem, [*files, *zoo_names()])
            or "files are named with their suffix, from the folder of the spec",
        )

    def _is_inside(self, path: Path) -> bool:
        return is_inside(path, self._folders)


def _with_params(block: BlockText, own: Mapping[str, Param]) -> BlockText:
    """An imported block in a file with parameters of the same names."""
    params = {name: own.get(name, param) for name, param in (block.brings or {}).items()}
    return replace(block, brings=params)


def _by_two_ways(block: BlockText, again: BlockText) -> BlockText:
    """A block that two files bring, with the parameters on which they agree."""
    other = again.brings or {}
    params = {
        name: param if param is not None and param == other.get(name) else None
        for name, param in (block.brings or {}).items()
    }
    return replace(block, brings=params)
