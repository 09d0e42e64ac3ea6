"""The studies of the papers' experiments at small size: what their rows have in common, and what not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from archspec.analyses.stats import stats
from archspec.analyses.study import StudyRow, shipped, study
from archspec.workspace.workspace import Workspace

ROOT: Final = Path(__file__).parents[1]
LARGE: Final = {
    "small_activations": "activations",
    "small_pooling": "pooling",
    "small_batchnorm": "batchnorm",
    "small_regularisation": "regularisation",
}
"""The studies of CaffeNet-128 whose changes they make."""
SMALL: Final = [
    *LARGE,
    *("small_depth", "small_densenet", "small_dropblock"),
    *("shuffled_pixels", "efficient_backprop", "initial_weights"),
]


def rows(name: str) -> dict[str, StudyRow]:
    return {row.name: row for row in study(name).rows}


def kinds(row: StudyRow) -> set[str]:
    return {change.what for change in row.changes}


@pytest.mark.parametrize("name", SMALL)
def test_every_row_reads_the_pictures_of_both_data_sets(name: str) -> None:
    path = shipped()[name]
    for variant in Workspace().variants(path):
        reference = str(path) if variant is None else f"{path}:{variant}"
        for shape in ([1, 28, 28], [3, 32, 32]):
            graph = Workspace().graph(reference, input=shape)
            assert graph.nodes[graph.outputs[0].source].output.shape == (10,)
            assert graph.total_macs < 10_000_000


@pytest.mark.parametrize(("small", "large"), LARGE.items())
def test_rows_of_one_name_are_one_change(small: str, large: str) -> None:
    found, published = rows(small), rows(large)
    common = [name for name in found if name in published]
    assert len(common) >= 4
    for name in common:
        assert found[name].figures == published[name].figures
        assert kinds(found[name]) == kinds(published[name])


def test_most_changes_cost_no_parameters() -> None:
    others = {"maxout_narrow", "maxout_wide", "prelu", "frelu", "none_strided"}
    found = rows("small_activations")
    assert {name for name, row in found.items() if row.params != found["relu"].params} == others
    assert found["maxout_narrow"].params == pytest.approx(found["relu"].params, rel=0.03)
    for name in ("small_dropblock", "small_regularisation"):
        assert len({(row.params, row.macs) for row in study(name).rows}) == 1


def test_depth_is_what_the_names_say_and_shortcuts_are_free() -> None:
    found = rows("small_depth")
    for name, row in found.items():
        assert name.endswith(str(stats(row.graph).weight_layers))
    for depth in ("20", "56"):
        with_shortcuts, without = found[f"resnet{depth}"], found[f"plain{depth}"]
        assert with_shortcuts.params == without.params
        assert with_shortcuts.macs == without.macs
        assert "Add" not in {node.op_name for node in without.graph.layers}


def test_densenet_has_as_many_parameters_as_resnet_or_a_third() -> None:
    found = rows("small_densenet")
    residual = found["resnet14"].params
    assert found["densenet_bc_16_k12"].params == pytest.approx(residual, rel=0.02)
    assert found["densenet_bc_22_k5"].params < residual / 3


def test_shuffled_and_other_pictures_go_through_the_same_network() -> None:
    found = rows("shuffled_pixels")
    for name in ("cnn", "mlp"):
        assert found[name].params == found[f"{name}_shuffled"].params


@pytest.mark.torch
@pytest.mark.parametrize(
    ("reference", "gain", "of_outputs"),
    [
        ("initial_weights", 2.0, False),
        ("initial_weights:xavier", 2.0, True),
        ("initial_weights:lecun", 1.0, False),
        ("efficient_backprop", 1.0, False),
    ],
)
def test_initial_weights_have_the_variance_of_their_paper(
    reference: str, gain: float, of_outputs: bool
) -> None:
    """He: 2 / m; LeCun: 1 / m; Glorot and Bengio: 2 / (m + n), m inputs and n outputs."""
    import torch

    from archspec.backends.torch.nn_module import build

    name, _, variant = reference.partition(":")
    path = shipped()[name]
    torch.manual_seed(0)
    module = build(Workspace().graph(f"{path}:{variant}" if variant else str(path)))
    for weight in (p for p in module.parameters() if p.dim() > 1 and p.numel() > 2000):
        window = weight[0, 0].numel()
        m, n = weight.shape[1] * window, weight.shape[0] * window
        variance = gain / (m + n) if of_outputs else gain / m
        assert weight.var().item() == pytest.approx(variance, rel=0.12)
        assert abs(weight.mean().item()) < 0.1 * variance**0.5


@pytest.mark.torch
def test_with_zero_gamma_each_unit_begins_as_the_identity() -> None:
    import torch

    from archspec.backends.torch.nn_module import build

    path = shipped()["initial_weights"]
    module = build(Workspace().graph(f"{path}:residual_zero_gamma")).eval()
    maps = torch.rand(2, 8, 5, 5)
    assert torch.equal(module.get_submodule("layer1.1")(maps), maps)


PAGES: Final = sorted(
    path for path in (ROOT / "docs" / "experiments").glob("*.md") if path.stem in shipped()
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_shows_the_rows_of_its_study(page: Path) -> None:
    found = rows(page.stem)
    text = page.read_text("utf-8")
    measured = re.findall(
        r"^\| `(\w+)[^|]*\|[^|]*\|[^|]*\|[^|]*\| ([\d,]+) \| ([\d,]+) \|", text, re.M
    )
    assert measured
    for name, params, macs in measured:
        assert (params, macs) == (f"{found[name].params:,}", f"{found[name].macs:,}")
    assert f"archspec study {page.stem} --train" in text
    assert page.with_suffix(".svg").exists()
    for listing in ("docs/experiments/index.md", "mkdocs.yml"):
        assert f"{page.stem}.md" in (ROOT / listing).read_text("utf-8")
