"""Files, variants, overrides and promises: lines 49 to 60 of the reference, and the order of things.

The files of a test stand in one text, each under a line ``# NAME.yaml``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import Diagnostic, SpecError
from archspec.diagnostics.render.terminal import render
from archspec.elaborate import elaborate
from archspec.graph import Graph
from archspec.workspace.load import load
from archspec.workspace.loader import MAX_DEPTH, MAX_FILES
from archspec.workspace.locate import zoo_folder
from archspec.workspace.settings import setting
from archspec.workspace.workspace import Workspace
from tests.marked_specs import diagnose, diagnostics, marked_place, net, place

Files = Callable[[str], Path]

BASE = """
# base.yaml
archspec: 1
name: base
description: the base
cite: its paper
input: [3, 8, 8]
params: {width: 4, act: ReLU, depths: [1, 2], biased: true}
blocks:
  Unit:
    params: {width: int}
    layers:
      conv: {op: Conv2d, out_channels: width, kernel_size: 1, bias: biased}
      act: act
layers:
  a: {op: Unit, width: width}
  b: {op: Unit, width: 2 * width, repeat: "depths[1]"}
init: [{op: Conv2d, weight: kaiming_normal}]
expect: {params: 128}
variants:
  wide: {params: {width: 8}, expect: {params: 448}}
  tanh: {name: base_tanh, params: {act: Tanh}, description: with another function}
  one: {params: {depths: [1, 1]}, edits: [{remove: {path: a}}]}
"""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Writes the files of a text, and gives their folder."""

    def write(text: str) -> Path:
        for part in re.split(r"^(?=# [\w/.-]+\.yaml$)", text, flags=re.MULTILINE)[1:]:
            name, _, content = part.removeprefix("# ").partition("\n")
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.replace("«", "").replace("»", ""), "utf-8")
        return tmp_path

    return write


def of(folder: Path, name: str, **overrides: Any) -> Graph:
    return load(f"{folder}/{name}", **overrides)


def wrong(folder: Path, name: str, **overrides: Any) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        of(folder, name, **overrides)
    return list(caught.value.diagnostics)


def told_in(files: Files, text: str, code: str, name: str = "net.yaml") -> Diagnostic:
    """The one mistake of the files in a text, which has this code and stands at the «marks»."""
    (mistake,) = wrong(files(text), name)
    shown = render(mistake, color=False)
    assert mistake.code == code, shown
    if "«" in text:
        inside = next(part for part in re.split(r"^# .*\.yaml\n", text, flags=re.MULTILINE)
                      if "«" in part)  # fmt: skip
        assert place(mistake.span) == marked_place(inside), shown
    return mistake


# ---------------------------------------------------------------- 49: extends


def test_49_what_is_inherited(files: Files) -> None:
    folder = files(BASE + "# net.yaml\nextends: base.yaml\nparams: {width: 5}\n")
    graph = of(folder, "net.yaml")
    assert graph.name == "net"
    assert (graph.description, graph.cite) == ("the base", "its paper")
    assert [node.output.channels for node in graph.layers] == [5, 5, 10, 10, 10, 10]
    assert len(graph.init) == 1


def test_49_fields_are_replaced(files: Files) -> None:
    text = """
# net.yaml
archspec: 1
extends: base.yaml
name: other
description: another
input: [1, 4, 4]
init: []
output: b
blocks:
  Unit: {params: {width: int}, layers: [{op: Conv2d, out_channels: width, kernel_size: 3, bias: biased}, act]}
edits: [{remove: {path: "b.*"}}, {remove: {path: a.1}}, {after: {path: a.0}, insert: act, as: act}]
expect: {params: 40}
"""
    graph = of(files(BASE + text), "net.yaml")
    assert (graph.name, graph.description, graph.init) == ("other", "another", ())
    assert [node.path for node in graph.layers] == ["a.0", "a.0_act"]
    assert graph.inputs[0].output.shape == (1, 4, 4)


def test_49_edits_are_appended(files: Files) -> None:
    text = """
# first.yaml
extends: base.yaml
edits: [{after: {path: a}, insert: {op: Dropout, p: 0.1}, as: drop}]
# net.yaml
extends: first.yaml
edits: [{set: {op: Dropout}, to: {p: 0.5}, sites: 1}]
"""
    assert of(files(BASE + text), "net.yaml").nodes["a_drop"].op.arguments() == {"p": 0.5}


