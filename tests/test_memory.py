"""Memory without running: what autograd keeps, and what is alive, against PyTorch to the byte."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import shlex
import weakref
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from archspec.analyses.memory.needs import bytes_of, memory_needs
from archspec.analyses.memory.saved import saved_tensors
from archspec.analyses.memory.timeline import inference, training
from archspec.analyses.precision import FLOAT32, PRECISIONS
from archspec.analyses.stats import saved_bytes
from archspec.cli.app import app
from archspec.cli.commands import memory as command
from archspec.diagnostics import SpecError
from archspec.graph import Graph
from archspec.workspace.load import load, loads
from tests import random_layers
from tests.networks import zoo
from tests.test_stats import bytes_kept

TRACED = (
    *("alexnet", "vgg11_bn", "googlenet", "resnet18", "resnet50", "densenet121", "mobilenet_v2"),
    *("inception_v3", "squeezenet1_0", "efficientnet_b0", "convnext_tiny", "unet", "vgg11_lrn"),
    *("dpn68", "edsr_baseline_x2", "segnet", "lenet5", "yolov8n", "yolov8s"),
    *("convnextv2_atto", "nf_resnet50", "resnetv2_50d_evos"),
)
TRAINED = (
    "lenet5",
    "lenet5_modern",
    "mlp",
    "resnet20_cifar",
    "densenet40_k12",
    "squeezenet1_0",
    "unet",
)
FIRST = (
    "archspec: 1\nname: first\ninput: {image: [3, 12, 12], gate: [8, 1, 1]}\nlayers:\n"
    "  conv: {op: Conv2d, out_channels: 8, kernel_size: 3, padding: 1, padding_mode: reflect, from: image}\n"
    "  norm: BatchNorm2d\n  six: ReLU6\n  scaled: {op: Multiply, from: [six, gate]}\n"
    "  tanh: Hardtanh\n  pool: {op: MaxPool2d, kernel_size: 2}\n"
    "  flat: Flatten\n  drop: Dropout\n  fc: {op: Linear, out_features: 5}\n"
)


def run(*args: str, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["memory", *args])
    assert found.exit_code == code, found.output
    return found.output


# What autograd keeps.


def kept(module: Any, graph: Graph, batch: int, dtype: str) -> int | None:
    """Bytes that autograd keeps, or None where PyTorch cannot compute in the precision."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        return bytes_kept(module, graph, batch)
    except (RuntimeError, ValueError) as error:
        if "not implemented" in str(error) or "more than 1 value" in str(error):
            return None
        raise
    finally:
        torch.set_default_dtype(before)


def assert_kept(graph: Graph, frozen: frozenset[str]) -> int:
    import torch

    from archspec.backends.torch.nn_module import build

    module: Any = build(graph).train()
    for path in frozen:
        module.get_submodule(path).requires_grad_(False)
    measured = 0
    for dtype in ("float32", "bfloat16"):
        module = module.to(getattr(torch, dtype))
        for batch in (1, 8):
            found = kept(module, graph, batch, dtype)
            if found is not None:
                assert saved_bytes(graph, batch, PRECISIONS[dtype], frozen) == found, (dtype, batch)
                measured += 1
    return measured


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("seed", range(40))
def test_saved_bytes_of_random_networks(seed: int) -> None:
    graph = loads(random_layers.spec(seed))
    rng = random.Random(seed)
    learning = [node.path for node in graph.layers if node.cost.parameters and not node.weights]
    frozen = frozenset(path for path in learning if rng.random() < 0.4) if seed % 2 else frozenset()
    assert assert_kept(graph, frozenset(frozen)) >= 2


@pytest.mark.torch
@pytest.mark.parametrize("frozen", [(), ("conv",), ("conv", "norm"), ("fc",), ("norm", "fc")])
def test_saved_bytes_of_the_first_layer_and_of_masks(frozen: tuple[str, ...]) -> None:
    assert assert_kept(loads(FIRST), frozenset(frozen)) == 4


@pytest.mark.torch
@pytest.mark.parametrize("name", ["resnet20_cifar", "densenet40_k12", "mlp", "lenet5_modern"])
def test_saved_bytes_of_the_zoo_in_both_precisions(name: str) -> None:
    assert assert_kept(load(name).at("inference"), frozenset()) == 4


IN_32_BITS_ONLY = ("convnext_tiny", "convnextv2_atto", "nf_resnet50", "resnetv2_50x1_bit")
"""Their statistics, of every place and of standardised weights, have 32 bits in places and 16 in others."""


