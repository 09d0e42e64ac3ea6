"""Weights of others: what is read, what is refused, and which tensor goes where."""

from __future__ import annotations

import json
import os
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.cli import app
from archspec.weights import MatchReport, head, load, read

pytestmark = pytest.mark.torch
torch = pytest.importorskip("torch")

NET = """
archspec: 1
name: tiny
input: [3, 8, 8]
params: {width: 4, n: 1, num_classes: 10}
blocks:
  Block:
    params: {width: int}
    layers:
      conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
      bn1: BatchNorm2d
      relu: ReLU
      conv2: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
      bn2: BatchNorm2d
      add: {op: Add, from: [bn2, input]}
layers:
  conv1: {op: Conv2d, out_channels: width, kernel_size: 3, padding: 1, bias: false}
  bn1: BatchNorm2d
  relu: ReLU
  layer1: {op: Block, repeat: n, width: width}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: num_classes}
"""


def network(text: str = NET, **params: Any) -> tuple[archspec.Graph, Any]:
    graph = archspec.loads(text, **params)
    return graph, archspec.build(graph, mode="inference").eval()


def saved(path: Path, content: Any) -> Path:
    torch.save(content, path)
    return path


def filled(module: Any) -> dict[str, Any]:
    """A state with numbers of its own."""
    state = module.state_dict()
    return {
        key: torch.rand_like(value) if value.is_floating_point() else value
        for key, value in state.items()
    }


def refusal(path: Path | str) -> str:
    with pytest.raises(archspec.SpecError) as caught:
        read(path)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "bad-weights"
    return f"{diagnostic.message} ({diagnostic.help})"


# Reading.


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: state,
        lambda state: {"state_dict": state, "epoch": 3, "best_prec1": 91.5},
        lambda state: {"model": {f"module.{key}": state[key] for key in state}, "optimizer": {}},
        lambda state: {"model_state_dict": {f"_orig_mod.{key}": state[key] for key in state}},
        lambda state: {"state_dict": {"net": {f"module.model.{key}": state[key] for key in state}}},
        lambda state: {"anything": state},
    ],
)
def test_wrappers_are_unwrapped(wrap: Any, tmp_path: Path) -> None:
    _, module = network()
    found = read(saved(tmp_path / "a.pth", wrap(module.state_dict())))
    assert list(found) == list(module.state_dict())


class Code:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_with_code_is_refused_and_not_run(zipped: bool, tmp_path: Path) -> None:
    content = {"state_dict": {"a": torch.ones(2)}, "x": Code(tmp_path / "mark")}
    torch.save(content, tmp_path / "a.pth", _use_new_zipfile_serialization=zipped)
    message = refusal(tmp_path / "a.pth")
    assert "would import posix.mkdir" in message
    assert "nothing in it was run" in message
    assert not (tmp_path / "mark").exists()


# Matching.


def loaded(
    tmp_path: Path, content: Any, graph: archspec.Graph, module: Any, **options: Any
) -> MatchReport:
    return load(module, graph, saved(tmp_path / "weights.pth", content), **options)


def test_equal_names(tmp_path: Path) -> None:
    graph, module = network()
    state = filled(module)
    report = loaded(tmp_path, state, graph, module)
    assert {pair.how for pair in report.pairs} == {"name"}
    assert not report.missing
    assert not report.unused
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())


def test_other_names_in_the_same_order(tmp_path: Path) -> None:
    graph, module = network()
    state = filled(module)
    names = {key.rpartition(".")[0]: None for key in state}
    numbers = {name: str(number) for number, name in enumerate(names)}
    other = {
        f"{numbers[key.rpartition('.')[0]]}.{key.rpartition('.')[2]}": value
        for key, value in state.items()
        if not key.endswith("num_batches_tracked")
    }
    report = loaded(tmp_path, other, graph, module)
    assert {pair.how for pair in report.pairs} == {"order"}
    assert not report.missing
    assert all(
        torch.equal(value, state[key])
        for key, value in module.state_dict().items()
        if value.is_floating_point()
    )


def test_another_network_is_refused_and_nothing_is_loaded(tmp_path: Path) -> None:
    graph, module = network()
    before = {key: value.clone() for key, value in module.state_dict().items()}
    _, other = network(n=2)
    with pytest.raises(archspec.SpecError) as caught:
        loaded(tmp_path, filled(other), graph, module)
    assert caught.value.diagnostics[0].code == "weights-mismatch"
    assert all(torch.equal(value, before[key]) for key, value in module.state_dict().items())