def test_49_a_variant_of_a_file(files: Files) -> None:
    folder = files(BASE + '# net.yaml\nextends: base.yaml:wide\nedits: [{remove: {path: "b.*"}}]\n')
    assert [node.output.channels for node in of(folder, "net.yaml").layers] == [8, 8]


def test_49_variants_are_not_inherited(files: Files) -> None:
    folder = files(BASE + "# net.yaml\nextends: base.yaml\n")
    assert wrong(folder, "net.yaml:wide")[0].code == "bad-variant"
    assert Workspace().check(f"{folder}/net.yaml") == 1
    assert Workspace().check(f"{folder}/base.yaml") == 4


def test_49_outputs_replace_output(files: Files) -> None:
    text = (
        BASE.replace("init:", "output: b\ninit:")
        + """
# net.yaml
extends: base.yaml
outputs: {y: b}
"""
    )
    folder = files(text)
    assert [output.name for output in of(folder, "net.yaml").outputs] == ["y"]


def test_49_in_a_folder_below(files: Files) -> None:
    folder = files(
        BASE.replace("# base.yaml", "# below/base.yaml") + "# net.yaml\nextends: below/base.yaml\n"
    )
    assert of(folder, "net.yaml").total_params == 128


def test_49_the_zoo(files: Files) -> None:
    folder = files("# net.yaml\nextends: resnet50.yaml:resnet18\nparams: {num_classes: 10}\n")
    assert of(folder, "net.yaml").total_params == 11_689_512 - 990 * 513


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bad-extends", "# net.yaml\nextends: base.yaml\n«layers»: [ReLU]\n"),
        ("bad-extends", "# net.yaml\nextends: «net.yaml»\n"),
        ("bad-extends", "# net.yaml\nextends: «net.yaml:v»\nvariants: {v: {}}\n"),
        ("bad-extends", "# net.yaml\nextends: a.yaml\n# a.yaml\nextends: «net.yaml»\n"),
        ("not-found", "# net.yaml\nextends: «bases.yaml»\n"),
        ("not-found", "# net.yaml\nextends: «base»\n"),
        ("bad-variant", "# net.yaml\nextends: «base.yaml:wyde»\n"),
        ("unknown-parameter", "# net.yaml\nextends: base.yaml\nparams: {«dephts»: [1, 3]}\n"),
        ("wrong-type", "# net.yaml\nextends: base.yaml\nparams: {depths: «3»}\n"),
        ("wrong-type", "# net.yaml\nextends: base.yaml\nparams: {width: «0.5»}\n"),
        ("wrong-type", "# net.yaml\nextends: base.yaml\nparams: {biased: «1»}\n"),
        ("wrong-type", "# net.yaml\nextends: base.yaml\nparams: {act: «1»}\n"),
        ("wrong-type", "# net.yaml\nextends: base.yaml\nparams: {width: «[4]»}\n"),
        ("wrong-type", "# net.yaml\nextends: base.yaml\nparams: {biased: «2 * 2»}\n"),
        ("edit-sites", "# net.yaml\nextends: base.yaml\nedits: [{remove: «{op: Tanh}»}]\n"),
        ("bad-edit", "# net.yaml\nextends: base.yaml\nedits: [{remove: {op: Add}, «by»: 1}]\n"
         .replace("«by»: 1", "by: 1").replace("[{remove", "[«{remove").replace("1}]", "1}»]")
         .replace(", by: 1", ", keep: [a]")),
    ],
)  # fmt: skip
def test_49_wrong_extensions(files: Files, code: str, text: str) -> None:
    told_in(files, BASE + text, code)


def test_49_a_new_param_is_read_by_this_file(files: Files) -> None:
    text = (
        BASE
        + "# net.yaml\nextends: base.yaml\nparams: {drop: 0.1}\nedits: [{after: {path: a}, insert: {op: Dropout, p: drop}}]\n"
    )
    assert of(files(text), "net.yaml").nodes["a_dropout"].op.arguments() == {"p": 0.1}


# ---------------------------------------------------------------- 50, 51: variants


def test_51_variants(files: Files) -> None:
    folder = files(BASE)
    assert of(folder, "base.yaml:wide").total_params == 448
    assert of(folder, "base.yaml:tanh").name == "base_tanh"
    assert of(folder, "base.yaml:wide").name == "wide"
    assert of(folder, "base.yaml:tanh").description == "with another function"
    assert [node.path for node in of(folder, "base.yaml:one").layers] == ["b.0.conv", "b.0.act"]


