"""How diagnostics look: the exact text of some, and that no user's text reaches the terminal raw."""

from __future__ import annotations

import unicodedata
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archspec.diagnostics import Diagnostic, Fix, Label
from archspec.diagnostics.render.terminal import MAX_WIDTH, escape, print_diagnostics, render
from archspec.text import Source, Span

TINY = Source(
    "specs/tiny.yaml",
    dedent(
        """\
        archspec: 1
        layers:
          stem: {op: Conv2d, out_channels: 64, kernel_size: 3}
          side: {op: Conv2d, out_channels: 32, kernal_size: 3, padding: 1}
          add: {op: Add, from: [stem, side]}
        """
    ),
)
OTHER = Source("other.yaml", "\n" * 11 + "stem: 128")


def span(source: Source, text: str) -> Span:
    """Where the text stands first."""
    start = source.text.index(text)
    line = source.text.count("\n", 0, start)
    column = start - (source.text.rfind("\n", 0, start) + 1)
    return Span(source, line, column, line, column + len(text))


def shown(*lines: str) -> str:
    return "\n".join(lines)


def test_one_label() -> None:
    label = Label(span(TINY, "kernal_size"), "not an argument of Conv2d")
    diagnostic = Diagnostic(
        "unknown-argument",
        "Conv2d has no argument 'kernal_size'",
        (label,),
        "did you mean 'kernel_size'?",
    )
    assert render(diagnostic, color=False) == shown(
        "error[unknown-argument]: Conv2d has no argument 'kernal_size'",
        " --> specs/tiny.yaml:4:40",
        "  |",
        "4 |   side: {op: Conv2d, out_channels: 32, kernal_size: 3, padding: 1}",
        "  |                                        ^^^^^^^^^^^ not an argument of Conv2d",
        "  |",
        "  = help: did you mean 'kernel_size'?",
    )


def test_labels_in_other_places() -> None:
    labels = (
        Label(span(TINY, "add:")),
        Label(span(TINY, "side]"), "this operand"),
        Label(span(TINY, "stem"), "'stem' has 64 channels here"),
        Label(span(OTHER, "128"), "and here 128"),
    )
    diagnostic = Diagnostic("shape", "the shapes do not fit", labels)
    assert render(diagnostic, color=False) == shown(
        "error[shape]: the shapes do not fit",
        "  --> specs/tiny.yaml:5:3",
        "   |",
        " 5 |   add: {op: Add, from: [stem, side]}",
        "   |   ^^^^",
        "   |                               ----- this operand",
        "   |",
        "  ::: specs/tiny.yaml:3:3",
        "   |",
        " 3 |   stem: {op: Conv2d, out_channels: 64, kernel_size: 3}",
        "   |   ---- 'stem' has 64 channels here",
        "   |",
        "  ::: other.yaml:12:7",
        "   |",
        "12 | stem: 128",
        "   |       --- and here 128",
    )


def test_a_fix_is_the_line_as_it_should_be() -> None:
    place = span(TINY, "kernal_size")
    diagnostic = Diagnostic(
        "unknown-argument", "no", (Label(place),), fix=Fix(place, "kernel_size")
    )
    assert render(diagnostic, color=False).splitlines()[-1] == (
        "  = fix: side: {op: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}"
    )
    assert diagnostic.fix is not None
    assert diagnostic.fix.whole == TINY.text.replace("kernal", "kernel")


def test_a_fix_of_a_long_line_is_cut_and_shown() -> None:
    long = Source("long.yaml", "  - " + "[" * 300 + "yes" + " \x1b]0;" * 90)
    place = span(long, "yes")
    fix = render(Diagnostic("bad-scalar", "no", fix=Fix(place, "true")), color=False)
    line = fix.splitlines()[-1]
    assert "[true ␛]0;" in line
    assert line.startswith(" = fix: …")
    assert line.endswith("…")
    assert len(line) <= MAX_WIDTH + len(" = fix: ")


def test_without_a_place() -> None:
    diagnostic = Diagnostic("not-found", "no file 'x.yaml'", (), "look around")
    assert render(diagnostic, color=False) == shown(
        "error[not-found]: no file 'x.yaml'",
        " = help: look around",
    )


def test_wide_characters_and_tabs_keep_the_carets_in_place() -> None:
    source = Source("日本.yaml", "日本\te\u0301: wrong")
    diagnostic = Diagnostic("bad-value", "no", (Label(span(source, "wrong")),))
    assert render(diagnostic, color=False) == shown(
        "error[bad-value]: no",
        " --> 日本.yaml:1:8",
        "  |",
        "1 | 日本    e\u0301: wrong",
        "  |            ^^^^^",
    )


def test_of_many_lines_the_first_is_underlined() -> None:
    place = Span(TINY, 1, 0, 3, 4)
    assert render(Diagnostic("limit", "no", (Label(place, "all this"),)), color=False) == shown(
        "error[limit]: no",
        " --> specs/tiny.yaml:2:1",
        "  |",
        "2 | layers:",
        "  | ^^^^^^^ all this",
    )


