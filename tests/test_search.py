"""Budgets and sweeps: what ``match`` finds against all networks of the range, and what is refused."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.search import match, sweep
from archspec.analyses.search.values import target_of, values_of
from archspec.cli import app
from archspec.diagnostics import SpecError

SMALL = """\
archspec: 1
name: small
input: [3, 16, 16]
params: {width: 8, depth: 2, groups: 1, rate: 0.5, widths: [4, 8], act: ReLU}
layers:
  stem: {op: Conv2d, out_channels: "widths[0]", kernel_size: 3, padding: 1}
  next: {op: Conv2d, out_channels: "widths[1]", kernel_size: 3, padding: 1}
  act: {op: act}
  conv: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, groups: groups}
  more: {op: Conv2d, repeat: {i: depth}, out_channels: width, kernel_size: 3, padding: 1}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  drop: {op: Dropout, p: rate}
  fc: {op: Linear, out_features: 10}
"""


@pytest.fixture
def small(tmp_path: Path) -> str:
    file = tmp_path / "small.yaml"
    file.write_text(SMALL)
    return str(file)


def params(small: str, **settings: Any) -> int:
    return archspec.load(small, **settings).total_params


@pytest.mark.parametrize("budget", [600, 1_000, 5_000, 12_345, 50_000, 1_000_000])
def test_the_nearest_of_all_values_is_found(small: str, budget: int) -> None:
    counts = {width: params(small, width=width) for width in range(1, 130)}
    found = match(small, "width=1:129", f"params={budget}")
    nearest = min(abs(count - budget) for count in counts.values())
    assert abs(found.counts["params"] - budget) == nearest
    fitting = [width for width, count in counts.items() if count <= budget]
    if fitting:
        assert match(small, "width=1:129", f"params<={budget}").values == {"width": max(fitting)}
    enough = [width for width, count in counts.items() if count >= budget]
    if enough:
        assert match(small, "width=1:129", f"params>={budget}").values == {"width": min(enough)}


def test_several_budgets_are_met_at_once(small: str) -> None:
    found = match(small, "width", ["params<=50K", "macs<=8M", "saved<=64KiB"])
    assert found.counts["params"] <= 50_000
    assert found.counts["macs"] <= 8_000_000
    assert found.counts["saved_bytes"] <= 65_536
    width = found.values["width"]
    more = archspec.stats(archspec.load(small, width=width + 1))
    assert more.params > 50_000 or more.macs > 8_000_000 or more.saved_bytes > 65_536


def test_several_parameters_are_varied_at_once(small: str) -> None:
    found = match(small, ["depth=1:4", "width=4:40:4"], "params=20000")
    best = min(
        abs(params(small, depth=depth, width=width) - 20_000)
        for depth in range(1, 5)
        for width in range(4, 41, 4)
    )
    assert abs(found.counts["params"] - 20_000) == best


def test_counts_that_fall_with_a_value_are_searched_too(small: str) -> None:
    counts = {g: params(small, width=8, groups=g) for g in (1, 2, 4, 8)}
    found = match(small, "groups=1,2,4,8", f"params={counts[4]}")
    assert found.values == {"groups": 4}


def test_a_place_of_a_list_is_a_parameter(small: str) -> None:
    found = match(small, "widths[1]=1:64", f"params={params(small, widths=[4, 37])}")
    assert found.values == {"widths[1]": 37}
    assert found.original == {"widths[1]": 8}


def test_values_that_give_no_network_are_passed_over(small: str) -> None:
    """Four groups need channels that four divides."""
    found = match(small, "width=1:64", "params<=10000", fixed={"groups": 4})
    fitting = [width for width in range(4, 65, 4) if params(small, width=width, groups=4) <= 10_000]
    assert found.values == {"width": max(fitting)}


def test_a_parameter_of_another_name_is_suggested() -> None:
    """What a help of the command says, and what its message says, can be run."""
    runner, to = CliRunner(), ["--to", "macs<=1G"]
    refused = runner.invoke(app, ["match", "resnet50", "--vary", "width", *to])
    assert refused.exit_code == 1
    assert "'resnet50' has no parameter 'width'\n = help: did you mean" in refused.output
    (suggested,) = re.findall(r"did you mean '(\w+)'", refused.output)
    found = runner.invoke(app, ["match", "resnet50", "--vary", suggested, *to, "--format", "json"])
    assert json.loads(found.output)["counts"]["macs"] <= 10**9


def test_another_network_is_a_budget() -> None:
    start = time.process_time()
    found = match("resnet50", "base_width", "params=densenet121")
    assert time.process_time() - start < 4  # alone it takes half a second
    assert found.values == {"base_width": 16}
    wider = archspec.load("resnet50", base_width=17).total_params
    assert abs(wider - 7_978_856) > abs(found.counts["params"] - 7_978_856)


@pytest.mark.parametrize(
    ("text", "metric", "sign", "count"),
    [
        ("params=25M", "params", "=", 25_000_000),
        ("macs<=1.5G", "macs", "<=", 1_500_000_000),
        ("saved < 1KiB", "saved_bytes", "<=", 1_023),
        ("train>=2e6", "train_macs", ">=", 2_000_000),
        ("depth>50", "weight_layers", ">=", 51),
        ("params == 25,557,032", "params", "=", 25_557_032),
        ("params=resnet50", "params", "=", 25_557_032),
        ("saved=200mb", "saved_bytes", "=", 200_000_000),
    ],
)
def test_budgets_are_read(text: str, metric: str, sign: str, count: int) -> None:
    target = target_of(text)
    assert (target.metric, target.sign, target.count) == (metric, sign, count)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("16:64:16", [16, 32, 48, 64]),
        ("1..4", [1, 2, 3, 4]),
        ("0.1:0.3:0.1", [0.1, 0.2, 0.3]),
        ("16,32", [16, 32]),
        ("ReLU,ELU", ["ReLU", "ELU"]),
        ("[3, 4, 6, 3]", [[3, 4, 6, 3]]),
        ("true", [True]),
        ("8", [8]),
    ],
)
def test_values_are_read(text: str, values: list[Any]) -> None:
    found = values_of("x", text)
    assert found == values
    assert [type(each) for each in found] == [type(each) for each in values]


@pytest.mark.parametrize(
    ("vary", "to", "message"),
    [
        ("widht", "params=1M", "'small' has no parameter 'widht'"),
        ("width", "parms=1M", "there is no count 'parms'"),
        ("width", "params", "'params' is not a budget"),
        ("width", "params=1X", "there is no unit 'X'"),
        ("width", "params=1e300G", "a budget of 1e300G is too large"),
        ("width", "params=-5", "a budget of -5 is below zero"),
        ("width", "params=resnet51", "there is no"),
        ("width=8:4", "params=1M", "the range of 'width' has no values: 8 to 4 by 1"),
        ("width=1:10:0", "params=1M", "the range of 'width' has no values: 1 to 10 by 0"),
        ("width=1:9999999", "params=1M", "the range of 'width' has 9,999,999 values"),
        ("rate", "params=1M", "'rate' is 0.5, no whole number: it needs a range to search"),
        ("act", "params=1M", "'act' is ReLU, no whole number"),
        ("widths[7]", "params=1M", "'widths' has no place '[7]'"),
        ("width[0]", "params=1M", "'width' has no place '[0]'"),
        ("width", "params<=10", "no value of width meets params<=10"),
        ("width=1:8", "params>=1M", "no value of width meets params>=1M"),
    ],
)
def test_what_cannot_be_found_is_said(small: str, vary: str, to: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        match(small, vary, to)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message.startswith(message)
    assert diagnostic.help


def test_the_nearest_is_said_where_nothing_fits(small: str) -> None:
    with pytest.raises(SpecError) as caught:
        match(small, "width", "params<=10")
    least = params(small, width=1)
    help = f"the nearest is width=1, with params {least:,}"
    assert caught.value.diagnostics[0].help == help


# ---------------------------------------------------------------- sweeps


def test_a_sweep_counts_every_network(small: str) -> None:
    found = sweep(small, width=[4, 8, 16], depth=range(1, 3))
    assert [tuple(row.values.values()) for row in found.rows] == [
        (4, 1), (4, 2), (8, 1), (8, 2), (16, 1), (16, 2),
    ]  # fmt: skip
    for row in found.rows:
        counted = archspec.stats(archspec.load(small, **row.values))
        assert row.counts == {key: getattr(counted, key) for key in row.counts or ()}


def test_rows_without_a_network_say_why(small: str) -> None:
    found = sweep(small, width=[4, 6, 8], groups=[4])
    assert [row.counts is None for row in found.rows] == [False, True, False]
    assert "4" in found.rows[1].problem
    assert "1 of 3 are no networks, such as width=6, groups=4" in str(found)
    with pytest.raises(SpecError):
        sweep(small, width=[5, 7], groups=[4])


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            {"width": range(1, 1001), "depth": range(1, 1001)},
            "the sweep asks for 1,000,000 networks",
        ),
        ({"width": []}, "the sweep asks for 0 networks"),
        ({"width": [8]}, "a sweep needs a parameter with several values"),
        ({"widht": [8, 9]}, "'small' has no parameter 'widht'"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(
    small: str, choices: dict[str, Any], message: str
) -> None:
    with pytest.raises(SpecError) as caught:
        sweep(small, **choices)
    assert caught.value.diagnostics[0].message.startswith(message)
    assert caught.value.diagnostics[0].help


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(app, args)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_commands_print_tables_json_and_csv(small: str) -> None:
    budget = ["--vary", "width", "--to", "params=10K"]
    code, out, _ = run("match", small, *budget)
    assert code == 0
    assert out.startswith("small: width=")
    data = json.loads(run("match", small, *budget, "--format", "json")[1])
    assert data["targets"][0]["found"] == data["counts"]["params"]
    rows = list(csv.DictReader(io.StringIO(run("match", small, *budget, "--format", "csv")[1])))
    assert [row["width"] for row in rows] == ["8", str(data["values"]["width"])]
    choices = ["--set", "width=4:12:4", "--set", "rate=0.5", "--columns", "params,saved"]
    header, *lines = run("sweep", small, *choices, "--format", "csv")[1].splitlines()
    assert header == "width,rate,params,saved_bytes,problem"
    assert len(lines) == 3
    networks = json.loads(run("sweep", small, *choices, "--format", "json")[1])["networks"]
    assert [each["values"]["width"] for each in networks] == [4, 8, 12]
    assert "saved bytes" in run("sweep", small, *choices)[1]


def test_the_base_can_be_set_and_read_from_standard_input() -> None:
    result = CliRunner().invoke(
        app,
        ["match", "-", "--vary", "width", "--to", "params<=9K", "--set", "depth=1"],
        input=SMALL,
    )
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    "args",
    [
        ["--set", "width=4:12:4", "--metric", "macs"],
        ["--set", "width=4:12:4", "--columns", "params", "-o", "x.svg"],
        ["--set", "width=4:12:4", "--theme", "dark"],
        ["--set", "width=4:12:4", "--columns", "parms"],
        ["--set", "width"],
    ],
)
def test_options_of_sweeps_are_checked(small: str, args: list[str]) -> None:
    code, out, err = run("sweep", small, *args)
    assert code in (1, 2)
    assert not out
    assert err


def test_sweeps_are_drawn(small: str, tmp_path: Path) -> None:
    found = sweep(small, width=[4, 8, 16], depth=[1, 2])
    found.draw(tmp_path / "a.svg", metric="macs")
    found.draw(tmp_path / "b.png", theme="dark", width="column")
    assert "depth=2" in (tmp_path / "a.svg").read_text("utf-8")
    with pytest.raises(SpecError, match="a chart needs numbers"):
        sweep(small, act=["ReLU", "ELU"]).draw(tmp_path / "c.svg")
    with pytest.raises(SpecError, match="more than 8"):
        sweep(small, width=[4, 8], depth=range(1, 10)).draw(tmp_path / "c.svg")