def test_51_the_file_s_own_network_by_its_name(files: Files) -> None:
    folder = files(BASE)
    own = of(folder, "base.yaml").name
    assert of(folder, f"base.yaml:{own}").total_params == of(folder, "base.yaml").total_params
    folder = files(BASE + f"# net.yaml\nextends: base.yaml:{own}\nparams: {{width: 3}}\n")
    again = files(BASE + "# net.yaml\nextends: base.yaml\nparams: {width: 3}\n")
    assert of(folder, "net.yaml").total_params == of(again, "net.yaml").total_params


def test_51_an_unknown_variant(files: Files) -> None:
    folder = files(BASE)
    mistake = wrong(folder, "base.yaml:wid")[0]
    assert (mistake.code, mistake.help) == ("bad-variant", "did you mean 'wide'?")


@pytest.mark.parametrize(
    ("code", "variant"),
    [
        ("unknown-key", "{«layers»: [ReLU]}"),
        ("unknown-parameter", "{params: {«widht»: 3}}"),
        ("wrong-type", "{params: {width: «true»}}"),
        ("override-without-effect", "{params: {spare: «3»}}".replace("spare: «3»", "«spare»: 3")),
    ],
)
def test_51_wrong_variants(files: Files, code: str, variant: str) -> None:
    base = BASE.replace("# base.yaml", "# net.yaml").replace(
        "biased: true", "biased: true, spare: 1"
    )
    base = base.replace("repeat:", "when: biased or spare > 1, repeat:")
    told_in(files, base + f"  bad: {variant}\n", code, "net.yaml:bad")


def test_51_all_variants_are_checked_and_each_mistake_reported_once(files: Files) -> None:
    text = (
        BASE
        + "  v: {params: {width: 0}}\n  w: {params: {width: 0, act: Tanh}}\n  x: {expect: {params: 1}}\n"
    )
    with pytest.raises(SpecError) as caught:
        Workspace().check(f"{files(text)}/base.yaml")
    assert [mistake.code for mistake in caught.value.diagnostics] == ["bad-argument", "expect"]


# ---------------------------------------------------------------- 52: import

BLOCKS = """
# blocks.yaml
archspec: 1
params: {hidden: 3}
blocks:
  Pair: {params: {width: int}, layers: [{op: Single, width: width}, {op: Single, width: width}]}
  Single: {params: {width: int}, layers: [{op: Conv2d, out_channels: width, kernel_size: 1}]}
  Needy: {layers: [{op: Conv2d, out_channels: hidden, kernel_size: 1}]}
"""
"""A library: nothing but blocks."""
NET = "# net.yaml\narchspec: 1\ninput: [3, 8, 8]\n"


def test_52_import(files: Files) -> None:
    folder = files(BLOCKS + NET + "import: [blocks.yaml]\nlayers: {p: {op: Pair, width: 2}}\n")
    assert [node.path for node in of(folder, "net.yaml").layers] == ["p.0.0", "p.1.0"]
    folder = files(BLOCKS + NET + "import: blocks.yaml\nlayers: {p: {op: Pair, width: 2}}\n")
    assert of(folder, "net.yaml").scopes["p"].block == "Pair"


def test_52_import_of_import(files: Files) -> None:
    text = (
        BLOCKS
        + NET
        + "import: a.yaml\nlayers: [Two]\n# a.yaml\narchspec: 1\nimport: blocks.yaml\nblocks: {Two: {layers: [{op: Pair, width: 2}]}}\n"
    )
    assert [node.path for node in of(files(text), "net.yaml").layers] == ["0.0.0.0", "0.0.1.0"]