@pytest.mark.parametrize(
    ("line", "column", "length", "text", "underlined"),
    [
        ("abc", 1, 1, "abc", "b"),
        ("abc", 3, 0, "abc", ""),
        ("abc", 7, 3, "abc", ""),
        ("x" * 90 + "HERE" + "y" * 90, 90, 4, "…" + "x" * 48 + "HERE" + "y" * 46 + "…", "HERE"),
        ("HERE" + "y" * 200, 0, 4, "HERE" + "y" * 94 + "…", "HERE"),
        ("x" * 200 + "HERE", 200, 4, "…" + "x" * 94 + "HERE", "HERE"),
        ("x" * 90 + "H" * 300, 90, 300, "…" + "x" * 20 + "H" * 78 + "…", "H" * 78),
        ("日" * 90 + "HERE" + "本" * 90, 90, 4, "…" + "日" * 24 + "HERE" + "本" * 23 + "…", "HERE"),
    ],
)
def test_long_lines_are_cut(
    line: str, column: int, length: int, text: str, underlined: str
) -> None:
    place = Span(Source("a", line), 0, column, 0, column + length)
    shown_line, carets = render(Diagnostic("limit", "", (Label(place),)), color=False).split("\n")[
        3:
    ]
    assert shown_line == f"1 | {text}"
    assert carets.count("^") == max(len(underlined), 1)
    cells = shown_line.replace("日", "日_").replace("本", "本_")
    assert cells[carets.index("^") :].startswith(underlined)
    assert len(cells) <= MAX_WIDTH + 4


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain × 日 ─ é", "plain × 日 ─ é"),
        ("\x1b[31mred\n\t\0\x7f", "␛[31mred␊␉␀␡"),
        ("\x9b\u202e\u200b\ufeff", r"\x9b\u202e\u200b\ufeff"),
        ("\ud800\U000e0001", r"\ud800\U000e0001"),
    ],
)
def test_escape(text: str, escaped: str) -> None:
    assert escape(text) == escaped


def test_nothing_of_the_user_is_a_command() -> None:
    bad = "a\x1b[2Jb\r"
    source = Source(bad, f"{bad}: 1\n")
    labels = Label(Span(source, 0, 0, 0, len(bad)), bad), Label(Span(source, 0, 3, 0, 4), bad)
    text = render(Diagnostic("limit", bad, labels, bad), color=False)
    assert text == shown(
        "error[limit]: a␛[2Jb␍",
        " --> a␛[2Jb␍:1:1",
        "  |",
        "1 | a␛[2Jb␍: 1",
        "  | ^^^^^^^ a␛[2Jb␍",
        "  |    - a␛[2Jb␍",
        "  |",
        "  = help: a␛[2Jb␍",
    )


@given(st.text(), st.integers(0, 300), st.integers(0, 300), st.integers(0, 3), st.integers(0, 3))
def test_any_text_and_any_span(text: str, column: int, end: int, line: int, more: int) -> None:
    place = Span(Source(text, text), line, column, line + more, end)
    diagnostic = Diagnostic("limit", text, (Label(place, text), Label(place, text)), text)
    shown_text = render(diagnostic, color=False)
    categories = {unicodedata.category(character) for character in shown_text.replace("\n", "")}
    assert not categories & {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}
    assert shown_text.count("\n") == 7


def test_colour() -> None:
    diagnostic = Diagnostic("limit", "no", (Label(span(TINY, "stem"), "here"),), "less")
    text = render(diagnostic, color=True)
    assert text.startswith("\x1b[1;31merror[limit]\x1b[0m\x1b[1m: no\x1b[0m\n")
    assert "\x1b[1;31m^^^^ here\x1b[0m" in text
    assert text.endswith(" \x1b[1mhelp\x1b[0m: less")


def test_the_number_of_errors_is_last(capsys: pytest.CaptureFixture[str]) -> None:
    first = Diagnostic("limit", "no", (Label(span(TINY, "add:")),))
    second = Diagnostic("limit", "no", (Label(span(OTHER, "stem")),))
    nowhere = Diagnostic("not-found", "no file")
    for diagnostics, total in (
        ([first], "1 error in 1 file"),
        ([first, first], "2 errors in 1 file"),
        ([first, second, nowhere], "3 errors in 2 files"),
        ([nowhere], "1 error"),
    ):
        print_diagnostics(diagnostics)
        captured = capsys.readouterr()
        assert captured.out == ""
        blocks = [render(diagnostic, color=False) for diagnostic in diagnostics]
        assert captured.err == "\n\n".join([*blocks, total]) + "\n"


def test_nothing_to_print(capsys: pytest.CaptureFixture[str]) -> None:
    print_diagnostics([])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("terminal", "variables", "color", "expected"),
    [
        (True, {}, None, True),
        (False, {}, None, False),
        (True, {"NO_COLOR": "1"}, None, False),
        (True, {"NO_COLOR": ""}, None, True),
        (True, {"TERM": "dumb"}, None, False),
        (False, {"NO_COLOR": "1"}, True, True),
        (True, {}, False, False),
    ],
)
def test_colour_is_for_terminals(
    terminal: bool,
    variables: dict[str, str],
    color: bool | None,
    expected: bool,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
    print_diagnostics([Diagnostic("not-found", "no file")], color=color)
    assert ("\x1b[" in capsys.readouterr().err) is expected
