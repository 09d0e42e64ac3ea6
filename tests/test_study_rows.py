"""What the rows of a study are, by its file and the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import SpecError
from archspec.training.studies.folder import folder_names, steps_made
from archspec.training.studies.request import StudyRequest
from archspec.training.studies.rows import Plan, plan
from archspec.workspace.settings import settings_of
from tests.study_files import STUDY, write_study


def planned(folder: Path, text: str = STUDY, **options: Any) -> Plan:
    vary = {
        key: list(settings_of({str(v): v for v in values}).values())
        for key, values in options.pop("vary", {}).items()
    }
    settings = settings_of(options.pop("settings", {}))
    request = StudyRequest(
        write_study(folder, text), "out", vary=vary, settings=settings, **options
    )
    return plan(request)


def rows(found: Plan) -> dict[str, dict[str, Any]]:
    return {
        row.name: {key: written.value for key, written in row.settings.items()}
        for row in found.rows
    }


def test_rows_are_the_network_and_its_variants(tmp_path: Path) -> None:
    found = planned(tmp_path)
    assert rows(found) == {"small": {}, "tanh": {}, "elu": {"l1": 1e-5}}
    assert found.seeds == 2
    assert {row.recipe for row in found.rows} == {str(tmp_path / "how.yaml")}


def test_a_grid_has_a_row_for_each_combination(tmp_path: Path) -> None:
    text = STUDY.replace(
        "seeds: 2", "vary: {optimizer.lr: [0.1, 0.01], optimizer.momentum: [0, 0.9]}"
    )
    found = rows(planned(tmp_path, text))
    assert list(found)[:4] == [
        "small lr=0.1 momentum=0",
        "small lr=0.1 momentum=0.9",
        "small lr=0.01 momentum=0",
        "small lr=0.01 momentum=0.9",
    ]
    assert found["elu lr=0.01 momentum=0"] == {
        "l1": 1e-5,
        "optimizer.lr": 0.01,
        "optimizer.momentum": 0,
    }


def test_what_is_said_later_holds(tmp_path: Path) -> None:
    text = STUDY.replace("seeds: 2", "vary: {l1: [0, 1e-4]}, set: {epochs: 1}")
    assert list(rows(planned(tmp_path, text))) == [
        "small l1=0", "small l1=0.0001", "tanh l1=0", "tanh l1=0.0001", "elu",
    ]  # fmt: skip
    found = rows(planned(tmp_path, text, settings={"l1": 1}, vary={"epochs": [1, 2]}))
    assert found["elu epochs=2"] == {"l1": 1, "epochs": 2}
    assert len(found) == 6


def test_keys_that_end_alike_are_written_whole(tmp_path: Path) -> None:
    vary = {"warmup.epochs": [1], "epochs": [5]}
    assert "small warmup.epochs=1 epochs=5" in rows(planned(tmp_path, vary=vary))


def test_a_part_of_a_recipe_has_a_short_name(tmp_path: Path) -> None:
    vary = "vary: {optimizer: [{op: SGD, lr: 0.1}, {op: Adam, lr: 0.001, betas: [0.9, 0.99]}]}"
    names = list(rows(planned(tmp_path, STUDY.replace("seeds: 2", vary))))[:2]
    assert names == [
        "small optimizer=SGD(lr=0.1)",
        "small optimizer=Adam(lr=0.001, betas=[0.9, 0.99])",
    ]


def test_rows_are_chosen_by_globs(tmp_path: Path) -> None:
    assert planned(tmp_path, only=["t*", "elu"]).chosen == {"tanh", "elu"}
    with pytest.raises(SpecError, match="no row of the study is called 'tahn'"):
        planned(tmp_path, only=["tahn"])


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("recipe: how.yaml, ", "", "does not say by which recipe"),
        ("how.yaml", "who.yaml", "there is no recipe 'who.yaml'"),
        ("how.yaml", "../how.yaml", "is outside of the study's folder"),
        ("seeds: 2", f"vary: {{seed: {list(range(400))}}}", "more than 1,000 rows"),
        (
            "seeds: 2",
            "vary: {epochs: [1, 2, 1]}",
            "two rows of the study are called 'small epochs=1'",
        ),
    ],
)
def test_wrong_use_is_said(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=message):
        planned(tmp_path, STUDY.replace(old, new))


def test_names_of_folders_differ_also_where_capitals_do_not_count() -> None:
    found = folder_names({"a": "relu"}, ["ReLU", "x lr=0.1", "x/lr=0.1", "..", "é"])
    assert found == {
        "a": "relu", "ReLU": "ReLU-2", "x lr=0.1": "x-lr=0.1", "x/lr=0.1": "x-lr=0.1-2",
        "..": "row", "é": "row-2",
    }  # fmt: skip


def test_the_last_step_is_read_from_a_torn_file(tmp_path: Path) -> None:
    assert steps_made(tmp_path) == 0
    (tmp_path / "metrics.jsonl").write_text('{"kind": "train", "step": 7, "loss": 1}\n{"kind": "tr')
    assert steps_made(tmp_path) == 7