@pytest.mark.torch
@pytest.mark.slow
@pytest.mark.parametrize("name", zoo())
def test_saved_bytes_of_the_whole_zoo(name: str) -> None:
    """Without memory: shapes are enough for PyTorch to say what it would keep. There, as on a GPU,
    statistics of 16-bit numbers have 32 bits."""
    import torch

    from archspec.backends.torch.nn_module import build

    graph = load(name)
    if name == "shufflenet_g1":  # without memory a shuffle of one group is a view
        assert_kept(graph, frozenset())
        return
    with torch.device("meta"):
        module: Any = build(graph).train()
        for batch, dtype in ((2, "float32"), (8, "bfloat16")):
            if name in IN_32_BITS_ONLY and dtype == "bfloat16":
                continue
            module = module.to(getattr(torch, dtype))
            own = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers())}
            found: dict[int, Any] = {}

            def keep(tensor: Any, found: dict[int, Any] = found) -> Any:
                found.setdefault(tensor.untyped_storage()._cdata, tensor)
                return tensor

            inputs = [
                torch.rand(batch, *node.output.shape, dtype=getattr(torch, dtype))
                for node in graph.inputs
            ]
            with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
                output = module(*inputs)
            sizes = (t.untyped_storage().nbytes() for at, t in found.items() if at not in own)
            assert sum(sizes) == saved_bytes(graph, batch, replace(PRECISIONS[dtype], statistic=4))
            del output


@pytest.mark.parametrize("name", ["resnet50", "densenet121", "alexnet", "mobilenet_v2"])
def test_saved_bytes_by_layer_sum_to_the_whole(name: str) -> None:
    saved = saved_tensors(load(name).at("inference"))
    for batch, dtype in ((1, "float32"), (8, "bfloat16"), (3, "mixed")):
        found = saved.of_layers(batch, PRECISIONS[dtype])
        assert sum(found.values()) == saved.total(batch, PRECISIONS[dtype])


# What is alive.


