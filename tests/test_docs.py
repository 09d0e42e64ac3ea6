"""The documents: every spec compiles or fails as it says, every command prints what is shown.

A file may give its YAML blocks names with a first line ``# NAME.yaml``; blocks further down, in the
same document, can extend and import them. ``--update-golden`` writes messages, output and the list
of ops anew.
"""

from __future__ import annotations

import ast
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import CODES, SpecError
from archspec.diagnostics.render.terminal import render
from archspec.elaborate.edits import selectors
from archspec.elaborate.expand import nodes as layers
from archspec.elaborate.expand import scopes as builder
from archspec.frontends import yaml
from archspec.language import expression
from archspec.language import model as spec
from archspec.op import base as op
from archspec.ops import registry
from archspec.workspace import loader
from archspec.workspace.workspace import Workspace

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "archspec"
DOCUMENTS = [
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md")))
    if path.exists()
]
FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# ([\w-]+\.yaml)\n")
ELLIPSIS = ("…", "...")


@dataclass(frozen=True)
class Fence:
    """One fenced block of a document."""

    document: Path
    number: int
    line: int
    info: str
    text: str

    @property
    def is_spec(self) -> bool:
        """A whole file of the language, not a part of one."""
        first = re.sub(r"(#[^\n]*)?\n", "", self.text, count=1) if self.name else self.text
        return self.info == "yaml" and first.startswith(("archspec:", "extends:"))

    @property
    def name(self) -> str | None:
        found = NAMED.match(self.text)
        return found[1] if found else None

    @property
    def needs_torch(self) -> bool:
        if self.info == "python":
            return bool(re.search(r"\btorch\b|\bbuild\(|load_state", self.text))
        return any("build" in c and "--no-verify" not in c for c in commands(self))


def fences(document: Path) -> list[Fence]:
    text = document.read_text("utf-8")
    return [
        Fence(document, number, text.count("\n", 0, found.start()) + 1, found[1], found[2])
        for number, found in enumerate(FENCED.finditer(text))
    ]


def location(fence: Any) -> str:
    if not isinstance(fence, Fence):
        return ""
    return f"{fence.document.relative_to(ROOT)}:{fence.line}"


def after(fence: Fence) -> Fence | None:
    """The next block of the document."""
    return next((f for f in fences(fence.document) if f.number == fence.number + 1), None)


def replace_fence(fence: Fence, text: str) -> None:
    """Write another text into a block."""
    whole = fence.document.read_text("utf-8")
    found = list(FENCED.finditer(whole))[fence.number]
    start, end = found.span(2)
    fence.document.write_text(f"{whole[:start]}{text}\n{whole[end:]}", "utf-8")


ALL = [fence for document in DOCUMENTS for fence in fences(document)]
SPECS = [fence for fence in ALL if fence.is_spec]
FRAGMENTS = [fence for fence in ALL if fence.info == "yaml fragment"]
PYTHON = [fence for fence in ALL if fence.info == "python"]