@pytest.mark.parametrize(
    ("code", "text"),
    [
        # it does not see a parameter that its own file does not have
        ("unknown-name", NET + "import: a.yaml\nparams: {hidden: 3}\n"
         "layers: [Needy, {op: ReLU, repeat: hidden}]\n"
         "# a.yaml\narchspec: 1\nblocks: {Needy: {layers: [{op: ReLU, repeat: «hidden»}]}}\n"),
        # two files bring it
        ("unknown-name", NET + "import: [blocks.yaml, a.yaml]\nlayers: [Needy]\n"
         "# a.yaml\narchspec: 1\nparams: {hidden: 9}\n"
         "blocks: {A: {layers: [{op: Conv2d, out_channels: hidden, kernel_size: 1}]}}\n"),
        ("bad-import", NET + "import: [«blocks.yaml»]\nblocks: {Pair: {layers: [ReLU]}}\n"
         "layers: [Pair]\n"),
        ("bad-import", NET + "import: [blocks.yaml, «more.yaml»]\nlayers: [ReLU]\n"
         "# more.yaml\narchspec: 1\nblocks: {Pair: {layers: [ReLU]}}\n"),
        ("bad-import", NET + "import: [«blocks.yaml:v»]\nlayers: [ReLU]\n"),
        ("not-found", NET + "import: [«block.yaml»]\nlayers: [ReLU]\n"),
        ("bad-extends", NET + "import: [«net.yaml»]\nlayers: [ReLU]\n"),
        ("bad-extends", NET + "import: [a.yaml]\nlayers: [ReLU]\n"
         "# a.yaml\narchspec: 1\nimport: «net.yaml»\n"),
        ("bad-name", NET + "import: [a.yaml]\nlayers: [ReLU]\n"
         "# a.yaml\narchspec: 1\nblocks: {«ReLU»: {layers: [Tanh]}}\n"),
        ("unknown-op", NET + "import: [a.yaml]\nlayers: [«B»]\n"
         "# a.yaml\nextends: b.yaml\n# b.yaml\narchspec: 1\nblocks: {B: {layers: [Tanh]}}\n"),
        ("missing-key", NET.replace("input: [3, 8, 8]\n", "") + "extends: blocks.yaml\n"),
    ],
)  # fmt: skip
def test_52_wrong_imports(files: Files, code: str, text: str) -> None:
    told_in(files, BLOCKS + text, code)


def test_a_parameter_comes_along_with_the_block_that_reads_it(files: Files) -> None:
    folder = files(BLOCKS + NET + "import: blocks.yaml\nlayers: [Needy]\n")
    assert of(folder, "net.yaml").layers[0].output.channels == 3
    assert of(folder, "net.yaml", hidden=7).layers[0].output.channels == 7
    own = NET + "import: blocks.yaml\nparams: {width: 2, hidden: 2 * width}\nlayers: [Needy]\n"
    assert of(files(BLOCKS + own), "net.yaml").layers[0].output.channels == 4
    between = "import: a.yaml\nlayers: [Needy]\n# a.yaml\narchspec: 1\nimport: blocks.yaml\n"
    folder = files(BLOCKS + NET + between + "params: {hidden: 5}\n")
    assert of(folder, "net.yaml").layers[0].output.channels == 5


def test_a_block_that_comes_by_two_ways_is_one(files: Files) -> None:
    text = (
        BLOCKS + NET + "import: [blocks.yaml, a.yaml]\nlayers: [{op: Single, width: 2}, Two]\n"
        "# a.yaml\narchspec: 1\nimport: blocks.yaml\nblocks: {Two: {layers: [Needy]}}\n"
    )
    assert len(of(files(text), "net.yaml").layers) == 2
    extending = "# more.yaml\nextends: net.yaml\nimport: blocks.yaml\n"
    assert len(of(files(text + extending), "more.yaml").layers) == 2


def test_a_file_of_blocks_is_checked(files: Files) -> None:
    assert Workspace().check(f"{files(BLOCKS)}/blocks.yaml") == 0
    text = (
        "# a.yaml\narchspec: 1\nblocks: {A: {params: {k: int}, layers: [{op: ReLU, repeat: n}]}}\n"
    )
    assert {found.code for found in wrong(files(text), "a.yaml")} == {"missing-key"}
    with pytest.raises(SpecError) as caught:
        Workspace().check(f"{files(text)}/a.yaml")
    codes = [found.code for found in caught.value.diagnostics]
    assert codes == ["unused-parameter", "unknown-name"]


def test_variants_extend_each_other_and_their_file(files: Files) -> None:
    text = BASE.replace(
        "variants:\n",
        """variants:
  wider: {extends: wide, params: {width: 12}}
  widest: {extends: "base.yaml:wider", params: {width: 16}}
  again: {extends: "base.yaml:base", params: {width: 5}}
  same: {extends: base.yaml, params: {width: 6}}
""",
    )
    assert "wider" in text
    folder = files(text + "# net.yaml\nextends: base.yaml:base\n")
    channels = {
        name: of(folder, f"base.yaml:{name}").layers[0].output.channels
        for name in ("wide", "wider", "widest", "again", "same")
    }
    assert channels == {"wide": 8, "wider": 12, "widest": 16, "again": 5, "same": 6}
    assert of(folder, "net.yaml").layers[0].output.channels == 4


