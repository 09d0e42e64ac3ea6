"""Reading YAML: the data, where it stands, and every mistake in words that help."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archspec.diagnostics import Diagnostic, SpecError
from archspec.diagnostics.render.terminal import render
from archspec.frontends.yaml import MAX_BYTES, MAX_DEPTH, MAX_DIAGNOSTICS, MAX_VALUES, read
from archspec.frontends.yaml import reader as frontend
from archspec.text import Marks, Origin, Source, Span

LOADERS = [getattr(yaml, "CSafeLoader", yaml.SafeLoader), yaml.SafeLoader]


@pytest.fixture(params=LOADERS, ids=["libyaml", "python"])
def _loaders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "loader", lambda text: request.param)


both_loaders = pytest.mark.usefixtures("_loaders")


def mistakes(content: bytes | str) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        read(content, "f.yaml")
    return list(caught.value.diagnostics)


def mistake(content: bytes | str) -> Diagnostic:
    (only,) = mistakes(content)
    return only


def marked(span: Span | None) -> str:
    """The text under a span, of its first line only."""
    assert span is not None
    line = span.source.lines[span.line]
    return line[span.column : span.end_column if span.end_line == span.line else None]


# ---------------------------------------------------------------- data

SPEC = """\
# a comment
archspec: 1
input: [3, 224, 224]
params:
  growth: 32
  stem: {op: ELU, alpha: 0.5}

layers:
  - Conv2d
  - op: Linear
    out_features: "max(growth, 8)"
note: >
  some
  text