def commands(fence: Fence) -> dict[str, str]:
    """The commands of a block that are ours, with the output that is shown below them."""
    found: dict[str, str] = {}
    if fence.info in ("console", "sh", "shell", "bash"):
        for part in re.split(r"^\$ ", fence.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            if command.startswith("archspec"):
                found[command] = output.rstrip("\n")
    return found


CONSOLES = [
    pytest.param(fence, marks=[pytest.mark.torch] if fence.needs_torch else [])
    for fence in ALL
    if commands(fence)
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write_files(folder: Path, document: Path, before: int | None = None) -> None:
    """The named files of a document, as they are in front of one of its blocks, or at its end."""
    for fence in fences(document)[:before]:
        if (fence.is_spec or fence.info == "yaml fragment") and fence.name:
            (folder / fence.name).write_text(fence.text, "utf-8")


def test_every_block_says_what_it_is() -> None:
    known = {
        "yaml",
        "yaml fragment",
        "text",
        "python",
        "python fragment",
        "console",
        "sh",
        "json",
        "toml",
        "latex",
    }
    assert not [location(f) for f in ALL if f.info not in known]
    strays = [f for f in ALL if f.info == "yaml" and not f.is_spec]
    assert not [location(f) for f in strays], "a part of a spec is a ```yaml fragment"


@pytest.mark.parametrize("fence", SPECS, ids=location)
def test_specs_compile_or_fail_as_documented(
    fence: Fence, folder: Path, request: pytest.FixtureRequest
) -> None:
    write_files(folder, fence.document)
    name = fence.name or "net.yaml"
    (folder / name).write_text(fence.text, "utf-8")
    message = after(fence)
    expected = message if message and message.text.startswith("error[") else None
    try:
        Workspace().check(name)
    except SpecError as error:
        found = "\n\n".join(render(diagnostic, color=False) for diagnostic in error.diagnostics)
        assert expected is not None, found
        if request.config.getoption("--update-golden"):
            replace_fence(expected, found)
        else:
            assert expected.text == f"{found}\n"
    else:
        assert expected is None, f"{location(fence)} compiles, and a message is shown"


@pytest.mark.parametrize("fence", FRAGMENTS, ids=location)
def test_parts_of_specs_are_yaml(fence: Fence) -> None:
    indented = "".join(f"  {line}" for line in fence.text.splitlines(keepends=True))
    yaml.read(f"part:\n{indented}", "fragment")


@pytest.mark.parametrize("fence", CONSOLES, ids=location)
def test_commands_print_what_is_shown(
    fence: Fence, folder: Path, request: pytest.FixtureRequest
) -> None:
    write_files(folder, fence.document, fence.number)
    text = fence.text
    for command, output in commands(fence).items():
        found = execute(command)
        if not output:
            continue
        if request.config.getoption("--update-golden") and not is_elided(output):
            text = text.replace(f"$ {command}\n{output}", f"$ {command}\n{found}")
        else:
            assert matches(output, found), found
    if text != fence.text:
        replace_fence(fence, text.rstrip("\n"))


WIDE = {"COLUMNS": "100"}
"""As wide as the screen that the documents show."""


def execute(command: str) -> str:
    """Standard output and standard error of a command, together."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8", **WIDE},
    )
    assert "Traceback" not in done.stdout, done.stdout
    return done.stdout.rstrip("\n")


def is_elided(output: str) -> bool:
    return any(line.strip() in ELLIPSIS for line in output.split("\n"))


def matches(output: str, found: str) -> bool:
    """Whether the output is the one shown, in which a line of dots stands for any lines."""
    parts = [".*" if line.strip() in ELLIPSIS else re.escape(line) for line in output.split("\n")]
    return re.fullmatch("\n".join(parts), found, re.DOTALL) is not None


def documents_with_python(*, torch: bool) -> list[Path]:
    """Those with Python blocks, or those where one of them needs torch."""
    return sorted({fence.document for fence in PYTHON if fence.needs_torch or not torch})


def run_python(document: Path, folder: Path, *, with_torch: bool) -> None:
    """The Python blocks of a document, one after the other; ``print(x)  # y`` prints y."""
    write_files(folder, document)
    printed: list[str] = []
    names: dict[str, Any] = {"print": lambda *values: printed.append(" ".join(map(str, values)))}
    for fence in fences(document):
        if fence.info != "python" or (fence.needs_torch and not with_torch):
            continue
        printed.clear()
        exec(compile(fence.text, location(fence), "exec"), names)
        comments = re.findall(r"^print\(.*\) *# (.*)$", fence.text, re.MULTILINE)
        if len(comments) == fence.text.count("print("):
            for comment, output in zip(comments, printed, strict=True):
                assert comment.removesuffix("...").strip() in output


@pytest.mark.parametrize("document", documents_with_python(torch=False), ids=lambda p: p.name)
def test_python_runs(document: Path, folder: Path) -> None:
    run_python(document, folder, with_torch=False)


@pytest.mark.torch
@pytest.mark.parametrize("document", documents_with_python(torch=True), ids=lambda p: p.name)
def test_python_with_torch_runs(document: Path, folder: Path) -> None:
    pytest.importorskip("torch")
    run_python(document, folder, with_torch=True)


def test_the_list_of_ops_is_what_the_ops_say(golden: Any) -> None:
    page = runpy.run_path(str(ROOT / "docs" / "generate_ops.py"))["page"]
    golden(ROOT / "docs" / "ops.md", page())


LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]*)?\)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    text = FENCED.sub("", document.read_text("utf-8"))
    for target, anchor in LINK.findall(text):
        if "://" in target:
            continue
        path = (document.parent / target).resolve()
        assert path.exists(), target
        if anchor:
            assert anchor[1:] in set(anchors(path)), f"{target}{anchor}"
    for anchor in re.findall(r"\]\(#([^)]+)\)", text):
        assert anchor in set(anchors(document)), anchor