def test_variants_that_extend_each_other_in_a_circle(files: Files) -> None:
    circle = "  a: {extends: b}\n  b: {extends: base.yaml:a}\n"
    folder = files(BASE.replace("variants:\n", f"variants:\n{circle}"))
    assert [found.code for found in wrong(folder, "base.yaml:a")] == ["bad-extends"]


def test_52_a_clash_with_a_block_of_the_base(files: Files) -> None:
    text = (
        BASE
        + "# more.yaml\narchspec: 1\nblocks: {«Unit»: {layers: [ReLU]}}\n# net.yaml\nextends: base.yaml\nimport: more.yaml\n"
    )
    told_in(files, text, "bad-import")
    text = (
        BLOCKS
        + NET.replace("net", "first")
        + "import: blocks.yaml\nlayers: [{op: Single, width: 2}]\n"
    )
    text += "# net.yaml\nextends: first.yaml\nimport: blocks.yaml\nedits: [{after: {path: '0'}, insert: {op: Pair, width: 2}}]\n"
    assert of(files(text), "net.yaml").total_params == 8 + 6 + 6  # the same file again is no clash


def test_52_an_imported_block_is_reported_with_its_caller(files: Files) -> None:
    text = BLOCKS.replace("hidden, kernel_size", "hiden, kernel_size") + NET
    (mistake,) = wrong(files(f"{text}import: blocks.yaml\nlayers: {{n: Needy}}\n"), "net.yaml")
    assert [str(label.span).rpartition("/")[2] for label in mistake.labels] == [
        "blocks.yaml:6:47", "net.yaml:4:10",
    ]  # fmt: skip


# ---------------------------------------------------------------- what files can be read


def test_outside_of_the_folder_is_refused(files: Files, tmp_path: Path) -> None:
    files(BASE.replace("# base.yaml", "# base.yaml"))
    inner = tmp_path / "inner"
    inner.mkdir()
    for reference in ("../base.yaml", f"{tmp_path}/base.yaml", "x/../../base.yaml"):
        (inner / "x").mkdir(exist_ok=True)
        (inner / "net.yaml").write_text(f"extends: {reference}\n")
        assert wrong(inner, "net.yaml")[0].code == "bad-file"
        (inner / "net.yaml").write_text(
            f"archspec: 1\nimport: {reference}\ninput: [3]\nlayers: [ReLU]\n"
        )
        assert wrong(inner, "net.yaml")[0].code == "bad-file"


def test_links_that_lead_outside_are_refused(files: Files, tmp_path: Path) -> None:
    files(BASE)
    inner = tmp_path / "inner"
    inner.mkdir()
    os.symlink(tmp_path / "base.yaml", inner / "link.yaml")
    os.symlink(tmp_path, inner / "up")
    for reference in ("link.yaml", "up/base.yaml"):
        (inner / "net.yaml").write_text(f"extends: {reference}\n")
        assert wrong(inner, "net.yaml")[0].code == "bad-file"
    os.symlink(inner / "real.yaml", inner / "near.yaml")
    (inner / "real.yaml").write_text("archspec: 1\ninput: [3]\nlayers: [ReLU]\n")
    (inner / "net.yaml").write_text("extends: near.yaml\n")
    assert len(of(inner, "net.yaml").layers) == 1


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    os.symlink(tmp_path / "b.yaml", tmp_path / "a.yaml")
    os.symlink(tmp_path / "a.yaml", tmp_path / "b.yaml")
    for reference in ("x" * 5000 + ".yaml", "a.yaml", "x/" * 3000 + "a.yaml"):
        (tmp_path / "net.yaml").write_text(f"extends: {reference}\n")
        assert wrong(tmp_path, "net.yaml")[0].code in ("not-found", "bad-file", "limit")
    for reference in (
        "x" * 5000,
        "x" * 5000 + ".yaml",
        "a\0b.yaml",
        "",
        ":",
        "a.yaml:",
        str(tmp_path),
    ):
        with pytest.raises(SpecError):
            load(reference)


@pytest.mark.parametrize("reference", ["/etc/passwd", "base.txt", "..", ".", "''", "base.yaml/x"])
def test_other_files_are_none(files: Files, reference: str) -> None:
    folder = files(BASE + f"# net.yaml\nextends: {reference}\n")
    assert wrong(folder, "net.yaml")[0].code in ("not-found", "null-value", "bad-file")


