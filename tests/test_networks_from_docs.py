"""Networks that were written from docs/language.md: their counts, keys and outputs are those of
torchvision or of the papers' code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import archspec
from archspec.workspace.workspace import Workspace

FOLDER = Path(__file__).parent / "networks_from_docs"
FILES = sorted(FOLDER.glob("*.yaml"))
NETWORKS = [
    f"{path.name}:{variant}" if variant else path.name
    for path in FILES
    for variant in Workspace().variants(path)
]
TWINS: dict[str, tuple[str, int, dict[str, Any]]] = {
    "efficientnet_b0.yaml": ("efficientnet_b0", 128, {}),
    "efficientnet_v2.yaml": ("efficientnet_v2_s", 96, {}),
    "inception_v3.yaml": ("inception_v3", 299, {"init_weights": False}),
    "mnasnet.yaml": ("mnasnet1_0", 128, {}),
    "mobilenet_v2.yaml": ("mobilenet_v2", 128, {}),
    "mobilenet_v3.yaml": ("mobilenet_v3_large", 128, {}),
    "mobilenet_v3.yaml:mobilenet_v3_small": ("mobilenet_v3_small", 128, {}),
    "resnext.yaml": ("resnext50_32x4d", 128, {}),
    "resnext.yaml:resnext101_32x8d": ("resnext101_32x8d", 64, {}),
    "resnext.yaml:wide_resnet50_2": ("wide_resnet50_2", 128, {}),
    "resnext.yaml:wide_resnet101_2": ("wide_resnet101_2", 64, {}),
    "squeezenet.yaml": ("squeezenet1_0", 128, {}),
    "squeezenet.yaml:squeezenet1_1": ("squeezenet1_1", 128, {}),
}
"""For each network that torchvision has: its name there, the images to compare on, arguments."""


@pytest.mark.parametrize("name", NETWORKS)
def test_the_counts_are_those_that_were_published(name: str) -> None:
    graph = archspec.load(str(FOLDER / name))  # checks ``expect``
    assert graph.total_macs > 0
    archspec.source(graph)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_network_states_its_counts(path: Path) -> None:
    text = path.read_text("utf-8")
    assert text.count("expect: {params: ") == len(Workspace().variants(path))
    assert text.count(", macs: ") == len(Workspace().variants(path))


@pytest.mark.torch
@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_the_network_of_torchvision(name: str) -> None:
    torch = pytest.importorskip("torch")
    models = pytest.importorskip("torchvision.models")
    from torch.utils.flop_counter import FlopCounterMode

    graph = archspec.load(str(FOLDER / name))
    if name not in TWINS:
        with torch.device("meta"):
            archspec.build(graph)
        pytest.skip("torchvision has no such network")
    theirs_name, size, arguments = TWINS[name]
    torch.manual_seed(0)
    theirs = getattr(models, theirs_name)(**arguments)
    x = torch.randn(2, 3, size, size)
    norms = [module for module in theirs.modules() if isinstance(module, torch.nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        theirs.train()(x)  # statistics of its own, so that no output vanishes or overflows
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    ours = archspec.build(graph)
    assert list(ours.state_dict()) == list(theirs.state_dict()) == list(graph.state_keys)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    with torch.inference_mode():
        expected, found = theirs.eval()(x), ours.eval()(x)
    assert float(expected.std()) > 1e-3
    assert torch.equal(found, expected)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        theirs(x)
    resized = archspec.load(str(FOLDER / name), input=[3, size, size]).at("inference")
    assert counter.get_total_flops() == 2 * len(x) * resized.total_macs