def traced_peak(module: Any, inputs: list[Any]) -> int:
    """The most bytes of tensors that were alive at once, beside those of the module."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    known = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers(), *inputs)}
    holders: Counter[int] = Counter()
    sizes: dict[int, int] = {}
    peak = 0

    def drop(at: int) -> None:
        holders[at] -= 1
        if not holders[at]:
            del sizes[at]

    class Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            nonlocal peak
            given = {id(leaf) for leaf in tree_leaves((args, kwargs))}
            result = func(*args, **(kwargs or {}))
            for leaf in tree_leaves(result):
                if isinstance(leaf, torch.Tensor) and id(leaf) not in given:
                    at = leaf.untyped_storage()._cdata
                    if at not in known:
                        sizes[at] = leaf.untyped_storage().nbytes()
                        holders[at] += 1
                        weakref.finalize(leaf, drop, at)
            peak = max(peak, sum(sizes.values()))
            return result

    with torch.no_grad(), Trace():  # type: ignore[no-untyped-call]
        output = module(*inputs)
    del output
    given: int = sum(x.untyped_storage().nbytes() for x in inputs)
    return peak + given


@pytest.mark.torch
@pytest.mark.parametrize("name", TRACED)
def test_the_peak_at_inference_is_that_of_the_module(name: str) -> None:
    import torch

    from archspec.backends.torch.nn_module import build

    graph = load(name).at("inference")
    with torch.device("meta"):
        module: Any = build(graph).eval()
        inputs = [torch.rand(4, *node.output.shape) for node in graph.inputs]
    measured = traced_peak(module, inputs)
    assert inference(graph, FLOAT32).peak(4).bytes(4) == pytest.approx(measured, rel=0.02)


@pytest.mark.torch
@pytest.mark.whole_zoo
@pytest.mark.parametrize("name", zoo())
def test_the_peak_at_inference_of_the_whole_zoo(name: str) -> None:
    test_the_peak_at_inference_is_that_of_the_module(name)


def traced_step(module: Any, inputs: list[Any]) -> int:
    """The most bytes that were alive at once in a forward and a backward pass, beside those of the
    module. What autograd keeps is held by no Python object: storages are asked whether they live."""
    import torch
    from torch.multiprocessing.reductions import StorageWeakRef
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    known = {t.untyped_storage()._cdata for t in (*module.parameters(), *module.buffers(), *inputs)}
    alive: dict[int, tuple[Any, int]] = {}
    reference: Any = StorageWeakRef
    peak = 0

    class Trace(TorchDispatchMode):  # type: ignore[no-untyped-call]
        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            nonlocal peak
            result = func(*args, **(kwargs or {}))
            for at in [at for at, (storage, _) in alive.items() if storage.expired()]:
                del alive[at]
            for leaf in tree_leaves(result):
                if isinstance(leaf, torch.Tensor):
                    storage = leaf.untyped_storage()
                    if storage._cdata not in known | alive.keys():
                        alive[storage._cdata] = (reference(storage), storage.nbytes())
            peak = max(peak, sum(size for _, size in alive.values()))
            return result

    with Trace():  # type: ignore[no-untyped-call]
        output = module(*inputs)
        output.backward(torch.ones_like(output))
    given: int = sum(x.untyped_storage().nbytes() for x in inputs)
    return peak + given


@pytest.mark.torch
@pytest.mark.parametrize("name", TRAINED)
def test_the_peak_of_a_training_step_is_that_of_the_module(name: str) -> None:
    import torch

    from archspec.backends.torch.nn_module import build

    graph = load(name)
    with torch.device("meta"):
        module: Any = build(graph).train()
        inputs = [torch.rand(4, *node.output.shape) for node in graph.inputs]
        measured = traced_step(module, inputs)
    assert training(graph, FLOAT32).peak(4).bytes(4) == pytest.approx(measured, rel=0.02)


def test_a_chain_holds_two_maps() -> None:
    conv = "{op: Conv2d, out_channels: 3, kernel_size: 1}"
    graph = loads(
        f"archspec: 1\nname: x\ninput: [3, 4, 4]\nlayers: {{a: {conv}, b: {conv}, c: {conv}}}\n"
    )
    moments = inference(graph, FLOAT32).moments
    assert [moment.bytes(1) for moment in moments] == [2 * 192, 3 * 192, 3 * 192]  # the image, too


# Needs.


def test_needs_of_a_network() -> None:
    needs = memory_needs("resnet50", batch=8, optimizer="adam")
    assert needs.parameters == needs.gradients == 4 * 25_557_032
    assert needs.optimizer == 2 * needs.parameters
    assert needs.buffers == 2 * 4 * 26_560 + 8 * 53
    assert needs.saved == saved_bytes(load("resnet50"), 8)
    assert needs.training_peak >= needs.saved
    assert needs.training_moment is not None
    assert memory_needs("resnet50", optimizer="sgd").optimizer == 0
    assert memory_needs("resnet50", optimizer="momentum").optimizer == needs.parameters
    assert memory_needs("resnet50", dtype="mixed").parameters == needs.parameters
    assert 2 * memory_needs("resnet50", dtype="float16").parameters == needs.parameters
    assert memory_needs("resnet50", freeze="*").gradients == 0
    assert memory_needs("resnet50", dtype="int8").in_training is None
    assert memory_needs("googlenet").parameters == 4 * 13_004_888  # its heads learn, too
    assert "\n" not in repr(needs)
    assert "training peak" in str(needs)


@pytest.mark.parametrize("name", ["resnet50", "vgg16", "densenet121"])
@pytest.mark.parametrize("dtype", ["float32", "mixed"])
def test_the_largest_batch_fits_and_one_more_does_not(name: str, dtype: Any) -> None:
    memory = bytes_of("24GiB")
    running, training = memory_needs(name, dtype=dtype).largest_batches(memory)
    assert training is not None
    for batch, fits in ((training, True), (training + 1, False)):
        assert (memory_needs(name, dtype=dtype, batch=batch).training_total <= memory) == fits
    for batch, fits in ((running, True), (running + 1, False)):
        assert (memory_needs(name, dtype=dtype, batch=batch).inference_total <= memory) == fits
    assert memory_needs(name).largest_batches(1000) == (0, 0)


def test_every_form() -> None:
    data = json.loads(run("resnet18", "--batch", "2", "--memory", "1GiB", "--format", "json"))
    needs = memory_needs("resnet18", batch=2)
    assert (data["training_peak"], data["saved"]) == (needs.training_peak, needs.saved)
    assert data["largest_batch"]["training"] == needs.largest_batches(2**30)[1]
    rows = list(csv.DictReader(io.StringIO(run("resnet18", "--batch", "2", "--format", "csv"))))
    backward = [int(row["bytes"]) for row in rows if row["phase"] != "inference"]
    assert max(backward) == needs.training_peak
    assert f"{needs.training_peak:,}" in run("resnet18", "--batch", "2")
    assert "nothing" not in run("resnet18", "--dtype", "int8")


@pytest.mark.parametrize("text", ["24", "24GiB", "1.5 GB", "512mib"])
def test_sizes_of_memories(text: str) -> None:
    assert bytes_of(text) == {"24": 24, "24GiB": 24 * 2**30, "1.5 GB": 1_500_000_000,
                              "512mib": 2**29}[text]  # fmt: skip


@pytest.mark.parametrize("text", ["", "GiB", "24 apples", "-1GiB", "1e9", "9" * 40])
def test_no_sizes_of_memories(text: str) -> None:
    with pytest.raises(SpecError, match="is no size of a memory"):
        bytes_of(text)


def test_wrong_usage() -> None:
    run("resnet18", "--memory", "24 apples", code=1)
    run("resnet18", "--memory", "24GiB", "--format", "csv", code=2)
    run("resnet18", "--optimizer", "lion", code=2)
    with pytest.raises(SpecError, match="there is no optimizer"):
        memory_needs("resnet18", optimizer="lion")  # type: ignore[arg-type]


def test_the_examples_of_help_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"^    archspec memory (.*)$", command.memory.__doc__ or "", re.MULTILINE)
    assert len(examples) >= 3
    for example in examples:
        run(*shlex.split(example))
    assert "forward" in Path("memory.svg").read_text()