def test_another_number_of_classes_begins_fresh(tmp_path: Path) -> None:
    graph, module = network(num_classes=7)
    _, other = network()
    with pytest.raises(archspec.SpecError):
        loaded(tmp_path, filled(other), graph, module)
    report = loaded(tmp_path, filled(other), graph, module, partial=True)
    assert set(report.missing) == {"fc.weight", "fc.bias"} == head(graph)
    assert set(report.unused) == {"fc.weight", "fc.bias"}


def test_a_shallower_network_starts_a_deeper_one(tmp_path: Path) -> None:
    graph, module = network(n=3)
    _, other = network(n=2)
    state = filled(other)
    report = loaded(tmp_path, state, graph, module, partial=True)
    assert {key.rpartition(".")[0].rpartition(".")[0] for key in report.missing} == {"layer1.2"}
    assert all(torch.equal(module.state_dict()[key], value) for key, value in state.items())


# More of what is read and refused.


def test_half_precision_and_what_is_not_finite_are_noted(tmp_path: Path) -> None:
    graph, module = network()
    state = {
        key: value.half() if value.is_floating_point() else value
        for key, value in filled(module).items()
    }
    state["fc.bias"][0] = float("nan")
    report = loaded(tmp_path, state, graph, module)
    assert report.notes == (
        "numbers are converted from float16",
        "'fc.bias' has numbers that are not finite",
    )
    assert module.fc.weight.dtype == torch.float32


def test_weights_are_taken_before_averaged_ones(tmp_path: Path) -> None:
    graph, module = network()
    state = filled(module)
    report = loaded(tmp_path, {"ema": filled(module), "state_dict": state}, graph, module)
    assert torch.equal(module.fc.weight, state["fc.weight"])
    assert "the file also has 'ema'" in report.notes[0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 9\n", "Git LFS"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"hello", "is no file of weights"),
        (b"PK\x03\x04 and no more", "is damaged or cut off"),
        (b"\x80\x02}q\x00.", "is damaged or cut off"),
        (b"\x40\x00\x00\x00\x00\x00\x00\x00{", "is damaged or cut off"),
    ],
)
def test_other_files_are_refused(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(content)
    assert message in refusal(tmp_path / "a.pth")


def test_places_without_a_file_are_refused(tmp_path: Path) -> None:
    assert "there is no file" in refusal(tmp_path / "none.pth")
    assert "is a folder" in refusal(tmp_path)
    assert "only files are read" in refusal("https://example.org/resnet18.pth")


def test_a_file_that_was_cut_off_or_changed_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.pth", {"w": torch.randn(64, 64)}).read_bytes()
    for content in (whole[: len(whole) // 2], whole[:-3], whole[:8000] + b"!" + whole[8001:]):
        (tmp_path / "b.pth").write_bytes(content)
        assert "is damaged or cut off" in refusal(tmp_path / "b.pth")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "it holds nothing"),
        ({"epoch": 3}, "no tensors, but 'epoch'"),
        ([1, 2], "a value of type list"),
        ({"a": {"w": 1}}, "no tensors, but 'a'"),
    ],
)
def test_a_file_without_tensors_is_refused(content: Any, message: str, tmp_path: Path) -> None:
    assert message in refusal(saved(tmp_path / "a.pth", content))


def test_several_networks_in_one_file_are_refused(tmp_path: Path) -> None:
    both = {name: {"w": torch.ones(1)} for name in ("generator", "discriminator")}
    message = refusal(saved(tmp_path / "a.pth", both))
    assert "several sets of tensors: 'generator', 'discriminator'" in message


def test_programs_are_refused(tmp_path: Path) -> None:
    saved(tmp_path / "a.pth", torch.nn.Sequential(torch.nn.Linear(2, 2)))
    assert "is a whole pickled module" in refusal(tmp_path / "a.pth")
    import numpy

    numpy.savez(tmp_path / "a.npz", w=numpy.ones(2))
    assert "holds NumPy arrays" in refusal(tmp_path / "a.npz")


def test_options_and_numbers_of_numpy_are_no_code(tmp_path: Path) -> None:
    import argparse

    import numpy

    beside = {"args": argparse.Namespace(lr=0.1), "best": numpy.float64(91.2)}
    assert list(read(saved(tmp_path / "a.pth", {"model": {"w": torch.ones(2)}, **beside}))) == ["w"]


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    graph, module = network()
    state = filled(module)
    state["fc.weight"] = (255 * state["fc.weight"]).to(torch.int8)
    with pytest.raises(archspec.SpecError, match=r"'fc\.weight' as int8"):
        loaded(tmp_path, state, graph, module)


def test_what_would_grow_when_it_is_read_is_refused(tmp_path: Path) -> None:
    whole = saved(tmp_path / "a.pth", {"w": torch.zeros(64, 64)})
    with zipfile.ZipFile(whole) as stored, zipfile.ZipFile(tmp_path / "b.pth", "w") as packed:
        for name in stored.namelist():
            packed.writestr(name, stored.read(name), zipfile.ZIP_DEFLATED)
    assert "is compressed inside" in refusal(tmp_path / "b.pth")


