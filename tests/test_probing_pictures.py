"""``archspec probe filters``, ``maps``, ``masks`` and ``cam``: what a network sees in a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.cli import app

if TYPE_CHECKING:
    from torch import Tensor, nn

pytestmark = pytest.mark.torch

SPEC = """
archspec: 1
name: seeing
input: [3, 12, 12]
params: {num_classes: 4}
layers:
  conv: {op: Conv2d, out_channels: 6, kernel_size: 3, padding: 1}
  bn: BatchNorm2d
  relu: ReLU
  numbers: {op: Dropout, p: 0.5}
  channels: {op: Dropout2d, p: 0.5}
  block: {op: DropBlock2d, p: 0.3, block_size: 3}
  pool: {op: StochasticPool2d, kernel_size: 2, stride: 2}
  stage:
    layers:
      conv: {op: Conv2d, out_channels: 5, kernel_size: 3}
      act: ReLU
  gap: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  last: {op: Dropout, p: 0.5}
  fc: {op: Linear, out_features: num_classes}
"""


def run_archspec(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a spec, weights and a picture of the size that the network reads."""
    import numpy as np
    import torch
    from PIL import Image

    (tmp_path / "net.yaml").write_text(SPEC)
    torch.manual_seed(0)
    torch.save(archspec.build(tmp_path / "net.yaml").state_dict(), tmp_path / "net.pth")
    pixels = np.random.default_rng(1).integers(0, 256, (12, 12, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "cat.png")
    (tmp_path / "names.txt").write_text("cat\ndog\nfrog\nship\n")
    return tmp_path


def probed(place: Path, command: str, *words: object) -> Any:
    image = [] if command == "filters" else [place / "cat.png"]
    weights = ["--weights", place / "net.pth"]
    return run_archspec("probe", command, place / "net.yaml", *image, *weights, *words)


def module_and_input(place: Path) -> tuple[nn.Module, Tensor]:
    import numpy as np
    import torch
    from PIL import Image

    module = archspec.build(place / "net.yaml").eval()
    module.load_state_dict(torch.load(place / "net.pth", weights_only=True))
    pixels = np.asarray(Image.open(place / "cat.png")).transpose(2, 0, 1) / np.float32(255)
    return module, torch.from_numpy(pixels)[None]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
@pytest.mark.parametrize("command", ["filters", "maps", "masks", "cam"])
def test_every_picture_in_every_format(command: str, suffix: str, place: Path) -> None:
    file = place / f"seen.{suffix}"
    result = probed(place, command, "-o", file)
    assert result.exit_code == 0, result.output
    begins = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix]
    first = file.read_bytes()
    assert first.startswith(begins)
    again = probed(place, command, "-o", file)
    assert again.exit_code == 1
    assert "--force overwrites it" in again.output
    assert probed(place, command, "-o", file, "--force").exit_code == 0
    assert file.read_bytes() == first


def test_filters_have_one_scale_around_grey(place: Path) -> None:
    import numpy as np
    import torch

    from archspec.reports.probing.tiles import GAP, around_grey, tiles
    from archspec.training.probing.places import filters_layer
    from archspec.training.probing.sight import filters

    graph = archspec.load(place / "net.yaml")
    found = filters(graph, place / "net.pth", filters_layer(graph, None))
    weight = torch.load(place / "net.pth", weights_only=True)["conv.weight"].numpy()
    assert (found == weight).all()
    largest = float(np.abs(weight).max())
    maps = [around_grey(each.transpose(1, 2, 0), largest) for each in found]
    page = tiles(maps, 4, 10)
    assert page.shape == (2 * 30 + GAP, 4 * 30 + 3 * GAP, 3)
    assert (page[:30, 30 : 30 + GAP] == 255).all()
    filter_, row, column, channel = 5, 2, 1, 0
    pixel = page[30 + GAP + 10 * row + 5, 30 + GAP + 10 * column + 5, channel]
    expected = 127.5 * (1 + weight[filter_, channel, row, column] / largest)
    assert abs(int(pixel) - expected) <= 0.5
    assert around_grey(np.zeros((1, 1, 1), np.float32), 1.0).tolist() == [[[128, 128, 128]]]


