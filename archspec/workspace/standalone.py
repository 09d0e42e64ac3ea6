"""A network as one text that needs no other file: with what it extends, imports and what was set."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from archspec.diagnostics import SpecError
from archspec.elaborate import elaborate
from archspec.frontends.yaml import read
from archspec.language.model import LANGUAGE_VERSION, is_foreign_name
from archspec.language.program import Program
from archspec.text import Origin
from archspec.workspace.locate import zoo_folder
from archspec.workspace.workspace import Workspace


def standalone(program: Program) -> str:
    """The spec of a program. It describes the same network as the files that the program is made of.

    An edit that was inherited from a base may select nothing; in a text of its own that is an error,
    so such edits are left out. Networks that are parts stay what they are: ``files_of_parts``.
    """
    inherited = [edit.origin.raw for edit in program.edits if edit.inherited]
    own = [edit.origin.raw for edit in program.edits if not edit.inherited]
    edits = [{key: edit[key] for key in edit if key != "sites"} for edit in inherited]
    while True:
        text = _text(program, [*edits, *own])
        idle = _idle_edits(text, len(edits))
        if not idle:
            return text
        edits = [edit for k, edit in enumerate(edits) if k not in idle]


def files_of_parts(program: Program) -> dict[str, str]:
    """The files of a spec's folder that its parts may be made of, by their path from there, with
    their texts; what comes from the zoo is there anyway."""
    main, zoo = program.origin.source.path, zoo_folder().resolve()
    if main is None or not program.parts:
        return {}
    folder = main.parent.resolve()
    found = (path.resolve() for path in Workspace().files(main))
    return {
        str(path.relative_to(folder)): path.read_text("utf-8")
        for path in sorted(found)
        if path.is_file() and path != main.resolve() and not path.is_relative_to(zoo)
    }


def _idle_edits(text: str, count: int) -> set[int]:
    """Which of the first edits select no layer."""
    source = read(text, "spec.yaml")
    try:
        elaborate(Workspace().program_of(source))
    except SpecError as error:
        lines = {d.span.line for d in error.diagnostics if d.code == "edit-sites" and d.span}
        edits = Origin(source) / "edits"
        return {
            k
            for k in range(count)
            if any((edits / k).key.line <= line <= (edits / k).value.end_line for line in lines)
        }
    return set()


def _text(program: Program, edits: list[Any]) -> str:
    data: dict[str, Any] = {"archspec": LANGUAGE_VERSION, "name": program.name}
    if program.description:
        data["description"] = program.description
    if program.cite:
        data["cite"] = program.cite
    data["input"] = program.input.value
    if program.params:
        data["params"] = {name: param.raw for name, param in program.params.items()}
    if program.blocks:
        data["blocks"] = {name: text.origin.raw for name, text in program.blocks.items()}
    data["layers"] = program.layers.origin.raw
    for key in ("output", "outputs", "init"):
        written = getattr(program, key)
        if written is not None:
            data[key] = written.origin.raw
    if edits:
        data["edits"] = edits
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


_TEXT: Final = "tag:yaml.org,2002:str"
_TEMPLATE: Final = re.compile(r"\{[^{}]*\}")


class _Dumper(yaml.SafeDumper):
    """Mappings of plain values on one line, as people write layers; nothing is an alias."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def represent_scalar(self, tag: str, value: Any, style: str | None = None) -> yaml.ScalarNode:
        if tag == _TEXT and is_foreign_name(_TEMPLATE.sub("0", value)):
            style = '"'  # as the name of a layer it needs them
        return super().represent_scalar(tag, value, style=style)

    def represent_mapping(
        self, tag: str, mapping: Any, flow_style: bool | None = None
    ) -> yaml.MappingNode:
        values = mapping.values() if isinstance(mapping, dict) else ()
        flow = bool(values) and not any(
            isinstance(value, dict | list) and value for value in values
        )
        return super().represent_mapping(tag, mapping, flow_style=flow)

    def represent_sequence(
        self, tag: str, sequence: Any, flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        flow = not any(isinstance(value, dict) and value for value in sequence)
        return super().represent_sequence(tag, sequence, flow_style=flow)