# More of what is matched.

SHORTCUT = """
archspec: 1
name: shortcuts
input: [4, 8, 8]
params: {kernel: 1}
layers:
  stem: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, bias: false}
  stem_bn: BatchNorm2d
  a: {op: Block}
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: 3}
blocks:
  Block:
    layers:
      shortcut: {op: Conv2d, out_channels: 16, kernel_size: kernel, padding: kernel // 2, stride: 2, bias: false}
      shortcut_bn: BatchNorm2d
      conv1: {op: Conv2d, from: input, out_channels: 16, kernel_size: 3, padding: 1, stride: 2, bias: false}
      bn1: BatchNorm2d
      conv2: {op: Conv2d, out_channels: 16, kernel_size: 3, padding: 1, bias: false}
      bn2: BatchNorm2d
      add: {op: Add, from: [bn2, shortcut_bn]}
"""
REGISTERED = ("stem", "a.conv1", "a.bn1", "a.conv2", "a.bn2", "a.shortcut", "fc")
"""The shortcut comes behind the layers that it bypasses."""


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("says_so", [True, False])
def test_a_shortcut_may_be_registered_behind_what_it_bypasses(
    kernel: int, says_so: bool, tmp_path: Path
) -> None:
    graph, module = network(SHORTCUT, kernel=kernel)
    state = filled(module)
    paths = list(dict.fromkeys(key.rpartition(".")[0] for key in state))

    def name(key: str) -> str:
        path, _, tensor = key.rpartition(".")
        kind = "downsample" if says_so and "shortcut" in path else "layer"
        return f"{kind}{paths.index(path)}.{tensor}"

    keys = [key for start in REGISTERED for key in state if key.startswith(start)]
    assert len(keys) == len(state)
    other = {name(key): state[key] for key in keys}
    if kernel == 3 and not says_so:  # two convolutions of the same shape: which is which?
        with pytest.raises(archspec.SpecError, match="shapes do not tell apart"):
            loaded(tmp_path, other, graph, module)
        return
    loaded(tmp_path, other, graph, module)
    assert all(torch.equal(value, state[key]) for key, value in module.state_dict().items())


def test_a_convolution_over_a_whole_map_is_a_linear_layer(tmp_path: Path) -> None:
    graph, module = network(
        "archspec: 1\nname: a\ninput: [3, 4, 4]\nlayers:\n  flatten: Flatten\n"
        "  fc: {op: Linear, out_features: 5}\n"
    )
    state = filled(module)
    other = {"fc.weight": state["fc.weight"].reshape(5, 3, 4, 4), "fc.bias": state["fc.bias"]}
    report = loaded(tmp_path, other, graph, module)
    assert [pair.how for pair in report.pairs] == ["reshaped", "name"]
    assert torch.equal(module.fc.weight, state["fc.weight"])
    wrong = {**other, "fc.weight": state["fc.weight"].reshape(5, 12, 2, 2)}
    with pytest.raises(archspec.SpecError, match="1 other shape"):
        loaded(tmp_path, wrong, graph, module)


def test_old_names_of_densenet(tmp_path: Path) -> None:
    graph = archspec.load("densenet121", depths=[1, 1, 1, 1])
    module = archspec.build(graph, mode="inference")
    state = filled(module)
    old = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): value
        for key, value in state.items()
    }
    report = loaded(tmp_path, old, graph, module)
    assert {pair.how for pair in report.pairs} == {"name", "renamed"}


def test_heads_for_training_may_be_left_over(tmp_path: Path) -> None:
    graph = archspec.load("googlenet", num_classes=5)
    state = filled(archspec.build(graph))
    module = archspec.build(graph, mode="inference")
    report = loaded(tmp_path, state, graph, module)
    assert report.unused
    assert all(key.startswith("aux") for key in report.unused)
    assert "are for training only" in report.notes[0]
    whole = archspec.build(graph)
    assert not loaded(tmp_path, state, graph, whole).unused
    inference = filled(module)
    with pytest.raises(archspec.SpecError):
        loaded(tmp_path, inference, graph, whole)
    begun = loaded(tmp_path, inference, graph, whole, partial=True)
    assert all(key.startswith("aux") for key in begun.missing)


