"""What every command prints at every width, in pipes, and on screens without Unicode."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import select
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from archspec.analyses.study import shipped
from archspec.cli import app
from archspec.diagnostics import CODES, REMARKS
from archspec.diagnostics.explanations import EXPLANATIONS
from archspec.escaping import json_text
from archspec.frontends.yaml import read
from archspec.ops import registry
from archspec.screen import cell_width, in_ascii, longest_word, wrap_text, wrap_yaml
from archspec.workspace.load import loads
from archspec.workspace.locate import zoo_names

WIDTHS = (60, 80, 200)
SPEC = """\
archspec: 1
name: small
description: |
  A network with a description
  of two lines.
input: [3, 32, 32]
layers:
  a_layer_with_a_name_that_is_longer_than_a_third_of_the_screen:
    {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, padding_mode: reflect}
  relu: ReLU
variants:
  a_variant_with_a_long_name: {description: another}
"""
COMMANDS = [
    ["zoo"],
    ["zoo", "densenet"],
    *(["study", name] for name in shipped()),
    ["study"],
    ["ops"],
    ["explain"],
    *(["stats", name] for name in ("resnet50", "googlenet", "densenet121", "lenet5", "SPEC")),
    ["stats", "vgg16", "--expand"],
    ["stats", "resnet18", "alexnet_fc", "bn_inception_separable7", "SPEC"],
    ["show", "googlenet"],
    ["show", "SPEC"],
    *(["draw", name, "--style", "text"] for name in ("resnet50", "googlenet", "SPEC")),
]
SIGNS = re.compile(r"[─│┆├┤┬┴┼╭╮╰╯●■○◇⊕⊗|*#+^-]+")


def run(*args: str, **environment: str) -> str:
    result = CliRunner(env=environment).invoke(app, args)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def wide_lines(text: str, width: int) -> list[str]:
    """Lines wider than the screen with more than one name in them."""
    lines = (line for line in text.splitlines() if cell_width(line) > width)
    return [line for line in lines if len(SIGNS.sub(" ", line).split()) > 1]


@pytest.fixture
def spec(tmp_path: Path) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(SPEC, "utf-8")
    return str(path)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_the_screen(command: list[str], width: int, spec: str) -> None:
    args = [spec if part == "SPEC" else part for part in command]
    assert wide_lines(run(*args, COLUMNS=str(width)), width) == []


@pytest.mark.parametrize("command", ["stats", "draw", "build", "zoo", "explain", ""])
def test_no_help_is_wider_than_the_screen(command: str) -> None:
    printed = output(*filter(None, [command]), "--help", COLUMNS="60").decode()
    assert wide_lines(printed, 60) == []
    assert "..." not in printed.replace("{SPEC}...", "").replace("[ARGS]...", "")


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_of_an_op_or_a_code_is_wider_than_the_screen(width: int) -> None:
    for op in registry():
        assert wide_lines(run("ops", op, COLUMNS=str(width)), width) == [], op
    for code in (*CODES, *REMARKS):
        wide = wide_lines(run("explain", code, COLUMNS=str(width)), width)
        assert [line for line in wide if "https://" not in line] == [], code


@pytest.mark.parametrize("width", [*map(str, WIDTHS), ""])
@pytest.mark.parametrize(
    ("command", "names"),
    [
        (["zoo"], list(zoo_names())),
        (["study"], list(shipped())),
        (["ops"], list(registry())),
        (["explain"], list(CODES)),
    ],
    ids=["zoo", "study", "ops", "explain"],
)
def test_what_one_has_to_type_is_never_cut(
    command: list[str], names: Sequence[str], width: str
) -> None:
    printed = {line.split(" ")[0] for line in run(*command, COLUMNS=width).splitlines()}
    assert [name for name in names if name not in printed] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_names_of_layers_and_variants_are_never_cut(width: int, spec: str) -> None:
    shown = run("show", spec, COLUMNS=str(width)) + run("study", spec, COLUMNS=str(width))
    for name in ("a_layer_with_a_name_that_is_longer_than_a_third_of_the_screen", "small.yaml:8"):
        assert name in shown
    assert "\na_variant_with_a_long_name" in shown


def test_nothing_of_a_comparison_is_missing_on_a_narrow_screen() -> None:
    printed = run("stats", "resnet18", "vgg16", COLUMNS="60")
    for title in ("elementwise", "train MACs", "11,689,512", "46,324,088,832", "73,355,264"):
        assert title in printed
    assert len(re.findall("^resnet18 ", printed, re.MULTILINE)) == 2, "two tables"


def test_dropped_columns_are_named() -> None:
    printed = run("stats", "resnet18", COLUMNS="80")
    assert "6.5%" not in printed
    assert "a wider screen, or a pipe, also shows the shares of params and MACs" in printed
    assert "a wider screen" not in run("stats", "resnet18")
    assert "the descriptions and files" in run("zoo", "resnet", COLUMNS="80")


def test_a_pipe_has_no_width() -> None:
    assert "ReLU → Maxout ×7, Linear out_features 2048 → 2896 ×2\n" in run("study", "activations")
    assert len(run("explain").splitlines()) == len(CODES) + len(REMARKS)


def test_a_description_of_several_lines_is_printed_on_one(spec: str) -> None:
    assert "A network with a description of two lines.\n" in run("stats", spec)


# Lines


def test_lines_are_wrapped_at_spaces() -> None:
    assert wrap_text("one two  three", 7) == ["one two", "three"]
    assert wrap_text("one two three", 9, "  ") == ["one two", "  three"]
    assert wrap_text("a_long_name_that_stays_whole end", 5) == [
        "a_long_name_that_stays_whole",
        "end",
    ]
    assert wrap_text("    one two", 9) == ["    one", "two"]
    assert wrap_text("", 5) == [""]
    assert wrap_text("as it is", None) == ["as it is"]
    assert wrap_text("합성곱 신경망", 9) == ["합성곱", "신경망"]
    assert wrap_text("卷积神经网络", 6) == ["卷积神", "经网络"]
    assert longest_word("a long_name b") == 9


@pytest.mark.parametrize(
    "explanation", [one for one in EXPLANATIONS.values() if not one.is_shell], ids=lambda e: e.code
)
def test_a_wrapped_spec_says_the_same(explanation: object) -> None:
    text: str = explanation.right  # type: ignore[attr-defined]
    wrapped = "\n".join(part for line in text.splitlines() for part in wrap_yaml(line, 40))
    assert read(wrapped, "a").data == read(text, "a").data
    assert loads(wrapped) is not None


# Without Unicode


def output(*args: str, **environment: str) -> bytes:
    done = subprocess.run(
        [sys.executable, "-m", "archspec", *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
        timeout=120,
    )
    assert b"Traceback" not in done.stdout
    return done.stdout


@pytest.mark.parametrize(
    "environment",
    [{"PYTHONIOENCODING": "cp1252"}, {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C"}],
    ids=lambda environment: "=".join(*environment.items()),
)
@pytest.mark.parametrize(
    "command",
    [
        ["stats", "resnet18"],
        ["study", "activations"],
        ["draw", "googlenet", "--style", "text"],
        ["ops", "LocalResponseNorm"],
        ["explain", "shape"],
        ["stats", "resnet5"],
        ["draw", "--help"],
    ],
    ids=" ".join,
)
def test_our_signs_are_written_in_ascii(command: list[str], environment: dict[str, str]) -> None:
    printed = output(*command, COLUMNS="80", **environment).decode("ascii")
    assert not re.search(r"\\u|(?<!')\?", printed)
    assert wide_lines(printed, 80) == []


def test_signs_have_their_usual_likeness(tmp_path: Path) -> None:
    printed = output("stats", "resnet18", PYTHONIOENCODING="cp1252").decode("cp1252")
    assert printed.startswith("resnet18: 3x224x224 -> 1000\n")
    assert "\nconv1-relu      Conv2d 7x7, 64, /2 - BatchNorm2d - ReLU  64x112x112  " in printed
    assert {len(line) for line in printed.splitlines() if set(line) == {"-"}} == {108}


def test_the_users_own_characters_stay_if_the_screen_has_them(tmp_path: Path) -> None:
    spec = tmp_path / "a.yaml"
    spec.write_text(SPEC.replace("another", "ein Netz für 합"), "utf-8")
    printed = output("stats", f"{spec}:a_variant_with_a_long_name", PYTHONIOENCODING="cp1252")
    assert "ein Netz für \\ud569".encode("cp1252") in printed
    assert b"ein Netz fur" in output("stats", f"{spec}:a_variant_with_a_long_name", LC_ALL="C")


@pytest.mark.parametrize("format", ["json", "csv", "markdown"])
def test_what_programs_read_is_utf_8(format: str) -> None:
    printed = output("study", "activations", "--format", format, PYTHONIOENCODING="cp1252")
    assert "ReLU → Tanh" in printed.decode("utf-8")


def test_every_sign_of_ours_has_a_likeness() -> None:
    folder = Path(__file__).parent.parent / "archspec"
    files = [
        *folder.glob("reports/*.py"),
        *folder.glob("ops/*.py"),
        *folder.glob("diagnostics/explanations/*.md"),
    ]
    signs = {sign for file in files for sign in file.read_text("utf-8") if not sign.isascii()}
    printed = {sign: in_ascii(sign) for sign in signs - set("＝＋－＠�é")}
    import unicodedata

    plain = {sign: unicodedata.normalize("NFKD", text) for sign, text in printed.items()}
    assert {sign: text for sign, text in plain.items() if not text.isascii()} == {}


# On a terminal


def on_a_terminal(*args: str, columns: int = 80) -> str:
    """What a terminal of that width receives."""
    pty = pytest.importorskip("pty")
    fcntl = pytest.importorskip("fcntl")
    termios = pytest.importorskip("termios")
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    plain = {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "archspec", *args],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**plain, "TERM": "xterm", "PYTHONIOENCODING": "utf-8"},
    ) as child:
        os.close(theirs)
        printed, end = b"", time.monotonic() + 120
        while time.monotonic() < end:
            if not select.select([ours], [], [], 1)[0]:
                continue
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            printed += part
        child.wait()
    os.close(ours)
    return printed.decode("utf-8").replace("\r\n", "\n")


def test_a_terminal_has_its_width_and_colour() -> None:
    printed = on_a_terminal("stats", "resnet50", columns=80)
    assert "\x1b[" in printed
    assert wide_lines(re.sub(r"\x1b\[[0-9;]*m", "", printed), 80) == []


def test_a_figure_for_a_terminal_is_text() -> None:
    printed = on_a_terminal("draw", "googlenet", columns=60)
    assert "■    Inception ×2" in printed
    assert wide_lines(printed, 60) == []


@pytest.mark.parametrize(
    "args",
    [
        ["--style", "blocks"],
        ["--style", "table"],
        ["--format", "svg"],
        ["--format", "pdf"],
        ["--format", "PNG", "-o", "-"],
        ["--format", "html"],
        ["resnet34", "--diff"],
    ],
    ids=" ".join,
)
def test_a_terminal_gets_no_picture(args: list[str]) -> None:
    printed = on_a_terminal("draw", "resnet18", *args)
    assert "error" in printed
    assert "-o FILE" in printed
    assert len(printed) < 1000


def test_a_figure_in_a_pipe_is_svg() -> None:
    assert output("draw", "lenet5").startswith(b"<svg")


# What is not ours, in other programs

EVIL = "<script>alert(1)</script> [x](javascript:alert(1))\n\n# heading | cell *b* `c` &amp;"
HOSTILE = f"""\
archspec: 1
name: small
description: {json.dumps(EVIL)}
cite: "=HYPERLINK(1)"
input: [3, 32, 32]
layers: {{relu: ReLU}}
published: {{error: "=1+1", plus: "+1", at: "@x", note: {json.dumps(EVIL)}}}
variants:
  elu: {{edits: [{{after: {{op: ReLU}}, insert: ELU, as: elu}}], published: {{note: "- item"}}}}