def test_files_in_a_row_and_in_all(tmp_path: Path) -> None:
    for k in range(MAX_DEPTH + 2):
        (tmp_path / f"n{k}.yaml").write_text(f"extends: n{k + 1}.yaml\n")
    assert wrong(tmp_path, "n0.yaml")[0].code == "limit"
    names = [f"m{k}.yaml" for k in range(MAX_FILES + 1)]
    for name in names:
        (tmp_path / name).write_text("archspec: 1\n")
    (tmp_path / "net.yaml").write_text(
        f"archspec: 1\ninput: [3]\nimport: {names}\nlayers: [ReLU]\n"
    )
    assert wrong(tmp_path, "net.yaml")[0].code == "limit"


def test_files_that_import_each_other_twofold_are_read_once(tmp_path: Path) -> None:
    for k in range(15):
        (tmp_path / f"a{k}.yaml").write_text(
            f"archspec: 1\nimport: [a{k + 1}.yaml, b{k + 1}.yaml]\n"
        )
        (tmp_path / f"b{k}.yaml").write_text(
            f"archspec: 1\nimport: [b{k + 1}.yaml, a{k + 1}.yaml]\n"
        )
    for name in ("a15.yaml", "b15.yaml"):
        (tmp_path / name).write_text("archspec: 1\n")
    (tmp_path / "net.yaml").write_text("archspec: 1\ninput: [3]\nimport: a1.yaml\nlayers: [ReLU]\n")
    assert len(of(tmp_path, "net.yaml").layers) == 1


# ---------------------------------------------------------------- 53, 54: expect


def test_53_what_can_be_expected() -> None:
    net(
        """
        input: [3, 8, 8]
        layers:
          a: {layers: [{op: Conv2d, out_channels: 4, kernel_size: 1, bias: false}, BatchNorm2d]}
          aux: {op: Conv2d, out_channels: 1, kernel_size: 1}
          b: {op: MaxPool2d, kernel_size: 2, from: a}
        outputs: {b: b, aux: {from: aux, only: training}}
        expect:
          params: 20
          macs: 768
          keys: 6
          training: {params: 25, macs: 1024, keys: 8}
          shapes: {input: [3, 8, 8], a: [4, 8, 8], a.1: [4, 8, 8], b: [4, 4, 4]}
        """
    )


@pytest.mark.parametrize(
    "expect",
    [
        "{params: «1»}",
        "{macs: «0»}",
        "{keys: «3»}",
        "{training: {params: «1»}}",
        "{shapes: {a: «[8, 16]»}}",
        "{shapes: {«c»: [8, 16, 16]}}",
    ],
)
def test_53_what_is_not_as_expected(expect: str) -> None:
    text = "layers: {a: {op: Conv2d, out_channels: 2, kernel_size: 1}}\nexpect: "
    diagnose(text + expect, "expect")


def test_53_several_differences_are_reported_each() -> None:
    found = diagnostics("layers: [ReLU]\nexpect: {params: 1, macs: 1, shapes: {'0': [1]}}")
    assert [mistake.code for mistake in found] == ["expect"] * 3
    assert found[0].message == "params of network: 0, not 1 (-1)"


def test_54_not_under_overrides(files: Files) -> None:
    folder = files(BASE)
    assert of(folder, "base.yaml", width=5).total_params != 128
    assert of(folder, "base.yaml", input=[1, 8, 8]).total_params != 128
    assert (
        elaborate(
            Workspace().program(f"{folder}/base.yaml", dict([setting("width=5")]))
        ).total_params
        != 128
    )


# ---------------------------------------------------------------- 55: overrides


def test_55_overrides(files: Files) -> None:
    folder = files(BASE)
    assert of(folder, "base.yaml", act="Tanh").layers[1].op_name == "Tanh"
    assert of(folder, "base.yaml", act={"op": "ELU", "alpha": 0.5}).layers[1].op_name == "ELU"
    assert of(folder, "base.yaml", depths=(1, 3)).layers[-1].path == "b.2.act"
    assert of(folder, "base.yaml", width="2 * 3").layers[0].output.channels == 6
    assert of(folder, "base.yaml:wide", width=3).layers[0].output.channels == 3
    assert of(folder, "base.yaml", input=(1, 4, 4)).inputs[0].output.shape == (1, 4, 4)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("width=3", 3),
        ("width = 2 * 3", "2 * 3"),
        ("depths=[1, 2]", [1, 2]),
        ("act={op: ELU, alpha: 0.5}", {"op": "ELU", "alpha": 0.5}),
        ("biased=false", False),
        ("width=1e-4", 1e-4),
        ("act=ReLU", "ReLU"),
    ],
)
def test_55_settings(text: str, value: object) -> None:
    assert setting(text)[1].value == value