def test_vgg_a_starts_vgg_d(tmp_path: Path) -> None:
    small, large = (archspec.load(name) for name in ("vgg11", "vgg16"))
    with torch.device("meta"):
        shapes = archspec.build(small, mode="inference").state_dict()
    from archspec.weights.matching.match import match, task

    file = {key: tuple(value.shape) for key, value in shapes.items()}
    found = match(task(file, large, partial=True))
    assert found is not None
    assert not found.left
    assert found.found["features.24.weight"][0] == "features.18.weight"
    assert [key for key in found.fresh if key.endswith("weight")] == [
        f"features.{number}.weight" for number in (2, 7, 14, 26, 28)
    ]
    assert match(task(file, large)) is None


def test_the_error_quotes_the_lists_of_both(tmp_path: Path) -> None:
    graph, module = network()
    _, other = network(num_classes=7)
    with pytest.raises(archspec.SpecError) as caught:
        loaded(tmp_path, filled(other), graph, module)
    (diagnostic,) = caught.value.diagnostics
    assert [label.text for label in diagnostic.labels] == ["10×4 in tiny"]
    assert diagnostic.help == "only the number of classes differs: --set num_classes=7"


# Commands.


def run(*args: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["weights", *map(str, args)])
    return result.exit_code, result.stdout, result.stderr


def test_inspect_shows_what_is_in_a_file(tmp_path: Path) -> None:
    _, module = network(n=5)
    path = saved(tmp_path / "a.pth", {"state_dict": module.state_dict()})
    code, out, _ = run("inspect", path)
    assert code == 0
    assert "in 'state_dict': 68 tensors of float32, int64" in out
    assert re.search(r"^layer1\.4\.bn2 +4 +float32, int64 +5 ", out, re.MULTILINE)
    assert "layer1.4.bn2.running_var" in run("inspect", path, "--expand")[1]
    found = json.loads(run("inspect", path, "--format", "json")[1])
    assert found["wrappers"] == ["state_dict"]
    assert [each["key"] for each in found["tensors"]] == list(module.state_dict())


def test_inspect_shows_how_a_file_fits_a_network(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(NET, "utf-8")
    _, module = network()
    state = {key.replace("fc.", "linear."): value for key, value in module.state_dict().items()}
    path = saved(tmp_path / "a.pth", state)
    code, out, _ = run("inspect", path, tmp_path / "tiny.yaml")
    assert code == 0
    assert re.search(r"^linear +fc +by order and shape$", out, re.MULTILINE)
    code, out, error = run("inspect", path, tmp_path / "tiny.yaml", "--set", "n=2")
    assert code == 1
    assert re.search(r"^ +layer1\.1\.conv1\.weight +4×4×3×3$", out, re.MULTILINE)
    assert "error[weights-mismatch]" in error
    options = ("--set", "n=2", "--partial", "--format", "json")
    found = json.loads(run("inspect", path, tmp_path / "tiny.yaml", *options)[1])
    assert all(key.startswith("layer1.1.") for key in found["missing"])
    assert run("inspect", path, "--partial")[0] == 2


def test_convert_writes_the_names_of_the_network_and_keeps_files(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(NET, "utf-8")
    _, module = network()
    state = {
        f"module.{key}".replace("fc.", "linear."): value for key, value in filled(module).items()
    }
    path, new = saved(tmp_path / "a.pth", state), tmp_path / "a.safetensors"
    assert run("convert", path, tmp_path / "tiny.yaml", "-o", new)[0] == 0
    module.load_state_dict(read(new), strict=True)
    assert torch.equal(module.fc.bias, state["module.linear.bias"])
    code, _, error = run("convert", path, "-o", new)
    assert code == 1
    assert "is there, and is kept" in error
    assert run("convert", path, "-o", new, "--force")[0] == 0
    assert "linear.bias" in read(new)
    assert run("convert", path, "-o", tmp_path / "b.pth")[0] == 0
    assert read(tmp_path / "b.pth").keys() == read(new).keys()
    assert run("convert", path, "-o", tmp_path / "b.h5")[0] == 2
    assert not (tmp_path / "b.h5").exists()


def test_diff_says_what_changed_most(tmp_path: Path) -> None:
    first = {"a": torch.ones(4), "b": torch.ones(2), "c": torch.ones(3), "d": torch.ones(1)}
    second = {"a": torch.full((4,), 1.5), "b": torch.ones(2), "c": torch.ones(1, 3)}
    paths = saved(tmp_path / "a.pth", first), saved(tmp_path / "b.pth", second)
    code, out, _ = run("diff", *paths)
    assert code == 0
    assert "1 equal, 1 changed, 1 of other shapes, 1 in one of them only" in out
    assert re.search(r"^a +4 +0\.5 +50%$", out, re.MULTILINE)
    found = json.loads(run("diff", *paths, "--format", "json")[1])
    assert not found["identical"]
    assert found["only_first"] == ["d"]
    assert "the same numbers in all tensors" in run("diff", paths[0], paths[0])[1]
