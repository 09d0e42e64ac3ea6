"""The command ``receptive``: sizes of the literature, places of fields against gradients, pictures."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from typer.testing import CliRunner

import archspec
from archspec.analyses.fields import Fields, receptive
from archspec.analyses.receptive import receptive_fields
from archspec.cli import app
from archspec.diagnostics import SpecError
from archspec.workspace.locate import zoo_names

ALEXNET = {
    **{"conv1": 11, "pool1": 19, "conv2": 51, "pool2": 67, "conv3": 99},
    **{"conv4": 131, "conv5": 163, "pool5": 195, "fc6": 355},
}


@pytest.mark.parametrize("name", ["alexnet_2012", "caffenet", "alexnet_conv"])
def test_the_fields_of_alexnet(name: str) -> None:
    fields = receptive(name)
    assert {path: fields.layer(path).size for path in ALEXNET} == {
        path: (size, size) for path, size in ALEXNET.items()
    }


@pytest.mark.parametrize(("name", "size"), [("vgg11", 150), ("vgg16", 212), ("vgg19", 268)])
def test_the_fields_of_vgg(name: str, size: int) -> None:
    last = receptive(name).last_map
    assert last is not None
    assert last.size == last.smallest == (size, size)
    assert set(last.stride) == {32}


def test_the_field_passes_the_input() -> None:
    fields = receptive("resnet50")
    assert fields.passing is not None
    assert fields.passing.name == "layer3.4.conv2"
    assert fields.passing.size == (235, 235)
    assert fields.covers(fields.layer("conv1")) == Fraction(7, 224)
    assert receptive("alexnet_conv").passing is None


def test_a_shortcut_sees_least() -> None:
    layer = receptive("resnet50").layer("layer1")
    assert layer.name == "layer1.2.relu"
    assert (layer.size, layer.smallest) == ((35, 35), (11, 11))


def test_gates_that_see_everything_leave_the_narrowest_branch() -> None:
    layer = receptive("se_resnet50").layer("layer1.0.add")
    assert layer.whole
    assert layer.smallest == (11, 11)


def test_the_first_unit_stands_where_padding_puts_it() -> None:
    assert receptive("alexnet_2012").layer("conv1").centre[0] == 5
    assert receptive("alexnet").layer("features.0").centre[0] == 3
    assert receptive("resnet50").layer("layer4").centre[0] == 0
    pool = receptive("vgg16").layer("features.4")
    assert pool.centre == (Fraction(1, 2), Fraction(1, 2))


@pytest.mark.parametrize("name", sorted(zoo_names())[::8])
def test_networks_have_the_sizes_of_the_analysis(name: str) -> None:
    graph = archspec.load(name).at("inference")
    if not any(node.output.is_map for node in graph.inputs):
        pytest.skip("no input is a map")
    known = receptive_fields(graph)
    for layer in receptive(graph).layers:
        assert layer.whole == known[layer.name].whole
        if not layer.whole:
            assert layer.size == known[layer.name].size
            assert layer.stride == known[layer.name].stride
            assert all(s <= a for s, a in zip(layer.smallest, layer.size, strict=True))


CUT = """\
archspec: 1
input: [3, {side}, {side}]
layers:
  part: {{net: {name}, until: {layer}}}
edits:
  - replace: {{op: MaxPool2d}}
    with: {{op: AvgPool2d}}
    keep: [kernel_size, stride, padding, ceil_mode]
"""


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "layer", "side"),
    [
        ("alexnet", "features.12", 128),
        ("vgg11", "features.15", 96),
        ("resnet18", "layer2.0", 96),
        ("resnet18", "layer4", 128),
        ("googlenet_v1", "inception4a", 96),
        ("densenet121", "features.transition1", 64),
    ],
)
def test_gradients_stand_where_the_fields_do(name: str, layer: str, side: int) -> None:
    """In float64, with positive weights, and means in the place of maxima, which see one pixel."""
    import torch

    graph = archspec.loads(CUT.format(name=name, layer=layer, side=side))
    last = receptive(graph).layers[-1]
    module = archspec.build(graph).double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.fill_(0.01)
    image = torch.rand(1, 3, side, side, dtype=torch.float64, requires_grad=True)
    output = module(image)
    rows, columns = output.shape[2:]
    for unit in ((0, 0), (rows // 2, columns // 2), (rows - 1, columns - 1)):
        (gradient,) = torch.autograd.grad(
            output[0, :, unit[0], unit[1]].sum(), image, retain_graph=True
        )
        reached = gradient.abs().sum((0, 1)).nonzero()
        ends = zip(reached.min(0).values.tolist(), reached.max(0).values.tolist(), strict=True)
        inside = [(max(low, 0), min(high, side - 1)) for low, high in last.region(unit)]
        assert list(ends) == inside, unit


def run(*args: str) -> tuple[int, str, str]:
    result = CliRunner(env={"COLUMNS": "120"}).invoke(app, ["receptive", *args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_table_has_a_row_where_the_field_changes() -> None:
    code, out, _ = run("vgg16")
    assert code == 0
    assert "features.30  MaxPool2d      512×7×7  212×212" in out
    assert "features.1 " not in out
    assert "features.1 " in run("vgg16", "--all")[1]


def test_json_and_csv_have_every_layer() -> None:
    data = json.loads(run("vgg16", "--format", "json")[1])
    assert data["passes_input_at"] == "flatten"
    assert [layer["field"] for layer in data["layers"][:2]] == [[3, 3], [3, 3]]
    header, first, *_ = run("vgg16", "--format", "csv")[1].splitlines()
    assert header == "name,op,output,field,smallest,covers,jump,centre,whole"
    assert first.startswith("features.0,Conv2d,64x224x224,3x3,3x3,")


@pytest.mark.parametrize(
    "args",
    [
        ["vgg16", "--all", "--format", "json"],
        ["vgg16", "--layer", "features.3"],
        ["vgg16", "--width", "column"],
    ],
)
def test_an_option_without_effect_is_refused(args: list[str]) -> None:
    assert run(*args)[0] == 2


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no input of it is a map"):
        receptive(archspec.load("mlp", input=[784]))
    with pytest.raises(SpecError, match=r"no layer 'layer9' that sees its input"):
        receptive("resnet18").layer("layer9")
    with pytest.raises(SpecError, match=r"has 7×7 units along its sides, none at 7×0"):
        receptive("resnet18").layer("layer4").region((7, 0))
    code, _, err = run("vgg16", "--layer", "nothing", "-o", str(tmp_path / "x.svg"))
    assert code == 1
    assert "error[unknown-layer]" in err


@pytest.mark.parametrize("name", ["resnet50", "m5", "c3d", "se_resnet50", "densenet121", "siamese"])
def test_pictures_are_drawn_of_maps_of_any_rank(name: str, tmp_path: Path) -> None:
    fields: Fields = archspec.receptive(name)
    fields.draw(tmp_path / "a.svg", theme="print")
    fields.draw(tmp_path / "b.pdf", width="column")
    assert (tmp_path / "a.svg").stat().st_size > 1_000
    assert (tmp_path / "b.pdf").stat().st_size > 1_000
    assert str(fields).startswith(f"{name}: receptive fields")