@pytest.mark.parametrize(
    "text", ["width", "=3", "width=", "width=[1", "width=null", "a=1\nb: 2", "w=&a 1"]
)
def test_55_wrong_settings(text: str) -> None:
    with pytest.raises(SpecError):
        setting(text)


@pytest.mark.parametrize(
    ("code", "overrides"),
    [
        ("unknown-parameter", {"widht": 3}),
        ("override-without-effect", {"spare": 3}),
        ("wrong-type", {"width": 0.5}),
        ("wrong-type", {"width": True}),
        ("wrong-type", {"depths": 3}),
        ("wrong-type", {"act": 3}),
        ("wrong-type", {"act": "1 + 1"}),
        ("bad-argument", {"width": 0}),
        ("unknown-name", {"width": "widht"}),
        ("unknown-op", {"act": "Relu"}),
        ("bad-value", {"width": None}),
        ("bad-value", {"width": object()}),
        ("bad-value", {"width": float("nan")}),
        ("bad-value", {"width": 2**60}),
        ("bad-value", {"act": {1: 2}}),
        ("shape", {"input": [1, 2]}),
        ("bad-value", {"input": "3x8x8"}),
        ("bad-value", {"input": [0, 8, 8]}),
        ("bad-value", {"input": {"left": [3, 8, 8]}}),
    ],
)
def test_55_wrong_overrides(files: Files, code: str, overrides: dict[str, Any]) -> None:
    base = BASE.replace("biased: true", "biased: true, spare: 1")
    base = base.replace("repeat:", "when: biased or spare > 1, repeat:")
    found = wrong(files(base), "base.yaml", **overrides)
    assert code in [mistake.code for mistake in found]


def test_55_what_the_zoo_does_not_read() -> None:
    for name, overrides in (("resnet50", {"blok": 1}), ("vgg16", {"growth": 3})):
        with pytest.raises(SpecError) as caught:
            load(name, **overrides)
        assert caught.value.diagnostics[0].code == "unknown-parameter"


def test_55_an_override_in_the_base_may_lose_its_effect(files: Files) -> None:
    text = (
        BASE
        + "# mid.yaml\nextends: base.yaml\nparams: {act: Tanh}\n# net.yaml\nextends: mid.yaml\n"
    )
    text += "blocks: {Unit: {params: {width: int}, layers: [{op: Conv2d, out_channels: width, kernel_size: 1}]}}\n"
    assert len(of(files(text), "net.yaml").layers) == 3


def test_55_inputs_by_name() -> None:
    text = "input: {left: [1], right: [2]}\nlayers: {a: {op: Concat, from: [left, right]}}"
    assert net(text, input={"left": [3], "right": [4]}).layers[0].output.shape == (7,)
    assert [mistake.code for mistake in diagnostics(text, input=[3])] == ["bad-value"]
    text = "input: {left: [1]}\nlayers: {a: {op: ReLU, from: left}}"
    assert net(text, input=[5]).layers[0].output.shape == (5,)


# ---------------------------------------------------------------- 56 - 60: order and mistakes


def test_56_the_order_of_an_item() -> None:
    # repeat, then in_channels, then when, then the op parameter, then edits, then arguments
    graph = net(
        """
        params: {conv: {op: Conv2d, out_channels: in_channels + 1}}
        layers: [{op: conv, repeat: 4, when: in_channels < 11}]
        edits: [{set: {op: Conv2d}, to: {kernel_size: 1}, sites: 3}]
        """
    )
    assert [node.output.channels for node in graph.layers] == [9, 10, 11]


def test_59_a_mistake_in_a_block_shows_the_call_too() -> None:
    text = """
        blocks:
          Inner: {params: {n: int}, layers: [{op: Conv2d, out_channels: «n», kernel_size: 1}]}
          Outer: {params: {n: int}, layers: {x: {op: Inner, n: n}}}
        layers: {a: {op: Outer, n: 4}, b: {op: Outer, n: 0}}
        """
    mistake = diagnose(text, "bad-argument")
    assert [label.text for label in mistake.labels] == [
        "n = 0 in 'b.x.0'", "Inner is used here", "Outer is used here",
    ]  # fmt: skip
    assert [label.span.line for label in mistake.labels] == [3, 4, 5]


