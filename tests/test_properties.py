"""Whatever the text, the answer is a graph or a list of mistakes, soon and with little memory."""

from __future__ import annotations

import json
import random
import re
import sys
import time
import tracemalloc
from collections.abc import Callable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archspec.backends.torch.source import source
from archspec.diagnostics import SpecError, near
from archspec.diagnostics.render.terminal import render
from archspec.elaborate.edits.globs import GLOB, Automaton, Globs
from archspec.graph import Graph
from archspec.workspace.load import loads
from archspec.workspace.locate import zoo_folder
from archspec.workspace.workspace import Workspace
from tests.networks import specs

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent
TEXTS = [
    path.read_text("utf-8", "replace")
    for path in (*sorted(zoo_folder().rglob("*.yaml")), *sorted(FOLDER.glob("errors/**/*.yaml")))
]
"""The zoo, and specs that use every part of the language, rightly and wrongly."""
HEAD = "archspec: 1\nname: x\ninput: [3, 32, 32]\n"

SECONDS = 60
"""Of the processor, far more than any answer takes: a test machine may be busy."""


def answer(text: str, **overrides: Any) -> Graph | SpecError:
    """What is made of a text, described in words if it is wrong."""
    try:
        return loads(text, **overrides)
    except SpecError as error:
        found = error
    assert found.diagnostics
    for mistake in found.diagnostics:
        assert render(mistake, color=False)
    return found


# ---------------------------------------------------------------- mutations


def _words(line: str) -> list[str]:
    return re.findall(r"\w+", line)


def _delete(lines: list[str], k: int, rnd: random.Random) -> None:
    del lines[k]


def _double(lines: list[str], k: int, rnd: random.Random) -> None:
    lines.insert(k, rnd.choice(lines))


def _indent(lines: list[str], k: int, rnd: random.Random) -> None:
    lines[k] = " " * rnd.randrange(6) + lines[k].lstrip(" " * rnd.randrange(6))


def _number(lines: list[str], k: int, rnd: random.Random) -> None:
    numbers = [
        "0",
        "-1",
        "1e9",
        "3.5",
        "x",
        "true",
        "[1, 2]",
        "10**9",
        "2**53",
        "1e-9",
        "",
        "{a: 1}",
    ]
    lines[k] = re.sub(r"\d+", lambda _: rnd.choice(numbers), lines[k], count=1)


def _swap(lines: list[str], k: int, rnd: random.Random) -> None:
    words = _words(lines[k])
    if words:
        lines[k] = lines[k].replace(rnd.choice(words), rnd.choice(_words("\n".join(lines))), 1)


def _flip(lines: list[str], k: int, rnd: random.Random) -> None:
    if lines[k]:
        j = rnd.randrange(len(lines[k]))
        lines[k] = (
            lines[k][:j] + rnd.choice("{}[]():,&*!|>%@`\"'#\t\x00é한\ud7ff0") + lines[k][j + 1 :]
        )


def _colon(lines: list[str], k: int, rnd: random.Random) -> None:
    lines[k] = lines[k].replace(
        ":", rnd.choice(["", "::", ": :", ": !!python/name:os.system", ": &a *a", ": {", ": - "]), 1
    )


def _cut(lines: list[str], k: int, rnd: random.Random) -> None:
    lines[k] = lines[k][: rnd.randrange(len(lines[k]) + 1)]


def _keys(lines: list[str], k: int, rnd: random.Random) -> None:
    keys = [
        "op",
        "layers",
        "use",
        "from",
        "when",
        "else",
        "repeat",
        "note",
        "output",
        "inputs",
        "params",
    ]
    lines[k] = lines[k].replace("{", "{" + f"{rnd.choice(keys)}: {rnd.choice(keys)}, ", 1)


def _move(lines: list[str], k: int, rnd: random.Random) -> None:
    lines.insert(rnd.randrange(len(lines) + 1), lines.pop(k))