def test_maps_are_what_layers_give(place: Path) -> None:
    import numpy as np

    from archspec.training.probing.places import map_layers
    from archspec.training.probing.sight import feature_maps

    graph = archspec.load(place / "net.yaml")
    module, x = module_and_input(place)
    seen: dict[str, Any] = {}
    for name in ("relu", "stage.act"):
        module.get_submodule(name).register_forward_hook(
            lambda layer, args, output, name=name: seen.update({name: output.detach().numpy()[0]})
        )
    module(x)
    nodes = map_layers(graph, [])
    assert [node.path for node in nodes] == ["relu", "stage.act"], "one for each resolution"
    for each in feature_maps(graph, module, x, nodes):
        np.testing.assert_allclose(each.maps, seen[each.layer], rtol=1e-5, atol=1e-6)
    assert [node.path for node in map_layers(graph, ["stage"])] == ["stage.act"]
    assert [node.path for node in map_layers(graph, ["*.conv"])] == ["stage.conv"]


@pytest.mark.parametrize("layer", ["relu", "stage.act", "bn"])
def test_grad_cam_is_its_definition(layer: str, place: Path) -> None:
    """Selvaraju et al. (2017), equations 1 and 2, pixel by pixel."""
    import numpy as np

    from archspec.training.probing.sight import class_activation

    graph = archspec.load(place / "net.yaml")
    module, x = module_and_input(place)
    kept: list[Any] = []

    def keep(_: Any, __: Any, output: Any) -> Any:
        kept.append(output.detach().clone().requires_grad_())
        return kept[0].clone()

    module.get_submodule(layer).register_forward_hook(keep)
    score: Any = module(x)[0, 2]
    score.backward()
    maps, gradient = kept[0].detach()[0].numpy(), kept[0].grad[0].numpy()
    count, height, width = maps.shape
    heat = np.zeros((height, width))
    for k in range(count):
        alpha = sum(gradient[k, i, j] for i in range(height) for j in range(width))
        heat += alpha / (height * width) * maps[k]
    found = class_activation(graph, module, x, graph.nodes[layer], 2)
    np.testing.assert_allclose(found.heat, np.maximum(heat, 0), rtol=1e-4, atol=1e-7)


def test_behind_average_pooling_it_is_cam(place: Path) -> None:
    """Zhou et al. (2016): then the weights of the maps are those of the class, by the pixels."""
    import numpy as np
    import torch

    from archspec.training.probing.sight import class_activation, feature_maps

    graph = archspec.load(place / "net.yaml")
    module, x = module_and_input(place)
    node = graph.nodes["stage.act"]
    (maps,) = feature_maps(graph, module, x, [node])
    weight = module.get_parameter("fc.weight").detach().numpy()
    for category in range(4):
        found = class_activation(graph, module, x, node, category)
        cam = np.tensordot(weight[category], maps.maps, 1)
        pixels = maps.maps[0].size
        np.testing.assert_allclose(found.heat, np.maximum(cam, 0) / pixels, rtol=1e-4, atol=1e-7)
    best = class_activation(graph, module, x, node)
    with torch.no_grad():
        chances = module(x).softmax(1)[0]
    assert best.category == int(chances.argmax())
    assert best.probability == pytest.approx(float(chances.max()), rel=1e-5)


def test_draws_are_those_of_training(place: Path) -> None:
    import numpy as np

    from archspec.training.probing.sight import draws

    graph = archspec.load(place / "net.yaml")
    module, x = module_and_input(place)
    found = {each.layer: each for each in draws(graph, module, x, [0, 1, 2, 3, 4, 5], 0)}
    assert set(found) == {"numbers", "channels", "block", "pool"}, "not of vectors"
    for name in ("numbers", "channels"):
        each = found[name]
        assert set(np.unique(each.passed)) == {0, 2}
        np.testing.assert_allclose(each.given, each.read * each.passed)
    whole = found["channels"].passed.reshape(6, -1)
    assert ((whole == 0).all(1) | (whole == 2).all(1)).all()
    block = found["block"]
    assert ((block.passed == 0) <= (block.given == 0)).all()
    assert 0 < (block.passed == 0).mean() < 0.7
    pool = found["pool"]
    windows = pool.passed.reshape(6, 6, 2, 6, 2).transpose(0, 1, 3, 2, 4).reshape(6, 36, 4)
    assert (windows.sum(2) == 1).all(), "one of each window"
    chosen = (pool.read * pool.passed).reshape(6, 6, 2, 6, 2).sum((2, 4))
    np.testing.assert_allclose(pool.given, chosen)


