"""What one command or one call has read: every file once, however many networks are made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, final

from archspec.diagnostics import Diagnostic, Label, SpecError
from archspec.elaborate import check_blocks, elaborate
from archspec.elaborate.expand.nodes import MAX_LAYERS
from archspec.elaborate.expand.shared import Shared
from archspec.graph import Graph
from archspec.language.model import Variant
from archspec.language.program import Program, Written, has_only_blocks, nets_in
from archspec.text import Origin, Source
from archspec.workspace.documents import Documents, standard_input, working_folder
from archspec.workspace.loader import MAX_FILES, Loader
from archspec.workspace.locate import candidates, find, is_inside, zoo_folder
from archspec.workspace.settings import with_overrides

NO_SETTINGS: Final[Mapping[str, Written[Any]]] = {}


@final
class Workspace:
    """Makes the networks that a user calls by reference: a path, path:variant, a zoo name, or -."""

    def __init__(self) -> None:
        self._documents = Documents()
        self._loaders: dict[Path, Loader] = {}
        self._shared = Shared()

    def graph(
        self,
        reference: str,
        settings: Mapping[str, Written[Any]] = NO_SETTINGS,
        input: Any = None,
        max_layers: int = MAX_LAYERS,
    ) -> Graph:
        """A network. Raises SpecError."""
        return elaborate(self.program(reference, settings, input), max_layers, self._shared)

    def program(
        self,
        reference: str,
        settings: Mapping[str, Written[Any]] = NO_SETTINGS,
        input: Any = None,
    ) -> Program:
        """The merged text of a network, with overrides. Raises SpecError."""
        loader, source, variant = self._open(reference)
        return with_overrides(loader.network(source, variant), settings, input)

    def program_of(self, source: Source) -> Program:
        """The merged text of a document that is not a file. Raises SpecError."""
        return self._loader(working_folder()).network(source, None)

    def check(self, reference: str) -> int:
        """Compile a file and all its variants, and count them: none in a file of blocks. Raises
        SpecError with all that is wrong."""
        loader, source, variant = self._open(reference)
        file = self._documents.file(source)
        if variant is None and has_only_blocks(file):
            check_blocks(loader.library(source))
            return 0
        variants = file.variants
        names = [variant] if variant is not None else [None, *variants]
        found: dict[Any, Diagnostic] = {}
        for name in names:
            try:
                elaborate(loader.network(source, name), shared=self._shared)
            except SpecError as error:
                for diagnostic in error.diagnostics:
                    found.setdefault(diagnostic.place, _in_variant(diagnostic, source, name))
        if found:
            raise SpecError(list(found.values()))
        return len(names)

    def networks(self, reference: str) -> list[Graph]:
        """The network of a file and those of its variants, or the one that is named; none of a file
        of blocks. Raises SpecError at the first that is wrong."""
        loader, source, variant = self._open(reference)
        file = self._documents.file(source)
        if variant is None and has_only_blocks(file):
            return []
        names = [variant] if variant is not None else [None, *file.variants]
        return [elaborate(loader.network(source, name), shared=self._shared) for name in names]

    def variants(self, path: Path) -> Mapping[str | None, Variant]:
        """The texts of a file's networks by name: its own (None), and its variants. Raises
        SpecError."""
        file = self._documents.file(self.source(path, str(path)))
        texts: dict[str | None, Variant] = {None: file}
        texts.update(file.variants.items())
        return texts

    def source(self, path: Path, name: str) -> Source:
        """The document of a file, called so in messages. Raises SpecError."""
        return self._documents.source(path, name)

    def files(self, main: Path) -> set[Path]:
        """A spec and the files that it extends, imports and contains, as far as they can be read; and
        those that are not there yet."""
        folders = (main.parent.resolve(), zoo_folder().resolve())
        found: set[Path] = set()
        waiting = [main]
        while waiting and len(found) < MAX_FILES:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting += (named for named in self._named_in(path) if is_inside(named, folders))
        return found

    def _named_in(self, path: Path) -> Iterator[Path]:
        """Where the files may be that a file names, itself and in its variants."""
        try:
            at = Origin(self.source(path, path.name))
        except SpecError:
            return
        variants = at.raw.get("variants")
        names = variants if isinstance(variants, dict) else ()
        for place in (at, *(at / "variants" / name for name in names)):
            text = place.raw
            if not isinstance(text, dict):
                continue
            imported = text.get("import")
            others = imported if isinstance(imported, list) else [imported]
            parts = (net.raw for net in nets_in(place))
            for reference in (text.get("extends"), *others, *parts):
                if isinstance(reference, str):
                    yield from (found for found, _ in candidates(reference, path.parent))

    def _open(self, reference: str) -> tuple[Loader, Source, str | None]:
        if reference == "-":
            return self._loader(working_folder()), standard_input(), None
        path, variant = find(reference)
        loader = self._loader(path.parent)
        return loader, loader.source(path, _name_of(path, reference)), variant

    def _loader(self, folder: Path) -> Loader:
        if folder not in self._loaders:
            self._loaders[folder] = Loader(self._documents, folder)
        return self._loaders[folder]


def _name_of(path: Path, reference: str) -> str:
    """A file's name in messages: as the user wrote it, or the plain name of a zoo file."""
    written = reference.partition(".yaml")[0] + ".yaml"
    return written if Path(written) == path else path.name


def _in_variant(diagnostic: Diagnostic, source: Source, name: str | None) -> Diagnostic:
    """A diagnostic with the variant that it was found in, unless it shows that already."""
    if name is None:
        return diagnostic
    at = Origin(source) / "variants" / name
    lines = range(at.key.line, at.value.end_line + 1)
    shows_it = any(
        label.span.source is source and label.span.line in lines for label in diagnostic.labels
    )
    if shows_it:
        return diagnostic
    label = Label(at.key, f"in the variant '{name}'")
    return replace(diagnostic, labels=(*diagnostic.labels, label))