"""


@pytest.fixture
def hostile(tmp_path: Path) -> str:
    path = tmp_path / "hostile.yaml"
    path.write_text(HOSTILE, "utf-8")
    return str(path)


def test_markdown_shows_texts_as_they_are(hostile: str) -> None:
    printed = run("study", hostile, "--format", "markdown")
    assert printed.startswith("**hostile: &lt;script&gt;alert\\(1\\)&lt;/script&gt; \\[x\\]")
    assert not re.search(r"<script|(?<!\\)\[|(?<!\\)\]|\x1b|^#|^$\n^$", printed, re.MULTILINE)
    assert printed.count("&amp;amp;") == 2
    assert "- elu: \\- item" not in printed
    assert "- elu: - item" in printed
    table = [line for line in printed.splitlines() if line.startswith("|")]
    assert len({len(re.findall(r"(?<!\\)\|", line)) for line in table}) == 1


def test_a_spreadsheet_calculates_nothing(hostile: str) -> None:
    rows = list(csv.DictReader(io.StringIO(run("study", hostile, "--format", "csv"))))
    assert (rows[0]["error"], rows[0]["plus"], rows[0]["at"]) == ("'=1+1", "'+1", "'@x")
    assert rows[1]["changes"] == "'+ ELU"
    assert [row["params"] for row in rows] == ["0", "0"]
    assert "\x1b" not in run("zoo", "alex", "--format", "csv")


def test_json_of_a_hostile_description_is_visible(hostile: str) -> None:
    printed = run("stats", hostile, "--format", "json")
    assert json.loads(printed)["description"] == " ".join(EVIL.split())
    assert "\x1b" not in printed
    assert json_text("\x9b\u202e\udc80é") == '"\\u009b\\u202e\\udc80é"'


def test_names_of_files_are_no_commands(tmp_path: Path) -> None:
    name = "a\x1b[31m\n::error file=x::injected.yaml"
    (tmp_path / name).write_text(SPEC.replace("ReLU", "RELU"), "utf-8")
    good = tmp_path / f"good{name}"
    good.write_text(SPEC, "utf-8")
    for format in ("text", "json", "github"):
        printed = run("check", str(good), str(tmp_path / name), "--format", format)
        assert "\x1b" not in printed
        assert not re.search(r"^::error file=x", printed, re.MULTILINE)
    assert printed.count("::error ") == 1
    assert "did you mean" in printed
