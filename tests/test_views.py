"""Views of the counts: every column against what it is made of, and choices without effect."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.stats import Stats
from archspec.analyses.views.measures import MEASURES
from archspec.cli.app import app
from archspec.cli.commands import stats as command
from archspec.diagnostics import SpecError
from archspec.reports.stats_report import stats_csv, stats_json, stats_table
from archspec.reports.table import MAX_WIDTH, plain
from archspec.reports.views.compared import OF_NETWORKS, compared
from archspec.reports.views.latex import latex
from archspec.reports.views.rows import GROUPINGS, SCATTERED
from archspec.reports.views.units import in_units
from archspec.screen import cell_width
from archspec.workspace.load import load

NETWORKS = ("alexnet", "resnet50", "densenet121", "googlenet", "mobilenet_v2", "lenet5")
SUMS = [key for key, measure in MEASURES.items() if measure.is_sum]
TWO_INPUTS = (
    "archspec: 1\nname: two\ninput: {left: [1, 8, 8], right: [1, 8, 8]}\nlayers:\n"
    "  a: {op: Flatten, from: left}\n  b: {op: Flatten, from: right}\n"
    "  fa: {op: Linear, out_features: 4, from: a}\n  fb: {op: Linear, out_features: 4, from: b}\n"
    "  sum: {op: Add, from: [fa, fb]}\n"
)


@cache
def counted(name: str, **options: Any) -> Stats:
    found: Stats = archspec.stats(name, **options)
    return found


def run(*args: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["stats", *args])
    assert found.exit_code == code, found.output
    return found.output


def refusal(call: Any) -> str:
    with pytest.raises(SpecError) as error:
        call()
    (diagnostic,) = error.value.diagnostics
    return f"{diagnostic.message}; {diagnostic.help}"


# Numbers.


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("by", [None, *GROUPINGS])
def test_the_rows_of_every_view_sum_to_the_network(name: str, by: Any) -> None:
    for batch, dtype in ((1, "float32"), (8, "mixed")):
        view = counted(name, batch=batch, dtype=dtype).view(by=by, columns=SUMS)
        for key in SUMS:
            assert sum(row[key] for row in view.rows) == pytest.approx(view.totals[key], abs=1e-9)
        stats = view.stats
        for key in ("params", "macs", "elementwise", "saved_bytes"):
            assert view.totals[key] == getattr(stats, key)
        assert view.totals["flops"] == stats.flops
        assert view.totals["layers"] == len(stats.layers)


def test_columns_are_what_they_say() -> None:
    rows = {row["name"]: row for row in counted("resnet50").view(by="layer", columns=MEASURES).rows}
    conv, norm, relu = rows["conv1"], rows["bn1"], rows["relu"]
    assert conv["input"] == (3, 224, 224)
    assert conv["kernel"] == "7×7"
    assert conv["receptive_field"] == (7, 7)
    assert conv["receptive_stride"] == "2×2"
    assert conv["flops"] == 2 * conv["macs"]
    image, weights, output = 3 * 224 * 224, 64 * 3 * 7 * 7, 64 * 112 * 112
    assert conv["read_bytes"] == 4 * (image + weights)
    assert conv["written_bytes"] == conv["activation_bytes"] == 4 * output
    assert conv["intensity"] == 2 * conv["macs"] / (4 * (image + weights + output))
    assert conv["saved_bytes"] == 4 * image
    assert norm["buffers"] == 2 * 64 + 1
    assert norm["saved_bytes"] == 4 * output + 8 * 64
    assert relu["activation_bytes"] == 0  # it overwrites its input
    assert rows["flatten"]["read_bytes"] == rows["flatten"]["written_bytes"] == 0
    assert rows["flatten"]["intensity"] is None
    assert rows["fc"]["receptive_field"] == "all"
    assert sum(row["params_share"] for row in rows.values()) == pytest.approx(1)


def test_a_batch_multiplies_what_is_of_a_sample() -> None:
    one, eight = counted("resnet50"), counted("resnet50", batch=8)
    for key in ("macs", "elementwise", "train_macs"):
        assert getattr(eight, key) == 8 * getattr(one, key)
    assert eight.params == one.params
    once = sum(8 * node.output.channels for node in one.graph.layers if "BatchNorm" in node.op_name)
    assert eight.saved_bytes == 8 * (one.saved_bytes - once) + once


def test_precisions_have_their_bytes() -> None:
    full, half = counted("vgg16"), counted("vgg16", dtype="bfloat16")
    indices = 8 * sum(n.output.numel for n in full.graph.layers if n.op_name == "MaxPool2d")
    assert 2 * (half.saved_bytes - indices) == full.saved_bytes - indices
    mixed = counted("vgg16", dtype="mixed")
    weights = sum(
        p for n in full.graph.layers if (p := n.cost.params - (n.cost.params and n.output.channels))
    )
    assert mixed.saved_bytes == half.saved_bytes + 2 * weights
    reads = [counted("vgg16", dtype=dtype).view(columns="read_bytes").totals["read_bytes"]
             for dtype in ("float32", "float16", "int8")]  # fmt: skip
    assert reads[0] == 2 * reads[1] == 4 * reads[2]


def test_csv_and_json_carry_every_column() -> None:
    data = json.loads(stats_json(counted("densenet121")))
    rows = list(csv.DictReader(io.StringIO(stats_csv(counted("densenet121")))))
    wanted = set(MEASURES) - {"layers"}
    assert all(wanted <= set(layer) for layer in data["layers"])
    assert wanted <= set(rows[0])
    for layer, row in zip(data["layers"], rows, strict=True):
        for key in SUMS:
            if key != "layers":
                assert float(row[key]) == layer[key]


def test_sorted_rows_fall_and_the_rest_is_counted() -> None:
    view = counted("resnet50").view(sort="macs", top=5)
    found = [row["macs"] for row in view.rows]
    assert found == sorted(found, reverse=True)
    assert found[0] == max(layer.macs for layer in view.stats.layers)
    assert "170 more rows are not shown" in str(view)


@pytest.mark.parametrize(
    ("number", "units", "text"),
    [
        (25_557_032, "M", "25.6"), (60_000, "M", "0.0600"), (1, "G", "0.00000000100"),
        (0, "M", "0"), (999, "auto", "999"), (25_557_032, "auto", "25.6 M"),
        (4_089_184_256, "K", "4,089,184"), (10**28, "auto", "10,000 Y"),
    ],
)  # fmt: skip
def test_units_keep_three_digits_of_any_number(number: int, units: Any, text: str) -> None:
    assert in_units(number, units) == text


def test_units_of_bytes_are_powers_of_1024() -> None:
    assert in_units(2**20, "auto", is_bytes=True) == "1.00 MiB"
    assert in_units(1023, "auto", is_bytes=True) == "1023 B"
    assert in_units(2**19, "M", is_bytes=True) == "0.500"


# Tables.


@pytest.mark.parametrize("name", NETWORKS)
def test_each_column_is_defined_below_the_table(name: str) -> None:
    text = str(counted(name).view(columns=MEASURES, units="auto"))
    lines = " ".join(text.split())
    for measure in MEASURES.values():
        assert measure.definition in lines
    assert max(map(cell_width, text.splitlines())) <= MAX_WIDTH


def test_text_in_python() -> None:
    stats = counted("resnet50")
    assert str(stats) == plain(stats_table(stats))
    for value in (stats, stats.graph, stats.view(by="op"), archspec.stats(["mlp", "lenet5"])):
        assert "\n" not in repr(value)
    assert stats.view(by="op")._repr_html_().startswith("<table>")


def test_latex_has_the_cells_of_the_table() -> None:
    text = latex(counted("resnet18").view(by="op", columns="params,macs").table())
    assert r"Conv2d & 11,166,912 & 1,813,561,344 \\" in text
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 1
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {line.count(" & ") for line in body} == {2}


def test_every_format_of_a_view() -> None:
    view = ("resnet18", "--by", "op", "--columns", "params,macs")
    rows = list(csv.DictReader(io.StringIO(run(*view, "--format", "csv"))))
    data = json.loads(run(*view, "--format", "json"))
    assert [int(row["params"]) for row in rows] == [row["params"] for row in data["rows"]]
    assert data["totals"] == {"params": 11_689_512, "macs": 1_814_073_344}
    assert "| Conv2d | 11,166,912 |" in run(*view, "--format", "markdown")
    assert "<td" in run(*view, "--format", "html")
    assert r"\midrule" in run(*view, "--format", "latex")


# Comparisons.


def test_networks_side_by_side() -> None:
    view = compared([counted("resnet18"), counted("googlenet")], depth=0)
    rows = {row["name"]: row for row in view.rows}
    assert rows["layer1"]["resnet18.params"] == 147_968
    assert rows["layer1"]["googlenet.params"] is None
    for stats in view.networks:
        found = [row[f"{stats.name}.macs"] or 0 for row in view.rows]
        assert sum(found) == stats.macs
    assert "googlenet: not counted: branches that exist in training only" in " ".join(
        str(view).split()
    )


def test_a_comparison_of_chosen_columns() -> None:
    text = run(
        "mlp", "lenet5", "--columns", "params,read_bytes", "--units", "M", "--sort", "params"
    )
    assert "0.0600" in text
    assert text.index("mlp") < text.index("lenet5")
    data = json.loads(run("mlp", "lenet5", "--columns", "flops,input", "--format", "json"))
    assert data == [
        {"name": "mlp", "flops": 2 * counted("mlp").macs, "input": "1×28×28"},
        {"name": "lenet5", "flops": 2 * counted("lenet5").macs, "input": "1×32×32"},
    ]
    table = compared([counted("mlp"), counted("alexnet")], columns=OF_NETWORKS).table()
    assert len(table.columns) == 1 + len(OF_NETWORKS)


def test_depth_compares_side_by_side() -> None:
    out = run("resnet18", "resnet34", "--depth", "0")
    assert "resnet34 MACs" in " ".join(out.split())
    assert "layer4" in out


# Inputs and layers that do not learn.


def test_an_input_is_changed_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text(TWO_INPUTS)
    data = json.loads(run(str(path), "--input", "left=1x4x4", "--format", "json"))
    assert data["input"] == {"left": [1, 4, 4], "right": [1, 8, 8]}
    both = ("--input", "left=1x4x4", "--input", "right=1x6x6")
    assert json.loads(run(str(path), *both, "--format", "json"))["params"] == 4 * (16 + 36) + 8
    assert "the inputs are called left, right" in run(str(path), "--input", "middle=1x4x4", code=1)
    assert "give a shape for one by its name" in run(str(path), "--input", "1x4x4", code=1)
    run(str(path), "--input", "left=1x4x4", "--input", "left=1x5x5", code=2)
    run(str(path), "--input", "1x4x4", "--input", "1x5x5", code=2)


def test_frozen_layers_keep_nothing_and_cost_less() -> None:
    whole, frozen = (
        counted("resnet50"),
        archspec.stats("resnet50", freeze=["conv1", "bn1", "layer1"]),
    )
    assert frozen.params == whole.params
    assert frozen.saved_bytes < whole.saved_bytes
    assert frozen.train_macs < whole.train_macs
    everything = archspec.stats("resnet50", freeze="*")
    assert (everything.saved_bytes, everything.train_macs) == (0, everything.macs)
    assert "matches no layer with weights" in refusal(
        lambda: archspec.stats("mlp", freeze=["layr9"])
    )


# Choices that are wrong, or have no effect.


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"columns": "parms"}, "there is no column 'parms'; did you mean 'params'?"),
        ({"columns": ""}, "there is no column ''"),
        ({"columns": "macs,macs"}, "is there twice"),
        ({"columns": "kernel", "by": "op"}, "is one of single layers"),
        ({"sort": "kernel"}, "which is no number"),
        ({"sort": "kernal"}, "did you mean 'kernel'?"),
        ({"by": "kind"}, "by cannot be 'kind'"),
        ({"top": 0}, "top cannot be 0"),
        ({"units": "T"}, "units cannot be 'T'"),
        ({"by": "op", "depth": 1}, "'depth' has no effect on rows by op"),
        ({"columns": "kernel", "units": "M"}, "units M has no effect on kernel"),
    ],
)
def test_wrong_choices(choices: dict[str, Any], words: str) -> None:
    assert words in refusal(lambda: counted("lenet5").view(**choices))


@pytest.mark.parametrize(
    "options",
    [{"dtype": "float16"}, {"batch": 8}, {"freeze": ["c1"]}, {"memory_efficient": True}],
)
def test_options_without_effect_on_the_columns(options: dict[str, Any]) -> None:
    stats = archspec.stats("lenet5", **options)
    assert "has no effect on params" in refusal(lambda: stats.view(columns="params"))


def test_what_int8_cannot_say() -> None:
    stats = archspec.stats("lenet5", dtype="int8")
    assert "nothing is trained in int8" in refusal(lambda: stats.view(columns="saved_bytes"))
    assert "saved bytes" not in str(stats)
    assert "cannot be counted" in refusal(lambda: archspec.stats("lenet5", batch=0))
    assert "did you mean 'float16'" in refusal(lambda: archspec.stats("lenet5", dtype="float61"))  # type: ignore[call-overload]


def test_wrong_usage() -> None:
    assert "has exact numbers" in run("lenet5", "--units", "M", "--format", "csv", code=2)
    run("lenet5", "--by", "op", "--depth", "1", code=2)
    run("lenet5", "mlp", "--expand", code=2)
    run("lenet5", "--batch", "99999999999999999999", code=2)
    run("lenet5", "--columns", "nothing", code=2)


def test_the_examples_of_help_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text(
        "archspec: 1\nname: my\nparams: {n: 3}\ninput: [1, 8, 8]\n"
        "layers: {conv: {op: Conv2d, out_channels: n, kernel_size: 3}}\n"
    )
    examples = re.findall(r"^    archspec stats (.*)$", command.stats.__doc__ or "", re.MULTILINE)
    assert len(examples) >= 3
    for example in examples:
        run(*shlex.split(example))


def test_rows_that_are_scattered_have_no_shapes() -> None:
    assert {by for by in GROUPINGS if by not in SCATTERED} == {"layer", "stage"}
    assert load("resnet50").at("inference").layers