def test_heat_is_interpolated_as_by_torch() -> None:
    import numpy as np
    import torch

    from archspec.reports.probing.pictures import HEATED, _heated
    from archspec.training.probing.sight import ClassActivation

    heat = np.random.default_rng(0).random((4, 4), np.float32)
    black = np.zeros((3, 16, 16), np.uint8)
    mixed = _heated(black, ClassActivation("layer", 0, 1.0, heat))
    smooth = torch.nn.functional.interpolate(
        torch.from_numpy(heat)[None, None], (16, 16), mode="bilinear", antialias=True
    )
    from matplotlib import colormaps

    colours = colormaps["inferno"](smooth[0, 0].numpy() / smooth.max().item())[..., :3]
    assert np.abs(mixed - 255 * HEATED * colours).max() < 2


@pytest.mark.parametrize(
    ("command", "words", "message"),
    [
        ("cam", ["--class", "7"], "there is no class 7"),
        ("cam", ["--class", "cat"], "there is no class 'cat'"),
        ("cam", ["--layer", "fc"], "'fc' is a layer Linear"),
        ("cam", ["--layer", "reluu"], "no layer 'reluu'"),
        ("maps", ["--layer", "flatten"], "'flatten' is a layer Flatten"),
        ("maps", ["--layer", "stag"], "did you mean 'stage"),
        ("filters", ["--layer", "relu"], "'relu' is a layer ReLU"),
        ("masks", ["--channel", "6"], "has no channel 6"),
        ("maps", ["--normalize", "mnist1"], "did you mean 'mnist'"),
    ],
)
def test_wrong_use(command: str, words: list[str], message: str, place: Path) -> None:
    result = probed(place, command, *words, "-o", place / "seen.png")
    assert result.exit_code != 0
    assert message in result.output
    assert not (place / "seen.png").exists()


def test_what_cannot_be_looked_at(place: Path) -> None:
    (place / "cat.png").write_text("no picture")
    assert "is not a picture" in probed(place, "maps", "-o", place / "seen.png").output
    (place / "cat.png").unlink()
    assert "cannot be read" in probed(place, "cam", "-o", place / "seen.png").output
    without = run_archspec("probe", "filters", place / "net.yaml", "-o", place / "seen.png")
    assert "--weights FILE" in without.output
    text = "archspec: 1\nname: flat\ninput: [8]\nlayers: {fc: {op: Linear, out_features: 3}}\n"
    (place / "net.yaml").write_text(text)
    assert "no convolution" in probed(place, "filters", "-o", place / "seen.png").output
    assert "no map" in probed(place, "maps", "-o", place / "seen.png").output


def test_weights_that_are_no_numbers(place: Path) -> None:
    import torch

    state = torch.load(place / "net.pth", weights_only=True)
    for tensor in state.values():
        if tensor.is_floating_point():
            tensor.fill_(float("nan"))
    torch.save(state, place / "net.pth")
    for command in ("filters", "maps", "cam"):
        result = probed(place, command, "-o", place / f"{command}.png")
        assert result.exit_code == 0, result.output


def test_too_many_layers_for_a_picture(place: Path) -> None:
    words = [
        place / "cat.png",
        "--weights",
        place / "net.pth",
        "--layer",
        "*",
        "-o",
        place / "s.png",
    ]
    text = SPEC.replace("  gap:", "  more: {op: ReLU, repeat: 30}\n  gap:")
    (place / "net.yaml").write_text(text)
    result = run_archspec("probe", "maps", place / "net.yaml", *words)
    assert "too many for one picture" in result.output


def test_a_network_that_draws_nothing(place: Path) -> None:
    text = SPEC.replace("p: 0.5", "p: 0").replace("p: 0.3", "p: 0")
    (place / "net.yaml").write_text(text.replace("StochasticPool2d", "MaxPool2d"))
    result = probed(place, "masks", "-o", place / "seen.png")
    assert "draws by chance" in result.output


def test_classes_have_names(place: Path) -> None:
    words = ["--classes", place / "names.txt", "--class", "frog", "--class", 1]
    result = probed(place, "cam", *words, "-o", place / "seen.png")
    assert result.exit_code == 0, result.output
    wrong = probed(place, "cam", *words, "--class", "frg", "-o", place / "other.png")
    assert "did you mean 'frog'" in wrong.output