"""


def test_pairs_of_escapes_as_json_writes_them() -> None:
    """One character above U+FFFF is two escapes in JSON, also in keys and behind a backslash."""
    data = {"archspec": 1, "a😀": ["😀", "\\ud83d", "\\ud83d\\ude00", "x😀y𝔸"], "note": "plain"}
    source = read(json.dumps(data), "f.json")
    assert source.data == data
    place = source.marks["note",].value
    assert source.lines[0][place.column : place.end_column] == '"plain"'
    with pytest.raises(SpecError, match=r"U\+D83D"):
        read('{"archspec": 1, "a": "\\ud83d\\ude00 \\ud83d"}', "f.json")


@both_loaders
def test_data() -> None:
    assert read(SPEC, "f.yaml").data == {
        "archspec": 1,
        "input": [3, 224, 224],
        "params": {"growth": 32, "stem": {"op": "ELU", "alpha": 0.5}},
        "layers": ["Conv2d", {"op": "Linear", "out_features": "max(growth, 8)"}],
        "note": "some text\n",
    }


@both_loaders
@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("0", 0),
        ("12", 12),
        ("-12", -12),
        ("+12", 12),
        ("9007199254740992", 2**53),
        ("0.5", 0.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("-1.5", -1.5),
        ("1e-4", 1e-4),
        ("1E5", 1e5),
        ("1.5e+3", 1500.0),
        ("'12'", "12"),
        ('"true"', "true"),
        ("'null'", "null"),
        ("''", ""),
        ("|\n  3", "3\n"),
        ("yes", "yes"),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("True", "True"),
        ("TRUE", "TRUE"),
        ("None", "None"),
        ("none", "none"),
        ("12:30", "12:30"),
        ("2016-01-01", "2016-01-01"),
        ("1e", "1e"),
        (".", "."),
        ("0xyz", "0xyz"),
        ("=", "="),
        ("4 * growth", "4 * growth"),
        ("depths[1]", "depths[1]"),
        ("max(a, b)", "max(a, b)"),
        ("https://arxiv.org/abs/1608.06993", "https://arxiv.org/abs/1608.06993"),
        ("vgg16.yaml:vgg11_bn", "vgg16.yaml:vgg11_bn"),
        ("{width: 4 * i, when: a != b and not c}", {"width": "4 * i", "when": "a != b and not c"}),
        ("{}", {}),
        ("[]", []),
        ("[[1, 2], {a: b}]", [[1, 2], {"a": "b"}]),
    ],
)
def test_value(text: str, value: Any) -> None:
    result = read(f"a: {text}\n", "f.yaml").data["a"]
    assert result == value
    assert type(result) is type(value)


@both_loaders
def test_keys_are_text() -> None:
    text = "1: a\n1.5: b\ntrue: c\nnull: d\n017: e\n'': f\nlayer{i + 1}: g\n(a group): h\n"
    keys = list(read(text, "f.yaml").data)
    assert keys == ["1", "1.5", "true", "null", "017", "", "layer{i + 1}", "(a group)"]


def test_bytes_and_line_ends() -> None:
    plain = read("é: [日, 1]\nb: 2\n", "f.yaml")
    for content in (
        "é: [日, 1]\nb: 2\n".encode(),
        b"\xef\xbb\xbf" + "é: [日, 1]\nb: 2\n".encode(),
        "\ufeffé: [日, 1]\r\nb: 2\r\n".encode(),
        "é: [日, 1]\rb: 2\r",
    ):
        source = read(content, "f.yaml", Path("folder/f.yaml"))
        assert source.data == plain.data
        assert source.text == plain.text
        assert places(source) == places(plain)
        assert source.path == Path("folder/f.yaml")


def places(source: Source) -> dict[Any, Any]:
    def numbers(span: Span) -> tuple[int, ...]:
        return span.line, span.column, span.end_line, span.end_column

    return {
        route: (numbers(marks.key), numbers(marks.value)) for route, marks in source.marks.items()
    }


# ---------------------------------------------------------------- positions


@both_loaders
def test_marks() -> None:
    source = read(SPEC, "f.yaml")
    assert {
        route: (str(marks.key)[7:], marked(marks.key), marked(marks.value), marks.plain)
        for route, marks in source.marks.items()
    } == {
        (): ("2:1", "archspec: 1", "archspec: 1", False),
        ("archspec",): ("2:1", "archspec", "1", True),
        ("input",): ("3:1", "input", "[3, 224, 224]", False),
        ("input", 0): ("3:9", "3", "3", True),
        ("input", 1): ("3:12", "224", "224", True),
        ("input", 2): ("3:17", "224", "224", True),
        ("params",): ("4:1", "params", "growth: 32", False),
        ("params", "growth"): ("5:3", "growth", "32", True),
        ("params", "stem"): ("6:3", "stem", "{op: ELU, alpha: 0.5}", False),
        ("params", "stem", "op"): ("6:10", "op", "ELU", True),
        ("params", "stem", "alpha"): ("6:19", "alpha", "0.5", True),
        ("layers",): ("8:1", "layers", "- Conv2d", False),
        ("layers", 0): ("9:5", "Conv2d", "Conv2d", True),
        ("layers", 1): ("10:5", "op: Linear", "op: Linear", False),
        ("layers", 1, "op"): ("10:5", "op", "Linear", True),
        ("layers", 1, "out_features"): ("11:5", "out_features", '"max(growth, 8)"', True),
        ("note",): ("12:1", "note", ">", False),
    }
    layers = source.marks["layers",].value
    assert (layers.end_line, layers.end_column) == (10, 34)


@both_loaders
def test_positions_count_characters() -> None:
    source = read("'日本': {é: 😀 x, ß: [ü, 'ö']}\n", "f.yaml")
    assert marked(source.marks["日本",].key) == "'日本'"
    assert marked(source.marks["日本", "é"].value) == "😀 x"
    assert marked(source.marks["日本", "ß"].key) == "ß"
    assert marked(source.marks["日本", "ß", 1].value) == "'ö'"


@both_loaders
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("a + wrong", "wrong"),
        ("'a + wrong'", "wrong"),
        ('"a + wrong"', "wrong"),
        ('"a +\\x20wrong"', '"a +\\x20wrong"'),
        ("'a'' + wrong'", "'a'' + wrong'"),
        ("a +\n  wrong", "a +"),
        (">\n  a + wrong", ">"),
        ("a +", "a +"),
    ],
)
def test_a_part_of_a_value(text: str, part: str) -> None:
    origin = Origin(read(f"key: {text}\n", "f.yaml")) / "key"
    assert marked(origin.within(4, 5)) == part


def test_spec_files_are_read() -> None:
    for path in sorted((Path(__file__).parent.parent / "specs").glob("**/*.yaml")):
        source = read(path.read_bytes(), path.name, path)
        check_source(source)


# ---------------------------------------------------------------- mistakes

QUOTE = "an expression with a comma or bracket inside { } must be quoted"


@both_loaders
@pytest.mark.parametrize(
    ("text", "code", "message", "under", "help"),
    [
        # null
        ("a: {width: max(a, b)}", "null-value", "`b)` has no value", "b)", QUOTE + ': "max(a, b)"'),
        ("a: {w: max(a, b, c), d: 1}", "null-value", "`b` has no value", "b", '"max(a, b, c)"'),
        ("a: {max(a, b)}", "null-value", "`max(a` has no value", "max(a", '"max(a, b)"'),
        ("a: {b: 1, c)}", "null-value", "`c)` has no value", "c)", QUOTE),
        ("a: {op:Conv2d}", "null-value", "`op:Conv2d` has no value", "op:Conv2d", ": op: Conv2d"),
        ("a: {b, c}", "null-value", "`b` has no value", "b", "in square brackets: [b, c]"),
        ("a: {b: 1, c}", "null-value", "`c` has no value", "c", "write a value after the colon"),
        ("a: {b: , c: 1}", "null-value", "`b` has no value", "b", "write a value"),
        ("a:\nb: 1", "null-value", "`a` has no value", "a", "or delete the key"),
        ("a: ~", "null-value", "`a` is null", "a", "write a value after the colon"),
        ("a: null", "null-value", "`a` is null", "a", "write a value after the colon"),
        ("a: Null", "null-value", "`a` is null", "a", None),
        ("a: NULL", "null-value", "`a` is null", "a", None),
        ("a:\n  - 1\n  -\n", "null-value", "an item of a list has no value", "-", "delete"),
        ("a: [1, ~]", "null-value", "~ is null", "~", "delete the item"),
        # numbers
        ("a: 017", "bad-scalar", "017 is a spelling", "017", "write 17; quote it if it is text"),
        ("a: -007", "bad-scalar", "-007 is a spelling", "-007", "write -7;"),
        ("a: 00", "bad-scalar", "00 is a spelling", "00", "write 0;"),
        ("a: 0x1F", "bad-scalar", "0x1F is a spelling", "0x1F", "write 31;"),
        ("a: 0o17", "bad-scalar", "0o17 is a spelling", "0o17", "write 15;"),
        ("a: -0b11", "bad-scalar", "-0b11 is a spelling", "-0b11", "write -3;"),
        (f"a: 0x{'f' * 9000}", "bad-scalar", "0xff", "0x" + "f" * 9000, "decimal digits"),
        ("a: 1_000", "bad-scalar", "1_000 is a spelling", "1_000", "write 1000;"),
        ("a: 1_000.5", "bad-scalar", "1_000.5 is a spelling", "1_000.5", "write 1000.5;"),
        ("a: .inf", "bad-scalar", ".inf is a spelling", ".inf", "a finite number"),
        ("a: [-.INF]", "bad-scalar", "-.INF is a spelling", "-.INF", "a finite number"),
        ("a: {b: .NaN}", "bad-scalar", ".NaN is a spelling", ".NaN", "a finite number"),
        ("a: 1e999", "limit", "the number 1e999 is too large", "1e999", None),
        ("a: 9007199254740993", "limit", "the number 9", "9007199254740993", None),
        (f"a: {'9' * 9000}", "limit", f"the number {'9' * 60}… is too", "9" * 9000, None),
        # what is left out of YAML
        ("a: {when: !residual }", "bad-yaml", "`!residual` is a tag", "!residual", "not residual"),
        ("a: {when: !residual}", "bad-yaml", "`!residual` is a tag", "!residual", "not residual"),
        ("a: !(b or c)", "bad-yaml", "`!(b` is a tag", "!(b", "write `not` for `!`"),
        ("a: !!int 3", "bad-yaml", "`!!int` is a tag", "!!int", "tags are not supported"),
        ("a: !!map {b: 1}", "bad-yaml", "`!!map` is a tag", "!!map", "tags are not supported"),
        ("a: &b 1", "bad-yaml", "`&b` is an anchor", "&b", "`params` or `blocks`"),
        ("a: &b\n  c: 1", "bad-yaml", "`&b` is an anchor", "&b", "`params` or `blocks`"),
        ("&b a: 1", "bad-yaml", "`&b` is an anchor", "&b", "`params` or `blocks`"),
        ("&name: 1", "bad-yaml", "`&name:` is an anchor", "&name:", "`params` or `blocks`"),
        ("a: {w: *width, b: 1}", "bad-yaml", "`*width` is an alias", "*width", "alone: width"),
        ("a: {w: * 2}", "bad-yaml", "`*` is an alias", "*", "a value cannot begin with `*`"),
        ("*b : 1", "bad-yaml", "`*b` is an alias", "*b", None),
        ("a: {<<: *b, c: 1}", "bad-yaml", "`<<` merges mappings", "<<", "use `extends`"),
        ("a: {<<: {b: 1}}", "bad-yaml", "`<<` merges mappings", "<<", "use `extends`"),
        ("a: {{growth}}", "bad-yaml", "a key that is not text", "{growth}", "without braces"),
        ("? [a, b]\n: 3", "bad-yaml", "a key that is not text", "[a, b]", "a key is a name"),
        ("? \n: 3", "bad-yaml", "a key is missing before the colon", "", None),
        ("%YAML 1.2\n---\na: 1", "bad-yaml", "a directive", "%YAML 1.2", "delete the lines"),
        ('a: "\\0"', "bad-yaml", "an escape makes the control character U+0000", '"\\0"', None),
        ('"\\e": 1', "bad-yaml", "an escape makes the control character U+001B", '"\\e"', None),
        # the whole document
        ("", "bad-yaml", "the document is empty", "", "begins with `archspec: 1`"),
        ("# nothing\n", "bad-yaml", "the document is empty", "# nothing", "`archspec: 1`"),
        ("---\n", "bad-yaml", "the document is empty", "", "begins with `archspec: 1`"),
        ("null", "bad-yaml", "the document is empty", "null", "begins with `archspec: 1`"),
        ("- a\n- b", "bad-yaml", "the document is not a mapping", None, "`archspec: 1`"),
        ("archspec:1", "bad-yaml", "the document is not a mapping", "archspec:1", "archspec: 1"),
        ("archspec:1\nname: x", "bad-yaml", "", "archspec:1", "the colon: archspec: 1"),
        ("a: 1\n---\nb: 2", "bad-yaml", "a second document in one file", "---", "delete the `---`"),
        ("a: 1\n...\nb: 2", "bad-yaml", "text after the end of the document", "b: 2", None),
        ("{a: 1}\nb: 2", "bad-yaml", "text after the end of the document", "b: 2", "is closed"),
        # keys
        ("a: {b: 1, b: 2}", "duplicate-key", "the key 'b' appears twice in one mapping", "b", None),
        ("a:\n  b:{op: X, k: 3}", "bad-yaml", "no space after the colon", "b:{op", ": b: {op"),
        ("a:\n  b:{op: X}", "bad-yaml", "no space after the colon in `b:{op`", "b:{op", ": b: {op"),
        # scanner and parser
        (
            "a:\n\tb: 1",
            "bad-yaml",
            "a tab where only spaces are allowed",
            "\t",
            "indent with spaces",
        ),
        ("a:\n  b: 1\n\tc: 2", "bad-yaml", "a tab where only", "\t", "indent with spaces"),
        ("a: {b: c[1], d: 2}", "bad-yaml", "an unquoted `[` inside", "c[1]", QUOTE + ': "c[1]"'),
        (
            "a: {b: x != c[1] + 1}",
            "bad-yaml",
            "an unquoted `[`",
            "x != c[1] + 1",
            '"x != c[1] + 1"',
        ),
        ("a: {layer{i}: X}", "bad-yaml", "an unquoted `{`", "layer{i}", "a key with braces inside"),
        ("a: {b: 1", "bad-yaml", "`{` is never closed", "{", None),
        ("a: {b: 1\n\n# end\n", "bad-yaml", "`{` is never closed", "{", None),
        ("a: [1, 2", "bad-yaml", "`[` is never closed", "[", None),
        ("a: {b: [1, 2}", "bad-yaml", "`}` does not close `[`", "}", None),
        ("a: {b: c]}", "bad-yaml", "`]` does not close `{`", "]", None),
        ("a: {b: 1}}", "bad-yaml", "`}` closes nothing", "}", None),
        ("a: [1]]", "bad-yaml", "`]` closes nothing", "]", None),
        ("a: {b: 1\nc: 2", "bad-yaml", "a comma or the closing `}` is missing", "c:", "quoted"),
        ("a: {op: X out: 3}", "bad-yaml", "a comma or the closing `}` is missing", "out:", None),
        ("a: [1\n  2: 3]", "bad-yaml", "a comma or the closing `]` is missing", "2:", None),
        (
            "a: {b: c ? 1 : 2}",
            "bad-yaml",
            "a choice is not written with `?`",
            None,
            "write `a if condition else b`",
        ),
        ("a: b: c", "bad-yaml", "a second colon in one line", ":", "stands in braces: a: {b: c}"),
        ("a: 1\n  b: 2", "bad-yaml", "a key below a value", "b", "in one column"),
        ("x:\n  a:1\n  b: 2", "bad-yaml", "no space after the colon", "a:1", "the colon: a: 1"),
        ("a:\n  b\n  c: 1", "bad-yaml", "a line without a colon", "b", "a line is `key: value`"),
        (
            "a:\n  fc {op: X, k: 3}",
            "bad-yaml",
            "an unmatched bracket",
            "fc {op",
            "a colon",
        ),
        (
            "(a: 1",
            "bad-yaml",
            "an unmatched bracket in the key `(a`",
            "(a",
            "quote the key",
        ),
        ("a: {b: c[1, d: 2}", "bad-yaml", "an unquoted `[` inside", "c[1, d", "must be quoted"),
        (
            "a: [\n- b",
            "bad-yaml",
            "`- ` cannot begin a value here",
            "-",
            "close the brackets above",
        ),
        ("a: b\nc\n", "bad-yaml", "a line without a colon", "c", "a line is `key: value`"),
        ("x: 1\nop:Conv2d", "bad-yaml", "a line without a colon", "op:Conv2d", "op: Conv2d"),
        ("a: b # c\n  d", "bad-yaml", "a line without a colon", "d", "a line is `key: value`"),
        ("a: - b", "bad-yaml", "a list cannot begin on the line of its key", "-", "next line"),
        ("a: ? b", "bad-yaml", "`?` cannot begin a value", "?", "in quotes"),
        ("a: 1\n- b", "bad-yaml", "a list item between keys", "-", "below its key"),
        ("a:\n  - b\n  c: 1", "bad-yaml", "a line between the items of a list", "c: 1", "`- `"),
        (
            "a:\n  b: 1\n c: 2",
            "bad-yaml",
            "the indentation matches no line",
            "c: 2",
            "in one column",
        ),
        ("a: {b: 1}, c: 2", "bad-yaml", "a comma after a value", ",", "its own line"),
        ("a: 'it's'", "bad-yaml", "text after the closing quote", "s", "it''s"),
        ("a: {b: 'c' d}", "bad-yaml", "text after the closing quote", "d", "whole value"),
        ("a: [1] x", "bad-yaml", "text after the closing bracket", "x", "whole value"),
        ("a: 'b", "bad-yaml", "a quote that is never closed", "'", None),
        ('a: "b\n\n\n', "bad-yaml", "a quote that is never closed", '"', None),
        ('a: "\\q"', "bad-yaml", "an unknown escape between double quotes", None, "single quotes"),
        ("a: @b", "bad-yaml", "a value cannot begin with '@'", "@", "in quotes"),
        ("a: `b`", "bad-yaml", "a value cannot begin with '`'", "`", "in quotes"),
        ("a: %b", "bad-yaml", "a value cannot begin with '%'", "%", "in quotes"),
        ("a: | b\n  c", "bad-yaml", "text after `|` or `>`", "b", "next line"),
        ("a: [1,, 2]", "bad-yaml", "a value is missing before `,`", ",", None),
        ("a: {b: [}", "bad-yaml", "a value is missing before `}`", "}", None),
        ("a: {: 1}", "bad-yaml", "a key is missing before the colon", ":", None),
        (": 1", "bad-yaml", "a key is missing before the colon", ":", None),
        ("a: [- 1]", "bad-yaml", "`- ` cannot begin a value here", "-", "a list needs brackets"),
        (
            "a: " + "[" * 70,
            "limit",
            f"more than {MAX_DEPTH} levels of mappings and lists",
            "[",
            None,
        ),
        ("- " * 5000, "bad-yaml", "the document is not a mapping", None, None),
    ],
)
def test_mistake(text: str, code: str, message: str, under: str | None, help: str | None) -> None:
    found = mistake(text)
    assert found.code == code
    assert found.message.startswith(message)
    if under is not None:
        assert marked(found.span).rstrip("\n") == under.rstrip("\n")
    assert (help or "") in (found.help or "")
    render(found, color=False)


@pytest.mark.skipif(LOADERS[0] is LOADERS[1], reason="PyYAML without its C part reads it")
@pytest.mark.parametrize(
    ("text", "message", "under", "help"),
    [
        ("a: {b:{c: 1}}", "no space after the colon", "b:", "write a space after the colon"),
        ("a: {b: c:, d: 1}", "a colon before `,`", ":", "quote it if it is text"),
    ],
)
def test_colons_in_braces(text: str, message: str, under: str, help: str) -> None:
    found = mistake(text)
    assert (found.message, marked(found.span), found.help) == (message, under, help)


@both_loaders
def test_endless_keys_end() -> None:
    assert {each.code for each in mistakes("? " * 5000)} <= {"limit", "bad-yaml"}


@pytest.mark.parametrize(
    ("content", "code", "message", "place"),
    [
        (
            b"a: 1\nb: \xff\n",
            "bad-file",
            "the file is not UTF-8 text: byte 0xff at offset 8",
            "2:4",
        ),
        (b"\xef\xbb\xbf\xc3\xa9: \xff", "bad-file", "byte 0xff at offset 7", "1:4"),
        (b"a: 1\r\nb: \xe6\x97", "bad-file", "byte 0xe6 at offset 9", "2:4"),
        ("a: 1\n".encode("utf-16"), "bad-file", "byte 0xff at offset 0", "1:1"),
        (b"a: \x00", "bad-file", "the character U+0000 is not allowed", "1:4"),
        ("a: 1\nb: x\x1b[2J", "bad-file", "the character U+001B is not allowed", "2:5"),
        ("a: 1\u2028b: 2", "bad-file", "the character U+2028 is not allowed", "1:5"),
        ("a: 1\x85b: 2", "bad-file", "the character U+0085 is not allowed", "1:5"),
        ("a: \ud800", "bad-file", "the character U+D800 is not allowed", "1:4"),
        ("a: b\ufeff", "bad-file", "the character U+FEFF is not allowed", "1:5"),
        ("日: " + "x" * MAX_BYTES, "limit", "the file has 1000005 bytes; at most 1000000", "1:1"),
        (b"a" * (MAX_BYTES + 1), "limit", "the file has 1000001 bytes; at most 1000000", "1:1"),
    ],
)
def test_unreadable(content: bytes | str, code: str, message: str, place: str) -> None:
    found = mistake(content)
    assert found.code == code
    assert message in found.message
    assert str(found.span) == f"f.yaml:{place}"


def test_the_limits_are_reachable() -> None:
    head = "a: "
    assert read(head + "x" * (MAX_BYTES - len(head)), "f.yaml").data
    deepest = "{a: " * (MAX_DEPTH - 1) + "{}" + "}" * (MAX_DEPTH - 1)
    assert read(deepest, "f.yaml").data
    assert mistake("{a: " + deepest + "}").code == "limit"
    assert len(read(f"a: [{'1,' * (MAX_VALUES - 1)}]", "f.yaml").data["a"]) == MAX_VALUES - 1
    assert mistake(f"a: [{'1,' * MAX_VALUES}]").code == "limit"


@both_loaders
def test_several_mistakes_are_reported_in_the_order_of_the_text() -> None:
    text = "a: {b: 017, c: &d 1, e: 1, e: 2}\nf: ~\na: 3\ng: {op:X, k:3}\n"
    found = [(str(each.span)[7:], each.code) for each in mistakes(text)]
    assert found == [
        ("1:8", "bad-scalar"),
        ("1:16", "bad-yaml"),
        ("1:28", "duplicate-key"),
        ("2:1", "null-value"),
        ("3:1", "duplicate-key"),
        ("4:5", "null-value"),
        ("4:11", "null-value"),
    ]


@both_loaders
def test_a_syntax_error_ends_reading_and_what_was_found_before_is_reported() -> None:
    assert [each.code for each in mistakes("a: {b: 017}\nc: 'd\n")] == ["bad-scalar", "bad-yaml"]


def test_not_too_many_mistakes_at_once() -> None:
    assert len(mistakes(f"a: [{'017, ' * 10_000}]")) == MAX_DIAGNOSTICS


def test_both_places_of_a_duplicate_key() -> None:
    found = mistake("layers:\n  conv: ReLU\n  bn: ReLU\n  conv: Tanh\n")
    assert render(found, color=False).split("\n") == [
        "error[duplicate-key]: the key 'conv' appears twice in one mapping",
        " --> f.yaml:4:3",
        "  |",
        "4 |   conv: Tanh",
        "  |   ^^^^",
        "  |",
        " ::: f.yaml:2:3",
        "  |",
        "2 |   conv: ReLU",
        "  |   ---- first written here",
    ]


# ---------------------------------------------------------------- anything at all

PIECES = [
    *"{}[],:?-#&*!|>'\"%@`\\\n\t ~=<.()0",
    *("\n  ", "\n- ", ": ", ", ", "- ", "a", "b: ", "op:X", "max(a, b)", "é", "日", "😀", "<<: "),
    *("---\n", "...\n", "%YAML 1.2\n", "null", "true", "017", "1_0", "1e-4", ".inf", "&a ", "*a "),
    *(
        "!t ",
        "|\n  x",
        ">-\n",
        '"\\x00"',
        '"\\ud800"',
        '"\\UFFFFFFFF"',
        "\r\n",
        "\r",
        "\ufeff",
        "\u2028",
        "\x00",
    ),
]


def check_source(source: Source) -> None:
    """The marks lie in the text, and plain ones on the very characters of their values."""
    for route, marks in source.marks.items():
        value = source.data
        for key in route:
            value = value[key]
        check_marks(marks)
        text = marked(marks.value)
        if marks.plain:
            if isinstance(value, str):
                assert value == (text[1:-1] if marks.value.is_quoted else text)
            else:
                assert value == (text == "true" if isinstance(value, bool) else float(text))


def check_marks(marks: Marks) -> None:
    for span in (marks.key, marks.value):
        check_span(span)


def check_span(span: Span) -> None:
    lines = span.source.lines
    assert 0 <= span.line <= span.end_line < len(lines)
    assert 0 <= span.column <= len(lines[span.line])
    assert (span.line, span.column) <= (span.end_line, span.end_column)


def check_anything(content: bytes | str) -> None:
    for loader in LOADERS:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(frontend, "loader", lambda text, loader=loader: loader)
            try:
                source = read(content, "f.yaml")
            except SpecError as error:
                check_mistakes(error)
            else:
                check_source(source)
                assert isinstance(source.data, dict)


def check_mistakes(error: SpecError) -> None:
    assert error.diagnostics
    for diagnostic in error.diagnostics:
        assert diagnostic.labels
        for label in diagnostic.labels:
            check_span(label.span)
        assert re.fullmatch(
            r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*", render(diagnostic, color=False)
        )
        assert not diagnostic.message.startswith("this is not YAML"), "PyYAML's own words"


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_any_pieces(text: str) -> None:
    check_anything(text)
    check_anything("a: {" + text)
    check_anything("a:\n  " + text + "\nb: 1")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40))
def test_any_text(text: str) -> None:
    check_anything(text)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes(content: bytes) -> None:
    check_anything(content)


PLAIN_DATA = st.recursive(
    st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcd:{}", max_size=3), inner)
    ),
    max_leaves=12,
)


def written(value: Any) -> str:
    """Data as flow YAML that is safe for any reader."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).lower()


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b c", "(d)"]), PLAIN_DATA, min_size=1))
def test_what_is_written_is_read(data: dict[str, Any]) -> None:
    source = read(written(data), "f.yaml")
    assert source.data == data
    check_source(source)