def test_59_a_mistake_in_a_block_used_often_is_reported_once() -> None:
    text = """
        blocks:
          B: {layers: [{op: Conv2d, out_channels: «in_channels // 3», kernel_size: 1, groups: 3}]}
        layers: {'b{k}': {op: B, repeat: {k: 50}, from: input}, c: {op: Concat, from: 'b*'}}
        """
    found = diagnostics(text)
    assert [mistake.code for mistake in found] == ["shape"]


def test_59_followers_are_silent() -> None:
    text = """
        layers:
          a: {op: Conv2d, out_channels: 8, kernel_size: «99»}
          b: {op: Linear, out_features: 3}
          c: {layers: {d: {op: Add, from: [input, input]}}}
          e{k}: {op: ReLU, repeat: {k: 2}, from: c}
          g: {use: a, from: e1}
          f: {op: Concat, from: [e0, e1, a, g]}
          h: {op: ReLU, from: a, when: in_channels > 2, else: a}
          (i): {when: in_channels > 2, layers: {j: ReLU}}
          k: {op: ReLU, from: j}
        outputs: {x: f, y: k}
        edits: [{remove: {path: f}}]
        """
    diagnose(text, "shape")


def test_59_followers_of_copies_that_could_not_be_made() -> None:
    text = "layers: {'a{k}': {op: Conv2d, out_channels: 8, kernel_size: «99», repeat: {k: 2}}, %s}"
    diagnose(text % "b: {op: ReLU, from: a1}", "shape")
    diagnose(text % "b: {op: Concat, from: 'a*'}", "shape")


def test_59_independent_mistakes_are_reported_together() -> None:
    text = """
        params: {unused: 1}
        blocks:
          B: {layers: {x: {op: ReLU, from: y}}}
        layers:
          a: {op: Conv2d, out_channels: 8, kernel_size: 99}
          b: {op: Conv2d, kernal_size: 3, from: input}
          c: {op: Linear, out_features: 3, from: input}
          d: {op: ReLU, from: dd}
          e: Foo
        """
    assert sorted(mistake.code for mistake in diagnostics(text)) == [
        "shape", "shape", "unknown-argument", "unknown-layer", "unknown-layer", "unknown-op",
        "unused-parameter",
    ]  # fmt: skip


def test_59_a_mistake_in_a_param_shows_who_reads_it() -> None:
    mistake = diagnose("params: {n: «1 // 0»}\nlayers: {a: {op: ReLU, repeat: n}}", "bad-value")
    assert mistake.labels[1].text == "while making 'a'"


def test_59_no_more_than_a_screen_of_diagnostics() -> None:
    lines = "".join(f"  a{k}: {{op: Foo{k}, from: input}}\n" for k in range(1000))
    assert len(diagnostics(f"layers:\n{lines}")) <= 50
    lines = "".join(f"  a{k}: {{op: ReLU, from: 3}}\n" for k in range(1000))
    assert len(diagnostics(f"layers:\n{lines}")) <= 50


def test_21_of_the_rules_a_linear_wants_a_vector() -> None:
    mistake = diagnose("layers: {a: {op: «Linear», out_features: 3}}", "shape")
    assert mistake.help == "put a Flatten before it: 8·16·16 = 2048 features"


def test_zoo_files_are_found_by_name() -> None:
    assert load("resnet50").name == "resnet50"
    assert load("resnet18").name == "resnet18"
    assert load("resnet50:resnet18").name == "resnet18"
    assert load(f"{zoo_folder()}/resnet50.yaml:resnet18").total_params == 11_689_512
    for reference in ("resnet51", "none.yaml", "resnet50:resnet5", "./x/y", "x.yaml:v"):
        with pytest.raises(SpecError) as caught:
            load(reference)
        assert caught.value.diagnostics[0].code in ("not-found", "bad-variant")


def test_a_variant_of_the_zoo_is_named_with_its_file_or_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: resnet20_cifar:resnet56_cifar\nname: mine\n")
    for reference in (str(tmp_path / "mine.yaml"), "resnet20_cifar:resnet56_cifar"):
        assert load(reference).total_params == load("resnet56_cifar").total_params
    with pytest.raises(SpecError, match="no file or network of the zoo called 'resnet18:resnet34'"):
        load("resnet18:resnet34")
