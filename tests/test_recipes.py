"""Recipes: what they say, how they are merged and set, and what is wrong with one."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import yaml

from archspec.diagnostics import Diagnostic, SpecError
from archspec.frontends.yaml import read
from archspec.recipe import load_recipe
from archspec.recipe.catalogue import entries
from archspec.recipe.load import recipe_of, shipped_recipes
from archspec.recipe.model import NORMALIZE, Recipe
from archspec.recipe.optimizers import OPTIMIZERS
from archspec.recipe.schedules import SCHEDULES, CosineAnnealingLR, MultiStepLR, StepLR
from archspec.recipe.schema import recipe_schema
from archspec.workspace.locate import zoo_names
from archspec.workspace.settings import setting

jsonschema: Any = pytest.importorskip("jsonschema")

SMALL = """
recipe: 1
batch_size: 32
epochs: 10
optimizer: {op: SGD, lr: 0.1}
"""


def parsed(text: str) -> Recipe:
    return recipe_of(read(text, "recipe.yaml")).recipe


def wrong(text: str) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        parsed(text)
    return list(caught.value.diagnostics)


def with_settings(reference: str, *settings: str) -> Recipe:
    return load_recipe(reference, dict(map(setting, settings))).recipe


# What is shipped.


@pytest.mark.parametrize("name", shipped_recipes())
def test_a_shipped_recipe_is_right_and_says_what_it_is_for(name: str) -> None:
    recipe = load_recipe(name).recipe
    assert recipe.name == name
    assert recipe.description
    assert recipe.data is not None
    assert set(recipe.networks) <= set(zoo_names())


@pytest.mark.parametrize("name", shipped_recipes())
def test_what_a_recipe_says_is_that_recipe(name: str) -> None:
    recipe = load_recipe(name).recipe
    assert parsed(yaml.safe_dump(recipe.to_data(), sort_keys=False)) == recipe


@pytest.mark.parametrize("name", shipped_recipes())
def test_the_schema_accepts_what_is_shipped(name: str) -> None:
    data = yaml.safe_load(shipped_recipes()[name].read_text("utf-8"))
    jsonschema.validate(_without_exponents(data), recipe_schema())


def _without_exponents(data: Any) -> Any:
    """PyYAML reads 5e-4 as text; YAML 1.2, and archspec, as a number."""
    if isinstance(data, dict):
        return {key: _without_exponents(value) for key, value in data.items()}
    if isinstance(data, list):
        return list(map(_without_exponents, data))
    return float(data) if isinstance(data, str) and data[:1].isdigit() and "e-" in data else data


@pytest.mark.parametrize(
    "change",
    [{"optimizer": {"op": "SDG"}}, {"optimizer": {"op": "SGD", "momentun": 1}}, {"epohcs": 3}],
    ids=str,
)
def test_the_schema_refuses_what_is_wrong(change: dict[str, Any]) -> None:
    data = {**yaml.safe_load(SMALL), **change}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, recipe_schema())


def test_the_list_is_searched_by_name_data_network_and_glob() -> None:
    assert {recipe.name for recipe in entries("imagenet_*")} == {
        name for name in shipped_recipes() if name.startswith("imagenet_")
    }
    assert "cifar10_densenet" in {recipe.name for recipe in entries("densenet_bc_100_k12")}
    with pytest.raises(SpecError, match="no recipe matches 'nothing'"):
        entries("nothing")


# Merging and setting.


def test_a_key_that_is_set_keeps_those_beside_it() -> None:
    recipe = with_settings("cifar10", "optimizer.lr=0.05", "epochs=3")
    base = load_recipe("cifar10").recipe
    assert recipe.optimizer == base.optimizer.model_copy(update={"lr": 0.05})
    assert recipe.epochs == 3


def test_another_op_brings_its_own_arguments() -> None:
    recipe = with_settings("cifar10", "optimizer={op: AdamW, lr: 0.001}")
    assert type(recipe.optimizer).__name__ == "AdamW"
    assert recipe.optimizer.weight_decay == 0.01


def test_of_two_lengths_the_later_one_holds() -> None:
    assert with_settings("cifar10", "steps=100").epochs is None
    assert with_settings("cifar10_densenet", "epochs=400").steps is None


def test_none_takes_a_key_back() -> None:
    assert load_recipe("cifar10_resnet110").recipe.warmup is not None
    assert with_settings("cifar10_resnet110", "warmup=none").warmup is None
    with pytest.raises(SpecError, match="a recipe needs 'optimizer'"):
        with_settings("cifar10", "optimizer=none")


def test_a_recipe_extends_another_file(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SMALL + "l1: 1e-5\ndescription: the base\n")
    (tmp_path / "own.yaml").write_text(
        "extends: base.yaml\noptimizer: {lr: 0.2}\nschedule: {op: StepLR, step_size: 3}\n"
    )
    recipe = load_recipe(str(tmp_path / "own.yaml")).recipe
    assert (recipe.name, recipe.optimizer.lr, recipe.l1) == ("own", 0.2, 1e-5)
    assert recipe.schedule == StepLR(step_size=3)
    assert recipe.description is None


@pytest.mark.parametrize(
    ("extends", "code"),
    [("own.yaml", "bad-extends"), ("nothing.yaml", "not-found"), ("../x.yaml", "bad-file")],
)
def test_a_recipe_extends_only_what_is_there(tmp_path: Path, extends: str, code: str) -> None:
    (tmp_path / "own.yaml").write_text(f"extends: {extends}\n")
    with pytest.raises(SpecError) as caught:
        load_recipe(str(tmp_path / "own.yaml"))
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]


# What is wrong.


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("batch_size: 3", "missing-key", "does not say that it is a recipe"),
        (SMALL.replace("recipe: 1", "recipe: 2"), "bad-version", "version 2 of recipes"),
        (SMALL + "epochz: 3", "unknown-key", "a recipe has no 'epochz'"),
        (SMALL.replace("SGD", "SDG"), "unknown-op", "there is no optimizer 'SDG'"),
        (SMALL.replace("lr: 0.1", "lr: 0.1, beta: 1"), "unknown-key", "SGD has no 'beta'"),
        (SMALL.replace("lr: 0.1", "momentum: 0.9"), "missing-key", "SGD needs 'lr'"),
        (
            SMALL.replace("lr: 0.1", "lr: -1"),
            "bad-argument",
            "'lr' of SGD is -1, but must be at least 0",
        ),
        (SMALL.replace("{op: SGD, lr: 0.1}", "3"), "wrong-type", "optimizer is a mapping"),
        (SMALL + "normalize: imagnet", "bad-argument", "'imagnet' are not known"),
        (SMALL + "augment: RandomCrop", "wrong-type", "'augment' must be a list"),
        (SMALL + "augment: [RandomCrap]", "unknown-op", "there is no transform of pictures"),
        (SMALL + "steps: 3", "bad-recipe", "either 'epochs' or 'steps'"),
        (
            SMALL + "schedule: {op: StepLR, step_size: 11}",
            "bad-recipe",
            "longer than the run: 11 of 10",
        ),
        (
            SMALL + "schedule: {op: MultiStepLR, milestones: [5, 30]}",
            "bad-recipe",
            "30 of 10 epochs",
        ),
        (SMALL + "warmup: {epochs: 10}", "bad-recipe", "as long as the run"),
        (SMALL + "warmup: {epochs: 1, steps: 3}", "bad-recipe", "either 'epochs' or 'steps'"),
        (
            SMALL + "schedule: {op: OneCycleLR, max_lr: 1.0}\nwarmup: {epochs: 1}",
            "bad-recipe",
            "of its own",
        ),
        (SMALL + "validation: 1.5", "bad-recipe", "a part of 1.5"),
        (SMALL + "validation: {folds: 5, fold: 5}", "bad-recipe", "fold 5 of 5"),
        (SMALL + "precision: float8", "bad-argument", "'precision' of a recipe"),
        (SMALL + "ema: 1.5", "bad-argument", "'ema' of a recipe is 1.5"),
    ],
)
def test_what_is_wrong_with_a_recipe(text: str, code: str, message: str) -> None:
    (diagnostic,) = wrong(text)
    assert diagnostic.code == code
    assert message in diagnostic.message
    assert diagnostic.span is not None


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = SMALL.replace("SGD", "SDG").replace("32", "many") + "epochz: 3\nwarmup: {epoch: 3}"
    assert {diagnostic.code for diagnostic in wrong(text)} == {
        "unknown-op",
        "unknown-key",
        "bad-argument",
    }


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (SMALL.replace("SGD", "SDG"), SMALL),
        (
            SMALL.replace("lr: 0.1", "lr: 0.1, momentun: 1"),
            SMALL.replace("lr: 0.1", "lr: 0.1, momentum: 1"),
        ),
        (SMALL.replace("epochs", "epochz") + "epochs: 10", None),
    ],
)
def test_a_fix_makes_the_recipe_right(text: str, fixed: str | None) -> None:
    (diagnostic,) = wrong(text)
    if fixed is None:
        assert diagnostic.fix is None or diagnostic.code == "unknown-key"
        return
    assert diagnostic.fix is not None
    assert diagnostic.fix.whole == fixed
    parsed(fixed)


# torch.


@pytest.mark.torch
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_has_the_names_and_defaults_of_torch(name: str) -> None:
    import torch

    parameters = inspect.signature(getattr(torch.optim, name)).parameters
    for key, info in OPTIMIZERS[name].model_fields.items():
        assert key in parameters, key
        if not info.is_required():
            assert info.default == parameters[key].default, key


@pytest.mark.torch
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_the_names_and_defaults_of_torch(name: str) -> None:
    from torch.optim import lr_scheduler

    parameters = inspect.signature(getattr(lr_scheduler, name)).parameters
    for key, info in SCHEDULES[name].model_fields.items():
        if key != "unit" and not info.is_required() and info.default is not None:
            assert info.default == pytest.approx(parameters[key].default), key
        assert key == "unit" or key in parameters


def test_a_schedule_knows_the_last_epoch_that_it_names() -> None:
    assert MultiStepLR(milestones=(30, 60)).last() == 60
    assert CosineAnnealingLR().last() is None


def test_every_normalization_has_as_many_deviations_as_means() -> None:
    for normalize in NORMALIZE.values():
        assert len(normalize.mean) == len(normalize.std)