MUTATIONS: list[Callable[[list[str], int, random.Random], None]] = [
    _delete, _double, _indent, _number, _swap, _swap, _flip, _colon, _cut, _keys, _move,
]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A spec with some mistakes in its text."""
    rnd = draw(st.randoms(use_true_random=False))
    lines = draw(st.sampled_from(TEXTS)).split("\n")
    for mutation in draw(st.lists(st.sampled_from(MUTATIONS), min_size=1, max_size=5)):
        if lines:
            mutation(lines, rnd.randrange(len(lines)), rnd)
    return "\n".join(lines)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_mutated_specs(text: str) -> None:
    start = time.process_time()
    answer(text)
    assert time.process_time() - start < SECONDS


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_all_variants_of_mutated_specs(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "mutated.yaml"
    path.write_text(text, "utf-8", errors="surrogatepass")
    try:
        assert Workspace().check(str(path)) >= 1 or "blocks:" in text  # a file of blocks has none
    except SpecError as error:
        places = [mistake.place for mistake in error.diagnostics]
        assert len(set(places)) == len(places)  # each is reported once


values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-3, 300) | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["ReLU", "Conv2d", "B", "act", "width", "input", "none", "a", "i", "b*", "same",
                       "i + 1", "in_channels", "1 / 0", "(", "int", "op", "{x", "a{i}", "(g)"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["op", "layers", "from", "when", "else", "repeat", "use", "output", "note",
                         "a", "b", "c{i}", "(g)", "out_channels", "kernel_size", "params", "inputs",
                         "path", "after", "insert", "remove", "set", "to", "cut", "operand", "sites"]),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
KEYS = ["input", "params", "blocks", "layers", "output", "outputs", "init", "edits", "expect",
        "variants", "import", "extends", "name", "description"]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(KEYS), values), st.booleans())
def test_any_document(document: dict[str, Any], whole: bool) -> None:
    if whole:
        document = {"input": [3, 8, 8], "layers": {"x": "ReLU"}, **document}
    answer(json.dumps({"archspec": 1, **document}))


items: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from(["ReLU", "B", "act", "Add", "Concat", "Flatten"]),
    lambda inner: st.lists(inner, min_size=1, max_size=2)
    | st.fixed_dictionaries(
        {"layers": st.dictionaries(st.sampled_from(["a", "b", "c{i}", "d{k}", "(g)"]), inner, min_size=1)
         | st.lists(inner, min_size=1, max_size=3)},
        optional={"repeat": st.sampled_from([0, 2, "i", {"k": 2}, "n"]),
                  "when": st.sampled_from([True, False, "n > 1", "in_channels > 3"]),
                  "from": st.sampled_from(["input", "first", "a"]),
                  "output": st.sampled_from(["a", "b"])},
    )
    | st.fixed_dictionaries(
        {"op": st.sampled_from(["ReLU", "B", "act", "Add", "Concat", "Sigmoid", "Multiply"])},
        optional={"repeat": st.sampled_from([0, 2, {"k": 2}, "n"]),
                  "when": st.sampled_from([True, False, "n > 1", "in_channels > 3"]),
                  "else": st.sampled_from(["input", "none", "a", "Tanh", {"op": "act"}]),
                  "from": st.sampled_from(["input", "*", "a", ["first", "input"]])},
    )
    | st.fixed_dictionaries({"use": st.sampled_from(["first", "a", "c0"])},
                            optional={"from": st.sampled_from(["input", "a"])}),
    max_leaves=8,
)  # fmt: skip
edits = st.lists(
    st.builds(
        lambda verb, selector: {verb[0]: selector, **verb[1]},
        st.sampled_from([
            ("after", {"insert": "Tanh"}), ("before", {"insert": {"op": "ELU"}, "as": "x"}),
            ("remove", {}), ("replace", {"with": "Sigmoid"}), ("cut", {"operand": "a"}),
            ("after", {"insert": {"layers": ["ReLU", "B"]}}), ("set", {"to": {"inplace": True}}),
            ("replace", {"with": "B"}),
        ]),
        st.sampled_from([{"op": "ReLU"}, {"op": "B"}, {"path": "**"}, {"path": "*"}, {"op": ["Add", "Concat"]},
                         {"path": "**.a", "op": "ReLU"}, {"path": "a.**"}]),
    ),
    max_size=3,
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["a", "b", "c{i}", "d", "(g)"]), items, min_size=1), edits)
def test_any_layers(layers: dict[str, Any], edits: list[Any]) -> None:
    block = {"layers": {"a": "ReLU", "b": {"op": "Add", "from": ["a", "input"]}}}
    document = {
        "archspec": 1,
        "input": [3, 8, 8],
        "params": {"n": 1, "act": "ReLU"},
        "blocks": {"B": block},
        "layers": {
            "first": {"op": "act", "repeat": "n"},
            **layers,
            "last": {"op": "Add", "from": "*"},
        },
        "edits": edits,
    }
    found = answer(json.dumps(document), n=2)  # under an override, edits may select nothing
    if isinstance(found, Graph):
        check(found)


def check(graph: Graph) -> None:
    """What is true of every graph."""
    seen = {node.path for node in graph.inputs}
    for node in graph.layers:
        assert seen.issuperset(node.sources), node.path  # written order is topological
        assert node.path not in seen
        seen.add(node.path)
        assert node.output == node.op.infer(
            *(graph.nodes[source].output for source in node.sources)
        )
    assert seen == graph.ancestors({output.source for output in graph.outputs}) | {
        node.path for node in graph.inputs
    }
    for scope in graph.scopes.values():
        assert scope.output in seen
        assert seen.issuperset(scope.sources)
        names = [child.name for child in scope.children]
        assert len(set(names)) == len(names)


# ---------------------------------------------------------------- good networks


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs())
def test_random_networks_are_the_same_every_time(text: str) -> None:
    first, second = loads(text), loads(text)
    check(first)
    for one, other in zip(first.layers, second.layers, strict=True):
        assert (one.path, one.op, one.sources, one.output, one.cost) == (
            other.path, other.op, other.sources, other.output, other.cost,
        )  # fmt: skip
    assert list(first.scopes) == list(second.scopes)
    assert first.outputs == second.outputs


def calls_of(text: str) -> int:
    """Functions that are called while an answer is found, Python's and C's."""
    count = 0

    def profile(frame: Any, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        answer(text)
    finally:
        sys.setprofile(None)
    return count


def anagrams(number: int) -> list[str]:
    """Names of 60 letters, of which each has the same."""
    rnd = random.Random(0)
    return ["p" + "".join(rnd.sample("ab" * 30, 60)) for _ in range(number)]


def test_suggestions_take_bounded_work() -> None:
    """All anagrams of a name are as likely; only so many are looked at closely."""
    *known, unknown = anagrams(2001)
    matched = 0

    class Counted(SequenceMatcher[str]):
        def ratio(self) -> float:
            nonlocal matched
            matched += 1
            return super().ratio()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("archspec.diagnostics.suggest.SequenceMatcher", Counted)
        near(unknown, known)
    assert 3 <= matched < 50


NAMES = "\n".join(f"  {name}: 1" for name in anagrams(300))
AGAIN = {
    "a name that means nothing": f"params:\n{NAMES}\n"
    "blocks:\n  B: {layers: {x: {op: ReLU, from: input, when: pab > 0}, y: {op: ReLU, from: input}}}\n",
    "an argument that does not fit": "blocks:\n  B: {layers: {x: {op: Conv2d, from: input, "
    f"out_channels: 1, kernel_size: [{', '.join(['1'] * 3_000)}]}}, y: {{op: ReLU, from: input}}}}}}\n",
    "a layer that is not there": "params: {on: false}\nblocks:\n  B:\n    layers:\n      (g):\n"
    "        when: on\n        layers:\n"
    + "".join(f"          l{k}: ReLU\n" for k in range(3_000))
    + "      x: {op: ReLU, from: l2999}\n      y: {op: ReLU, from: input}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", AGAIN)
def test_a_mistake_that_all_copies_make_is_not_looked_for_in_each(name: str) -> None:
    text = HEAD + AGAIN[name] + "layers: [{op: B, repeat: %d}]\n"
    few, many_copies = calls_of(text % 10), calls_of(text % 110)
    assert many_copies - few < 100 * 300  # a copy without it


def test_lists_in_lists_of_copies_are_refused_before_they_are_made() -> None:
    column = ", ".join(map(str, range(10_000)))
    body = f"layers: {{b: {{op: ReLU, repeat: {{y: [{column}]}}}}}}"
    text = HEAD + f"layers: {{a: {{repeat: {{x: [{column}]}}, {body}}}}}"
    assert calls_of(text) < 40 * len(text)


DEEP = HEAD + (
    "params: {n: 1}\nlayers:\n  body:\n    repeat: {k: %s}\n    layers:\n"
    "      conv: {op: Conv2d, out_channels: n + k %% 2, kernel_size: 3, padding: 1}\n"
    "      relu: ReLU\n"
)


def test_the_work_grows_with_the_layers() -> None:
    calls_of(DEEP % 1)  # what is made once
    small, large = calls_of(DEEP % 100), calls_of(DEEP % 1000)
    assert large < 10.5 * small


def test_many_layers() -> None:
    graph = loads(DEEP % 10_000)
    assert len(graph.layers) == 20_000
    assert graph.layers[-1].path == "body.9999.relu"


# ---------------------------------------------------------------- bombs


def many(number: int, line: str) -> str:
    """Lines with their number for ``K``, and the next for ``N``."""
    return "".join(line.replace("K", str(k)).replace("N", str(k + 1)) + "\n" for k in range(number))


def doubling(levels: int, leaf: str, calls: str = "[BK, BK]") -> str:
    """Blocks that call each other twice: 2**levels of the leaf."""
    blocks = many(levels, f"  BN: {{layers: {calls}}}")
    return f"blocks:\n  B0: {{layers: [{leaf}]}}\n{blocks}layers: [B{levels}]\n"


PLEASE = "params: {please: true}\n"
LONG = f"params: {{p: [{', '.join(['1'] * 9_000)}]}}\n"

BOMBS = {
    "aliases": "a0: &a0 [x, x, x]\n" + many(12, f"aN: &aN [{', '.join(['*aK'] * 9)}]"),
    "nested text": "layers: " + "{layers: " * 10_000 + "{c: ReLU}" + "}" * 10_000,
    "brackets": "layers: " + "[" * 100_000,
    "repeat": "layers: {c: {op: ReLU, repeat: 10**12}}",
    "power": "layers: {c: {op: Conv2d, out_channels: 9**9**9, kernel_size: 1}}",
    "tag": "layers: {c: !!python/object/apply:os.system ['touch pwned']}",
    "import": "import: ../../../../etc/passwd\nlayers: {c: ReLU}",
    "names": "layers: {'__class__': ReLU, 'a.b(c)': ReLU}",
    "text times": "params: {s: 'a'}\nlayers: {c: {op: ReLU, repeat: s * 10**9}}",
    "attribute": 'layers: {c: {op: ReLU, repeat: "().__class__.__bases__[0]"}}',
    "block in itself": "blocks: {B: {layers: {b: B}}}\nlayers: {c: B}",
    "many lines": "layers:\n" + many(90_000, "  lK: {op: ReLU, note: x}"),
    "doubling blocks": doubling(35, "ReLU"),
    "doubling blocks with a condition": PLEASE
    + doubling(35, "ReLU", "[{op: BK, when: please}, {op: BK, when: please}]"),
    "doubling blocks of nothing": PLEASE + doubling(30, "{op: ReLU, when: not please}"),
    "doubling by repeat": doubling(35, "ReLU", "[{op: BK, repeat: 2}]"),
    "doubling by use": doubling(35, "ReLU", "{a: BK, b: {use: a}}"),
    "a long chain of blocks": doubling(5000, "ReLU", "[BK]"),
    "repeats in repeats": "layers: "
    + "".join(f"[{{repeat: {{k{k}: 1000}}, layers: " for k in range(9))
    + "[ReLU]"
    + "}]" * 9,
    "repeats of nothing": PLEASE
    + "layers:\n  a:\n    repeat: {x: 10000}\n    layers:\n"
    + many(100, "      - {op: ReLU, when: not please}"),
    "lists of lists": "params:\n  p0: [1, 2]\n"
    + many(60, "  pN: [pK, pK]")
    + "layers: [{op: ReLU, repeat: {i: p60}}]",
    "a long list": f"layers: [{{op: ReLU, repeat: {{k: [{', '.join(['1'] * 20_000)}]}}}}]",
    "every layer reads all above": "layers:\n  a0: ReLU\n" + many(20_000, "  aN: {op: Add, from: '*'}"),
    "names and globs": "layers:\n"
    + many(10_000, "  aK: ReLU")
    + many(9_000, "  bK: {op: Add, from: '*K*a'}"),
    "a glob of many stars": f"layers: {{{'a' * 70}: {{op: ReLU, repeat: 30000}}}}\n"
    + f"edits: [{{remove: {{path: '{'*a' * 30}*b.**.*1*2*3*4*5*6'}}}}]",
    "many edits": "layers: {a: {op: ReLU, repeat: 100000}}\nedits:\n"
    + many(20_000, "  - {remove: {path: b}}"),
    "many variants": "layers: [ReLU]\nvariants:\n" + many(10_000, "  vK: {}"),
    "many unknown keys": "layers: [ReLU]\n" + many(20_000, "kK: 1"),
    "many mistakes": "layers:\n" + many(20_000, "  aK: {op: Foo, from: bK}"),
    "many params": "params:\n" + many(30_000, "  pK: qK") + "layers: [ReLU]",
    "templates and readers": "layers:\n"
    + many(5_000, "  'xKy{i}': {op: ReLU, repeat: 1}")
    + many(5_000, "  bK: {op: ReLU, from: zK}"),
    "long lists that are read often": LONG
    + f"layers: [{{op: ReLU, repeat: 100000, when: {' + '.join(['sum(p)'] * 40)} + i > 0}}]",
    "a huge tensor": "layers: [" + "{op: Upsample, scale_factor: 1000}, " * 2 + "ReLU]",
    "long names in deep scopes": doubling(
        35, "{op: ReLU, repeat: 140000}", f"{{{'x' * 80}: BK}}"
    ),
    "expectations": "layers: [{op: ReLU, repeat: 1000}]\nexpect:\n  shapes:\n"
    + many(20_000, "    aK: [1]"),
    "alternatives that begin each other": f"layers: {{{'a' * 80}: ReLU}}\n"
    + f"edits: [{{remove: {{path: '{'{a,aa}' * 40}b'}}}}]",
    "many paths with alternatives": "layers: [{op: ReLU, repeat: 100000}]\nedits: [{remove: {path: ["
    + ", ".join(f"'*{{1,11}}*{{1,x{k}}}'" for k in range(10_000)) + "]}}]",
    "a long word before a colon": "layers: {" + "a" * 900_000 + " !: b}",
    "a long glob": "layers:\n" + many(3_000, "  aK: ReLU") + f"  z: {{op: Add, from: '{'*a' * 400_000}'}}",
    "lists in lists of copies": f"layers:\n  a:\n    repeat: {{x: [{', '.join(['1'] * 10_000)}]}}\n"
    + f"    layers: [{{op: ReLU, repeat: {{y: [{', '.join(['1'] * 10_000)}]}}}}]",
    "a list as an argument of every block": f"blocks: {{B: {{params: {{w: [{', '.join(['1'] * 10_000)}]}}, "
    + "layers: [{op: Conv2d, out_channels: 'w[3]', kernel_size: 1}]}}\nlayers: [{op: B, repeat: 100000}]",
    "operands of every copy": "layers:\n  a: ReLU\n  'b{i}': {op: Add, repeat: 1000, from: ["
    + "a, " * 180_000 + "a]}",
    "many changes of every layer": "layers: [{op: LeakyReLU, repeat: 300}]\nedits:\n"
    + many(15_000, "  - {set: {op: LeakyReLU}, to: {negative_slope: 1}}"),
    "many rules for initial weights": "layers: [{op: Conv2d, out_channels: 3, kernel_size: 1, "
    + "repeat: 100000}]\ninit:\n" + many(30_000, "  - {path: '*.aK*', bias: 0}"),
    "an expression that is long": f"layers: [{{op: ReLU, when: {'(' * 240}1{')' * 240} > 0}}]",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    start = time.process_time()
    assert isinstance(answer(HEAD + BOMBS[name]), SpecError)
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "name",
    ["aliases", "nested text", "doubling blocks", "lists of lists", "many mistakes", "power"],
)
def test_bombs_take_little_memory(name: str) -> None:
    tracemalloc.start()
    try:
        answer(HEAD + BOMBS[name])
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_files_of_nothing_and_of_another_version() -> None:
    assert isinstance(answer(""), SpecError)
    assert isinstance(answer(HEAD.replace("1", "99", 1) + "layers: [ReLU]"), SpecError)


# ---------------------------------------------------------------- globs


def matches(glob: list[str], path: list[str]) -> bool:
    """The meaning of a glob, level by level."""
    if not glob:
        return not path
    if glob[0] == "**":
        least = 1 if len(glob) == 1 else 0
        return any(matches(glob[1:], path[k:]) for k in range(least, len(path) + 1))
    return bool(path) and level_matches(glob[0], path[0]) and matches(glob[1:], path[1:])


def level_matches(glob: str, name: str) -> bool:
    pattern = re.sub(r"\{(.*?)\}", lambda found: f"(?:{found[1].replace(',', '|')})", glob)
    return re.fullmatch(pattern.replace("*", ".*"), name) is not None


levels = st.lists(
    st.sampled_from(["a", "b", "*", "[ab]", "{a,ab}", "{b,aba}", "{ab,ba}", "{a,a}", "ba"]),
    min_size=1, max_size=5,
).map(
    "".join
).filter(lambda level: "**" not in level)  # fmt: skip
names = st.text("ab", min_size=1, max_size=6)


@settings(max_examples=500, deadline=None)
@given(
    st.lists(levels | st.just("**"), min_size=1, max_size=5),
    st.lists(names, min_size=1, max_size=5),
)
def test_globs(glob: list[str], path: list[str]) -> None:
    text = ".".join(glob)
    assert GLOB.fullmatch(text)
    collapsed = [level for k, level in enumerate(glob) if glob[k : k + 2] != ["**", "**"]]
    meant, globs = matches(collapsed, path), Globs([text])
    assert globs.matches(".".join(path)) == meant
    assert Automaton(text).matches(".".join(path)) == meant
    if globs.pattern is not None:
        assert (re.fullmatch(globs.pattern, ".".join(path)) is not None) == meant, globs.pattern


def test_alternatives_that_begin_each_other_take_no_longer() -> None:
    """Each character of a path is read once, in as many states as the glob has."""
    glob, path = "{a,aa}" * 40, "a" * 80
    for text, meant in ((glob, True), (f"{glob}b", False), (f"*{glob}", True)):
        globs = Globs([text])
        assert globs.pattern is None
        assert globs.matches(path) is meant
        assert globs.work < len(text) * len(path)
    assert Globs(["{a,a}" * 40 + "b"]).matches(path) is False


def test_a_rule_for_initial_weights_that_is_no_regular_expression() -> None:
    """The printed source has the names that the rule means, not its alternatives."""
    name, glob = "a" * 80, "{a,aa}" * 40
    graph = loads(
        HEAD
        + f"layers: {{{name}: {{op: Conv2d, out_channels: 3, kernel_size: 1}}, b: BatchNorm2d}}\n"
        f"init: [{{path: '{glob}', bias: 0}}, {{path: '{glob}b', bias: 0}}]"
    )
    assert [rule.path for rule in graph.init] == [name, ""]
    assert [[node.path for node in graph.layers if rule.matches(node)] for rule in graph.init] == [
        [name], [],
    ]  # fmt: skip
    assert glob not in source(graph)