def anchors(document: Path) -> Iterator[str]:
    """The headings of a document as GitHub links them."""
    for heading in re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
        yield kept.replace(" ", "-")


def code_map() -> list[str]:
    """The modules and folders of the map, in its order."""
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    return re.findall(r"^\| `([\w/.]+)` \|", text, re.MULTILINE)


def row_of(module: str, rows: Sequence[str]) -> int | None:
    """Where a module stands in the map: in a row of its own, or in that of its folder."""
    found = [k for k, row in enumerate(rows) if module == row or module.startswith(row)]
    return max(found, key=lambda k: len(rows[k]), default=None)


MODULES = {
    str(path.relative_to(PACKAGE)): path
    for path in sorted(PACKAGE.glob("**/*.py"))
    if path.parent != PACKAGE or not path.name.startswith("__")
}


def test_the_code_map_is_the_code() -> None:
    """Every module has a row, and every row a module."""
    rows = code_map()
    assert not [row for row in rows if not (PACKAGE / row).exists()], "no longer there"
    without = [module for module in MODULES if row_of(module, rows) is None]
    assert not [name for name in without if not name.endswith("__init__.py")], "without a row"


def imported_modules(path: Path) -> Iterator[str]:
    """Modules of ours that a module imports at its top, as paths."""
    for statement in ast.parse(path.read_text("utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith(
            "archspec."
        ):
            whole = PACKAGE / (statement.module or "").removeprefix("archspec.").replace(".", "/")
            yield f"{whole.relative_to(PACKAGE)}{'/' if whole.is_dir() else '.py'}"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_from_rows_above_it(module: str) -> None:
    """Rooms inside of a folder have contracts of their own."""
    rows = [row for row in code_map() if "/" not in row.rstrip("/")]
    own = row_of(module, rows)
    if own is None:
        return
    for other in imported_modules(MODULES[module]):
        row = row_of(other, rows)
        assert row is None or row <= own, f"{module} imports {other}"


def keys_of_the_language() -> set[str]:
    found: set[str] = set()
    for model in (spec.File, spec.Variant, spec.Block, spec.Edit, spec.Expect, spec.Init):
        for name, info in model.model_fields.items():
            found.add(info.alias or name)
    return found


def test_the_reference_names_every_key() -> None:
    text = (ROOT / "docs" / "language.md").read_text("utf-8")
    table = text.partition("## All keys")[2]
    documented = set(re.findall(r"`([a-z]+)`", table))
    missing = keys_of_the_language() - documented
    assert not missing, missing


LIMITS = {
    "bytes of a file": yaml.MAX_BYTES,
    "keys and values of a file": yaml.MAX_VALUES,
    "levels of mappings and lists": yaml.MAX_DEPTH,
    "files of one network": loader.MAX_FILES,
    "files that extend, import or contain each other in a row": loader.MAX_DEPTH,
    "characters of an expression": expression.MAX_TEXT,
    "levels of an expression": expression.MAX_DEPTH,
    "items of a list": expression.MAX_LENGTH,
    "whole numbers": expression.MAX_INTEGER,
    "characters of a name": spec.MAX_NAME,
    "characters of the path of an edit or a rule": selectors.MAX_GLOB,
    "scopes in scopes": builder.MAX_DEPTH,
    "layers of a network": layers.MAX_LAYERS,
    "channels, features, pixels along one side": op.MAX_SIZE,
    "numbers in a tensor": layers.MAX_ELEMENTS,
}


def test_the_reference_lists_the_limits() -> None:
    text = (ROOT / "docs" / "language.md").read_text("utf-8")
    table = text.partition("## Limits")[2].partition("## ")[0]
    documented = dict(re.findall(r"^\| (.*?) \| (.*?) \|$", table, re.MULTILINE))
    large = {2**53: "2⁵³", 2**40: "2⁴⁰"}
    limits = {name: large.get(limit, f"{limit:,}") for name, limit in LIMITS.items()}
    assert documented == limits


def test_ops_and_codes_that_are_named_exist() -> None:
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    codes = set(re.findall(r"error\[([a-z-]+)\]", text))
    assert codes <= set(CODES), codes - set(CODES)
    ops = set(re.findall(r"\{op: ([A-Z]\w*(?:2d|1d|LU|Norm))\b", text))
    assert ops <= set(registry()) | {"Relu"}, ops - set(registry())
