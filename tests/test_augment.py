"""What pictures go through: against torchvision, and whatever the order, the batch, the process."""

from __future__ import annotations

import inspect
import pickle
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from pydantic import ValidationError

from archspec.diagnostics import SpecError
from archspec.recipe.augmentations import AUGMENTATIONS, HERE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from archspec.training.pictures.augment import Pipeline

ARGUMENTS: Final[dict[str, dict[str, Any]]] = {
    "RandomCrop": {"padding": 4},
    "CenterCrop": {"size": 20},
    "Pad": {"padding": 2},
    "Resize": {"size": 16},
    "RandomShortestSize": {"min_size": (24, 36)},
    "RandomResizedCrop": {"size": 16},
    "RandomRotation": {"degrees": 30},
    "RandomAffine": {"degrees": 10, "translate": (0.1, 0.1), "scale": (0.8, 1.2), "shear": 5},
    "ColorJitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1},
    "GaussianBlur": {"kernel_size": 3},
}
"""Some for each that needs them."""
ALL: Final = [(name, ARGUMENTS.get(name, {})) for name in AUGMENTATIONS]
EACH = pytest.mark.parametrize(("name", "arguments"), ALL, ids=list(AUGMENTATIONS))


def pictures(count: int, shape: tuple[int, int, int] = (3, 32, 32)) -> NDArray[np.uint8]:
    import numpy as np

    generator = np.random.Generator(np.random.PCG64(0))
    return generator.integers(0, 256, (count, *shape), np.uint8)


def pipeline(*steps: tuple[str, Mapping[str, Any]], seed: int = 1) -> Pipeline:
    from archspec.training.pictures.augment import Pipeline

    return Pipeline(steps, seed)


def run(
    made: Pipeline, array: NDArray[np.uint8], indices: list[int] | None = None, epoch: int = 0
) -> NDArray[np.uint8]:
    import numpy as np

    from archspec.datasets import ArrayImages

    numbers = range(len(array)) if indices is None else indices
    return made(ArrayImages(array), np.array(numbers, np.int64), epoch)


# What a recipe can say.


@pytest.mark.torch
@pytest.mark.parametrize("name", sorted({*AUGMENTATIONS} - {"Lighting", "ShufflePixels"}))
def test_names_and_defaults_are_those_of_torchvision(name: str) -> None:
    v2 = pytest.importorskip("torchvision.transforms.v2")
    theirs = inspect.signature(getattr(v2, name)).parameters
    ours = AUGMENTATIONS[name].model_fields
    assert set(ours) == set(theirs) - {"inplace"}
    for key, info in ours.items():
        default = theirs[key].default
        default = getattr(default, "value", default)
        if key != "size" or name != "RandomCrop":  # which is here that of the picture by default
            assert info.is_required() == (default is inspect.Parameter.empty), key
            assert info.is_required() or info.default == pytest.approx(default), key


@pytest.mark.parametrize(
    ("name", "arguments", "field"),
    [
        ("RandomCrop", {"padding": -1}, "padding"),
        ("RandomCrop", {"size": 0}, "size"),
        ("RandomCrop", {"padding_mode": "mirror"}, "padding_mode"),
        ("RandomHorizontalFlip", {"p": 1.5}, "p"),
        ("RandomResizedCrop", {"size": 8, "scale": (1.0, 0.1)}, "scale"),
        ("ColorJitter", {"hue": 0.6}, "hue"),
        ("GaussianBlur", {"kernel_size": 4}, "kernel_size"),
        ("AutoAugment", {"policy": "mnist"}, "policy"),
        ("Grayscale", {"channels": 1}, "channels"),
    ],
)
def test_wrong_arguments_are_found_without_torch(
    name: str, arguments: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        AUGMENTATIONS[name](**arguments)
    assert {error["loc"][0] for error in caught.value.errors()} == {field}


@EACH
def test_every_one_says_what_it_is(name: str, arguments: dict[str, Any]) -> None:
    assert AUGMENTATIONS[name](**arguments).model_dump()
    assert AUGMENTATIONS[name].__doc__


# What comes out.


@pytest.mark.torch
@EACH
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_becomes_the_same_in_every_batch(
    name: str, arguments: dict[str, Any], channels: int
) -> None:
    import numpy as np
    import torch

    if name == "Lighting" and channels == 1:
        pytest.skip("it is for colours")
    made = pipeline((name, arguments), ("CenterCrop", {"size": 15}))
    array = pictures(6, (channels, 32, 30))
    state = torch.get_rng_state()
    whole = run(made, array, [0, 1, 2, 3, 4, 5], epoch=2)
    assert (torch.get_rng_state() == state).all()
    torch.manual_seed(7)
    assert (run(made, array, [5, 3, 1], epoch=2) == whole[[5, 3, 1]]).all()
    again = pickle.loads(pickle.dumps(made))
    assert (np.concatenate([run(again, array, [n], epoch=2) for n in range(6)]) == whole).all()
    assert whole.dtype == np.uint8
    assert whole.flags.c_contiguous
    if name.startswith("Random") and name not in ("RandomErasing", "RandomGrayscale"):
        assert (run(made, array, epoch=3) != whole).any()
        other = pipeline((name, arguments), ("CenterCrop", {"size": 15}), seed=2)
        assert (run(other, array, epoch=2) != whole).any()


@pytest.mark.torch
@EACH
def test_shapes_are_known_before(name: str, arguments: dict[str, Any]) -> None:
    for shape in [(3, 32, 30), (3, 21, 40)]:
        made = pipeline((name, arguments))
        foreseen = made.output_shape(shape)
        assert foreseen is not None or name == "RandomShortestSize"
        if foreseen is not None:
            assert run(made, pictures(2, shape)).shape[1:] == foreseen


@pytest.mark.parametrize(
    ("arguments", "shape"),
    [
        ({"size": 16, "max_size": 20}, (3, 100, 50)),
        ({"size": 16, "max_size": 20}, (3, 50, 100)),
        ({"size": (7, 9)}, (3, 50, 100)),
        ({"size": 33}, (3, 17, 29)),
    ],
)
@pytest.mark.torch
def test_the_size_of_a_scaled_picture_is_that_of_torchvision(
    arguments: dict[str, Any], shape: tuple[int, int, int]
) -> None:
    made = pipeline(("Resize", arguments))
    assert run(made, pictures(1, shape)).shape[1:] == made.output_shape(shape)


@pytest.mark.torch
def test_shapes_of_pictures_of_any_size() -> None:
    assert pipeline().output_shape(None) is None
    assert pipeline(("Resize", {"size": 256})).output_shape(None) is None
    crop = pipeline(("Resize", {"size": 256}), ("CenterCrop", {"size": 224}))
    assert crop.output_shape(None) == (3, 224, 224)
    assert crop.output_shape(None, channels=1) == (1, 224, 224)
    assert pipeline(("RandomResizedCrop", {"size": (8, 9)})).output_shape(None) == (3, 8, 9)
    assert pipeline(("RandomCrop", {"padding": 4})).output_shape((1, 28, 28)) == (1, 28, 28)
    assert pipeline(("Pad", {"padding": (1, 2, 3, 4)})).output_shape((1, 28, 28)) == (1, 34, 32)


@pytest.mark.torch
@pytest.mark.parametrize("mode", ["constant", "edge", "reflect", "symmetric"])
def test_crops_and_borders_are_those_of_torchvision(mode: str) -> None:
    import numpy as np
    import torch

    v2 = pytest.importorskip("torchvision.transforms.v2")
    array = pictures(64, (3, 9, 7))
    padded = run(pipeline(("Pad", {"padding": (1, 2, 3, 4), "padding_mode": mode})), array)
    theirs = v2.Pad((1, 2, 3, 4), padding_mode=mode)(torch.from_numpy(array)).numpy()
    assert (padded == theirs).all()
    arguments = {"size": (8, 5), "padding": 3, "padding_mode": mode}
    cropped = run(pipeline(("RandomCrop", arguments)), array)
    whole = v2.Pad(3, padding_mode=mode)(torch.from_numpy(array))
    corners = {(top, left) for top in range(15 - 8 + 1) for left in range(13 - 5 + 1)}
    seen = set()
    for crop, picture in zip(cropped, whole, strict=True):
        fits = [
            (top, left)
            for top, left in corners
            if np.array_equal(v2.functional.crop(picture, top, left, 8, 5).numpy(), crop)
        ]
        assert fits
        seen.update(fits)
    assert len(seen) > 30


@pytest.mark.torch
@pytest.mark.parametrize("size", [3, (4, 7), 12, (15, 4)])
def test_the_middle_is_that_of_torchvision(size: int | tuple[int, int]) -> None:
    import torch

    v2 = pytest.importorskip("torchvision.transforms.v2")
    array = pictures(2, (3, 9, 8))
    theirs = v2.CenterCrop(size)(torch.from_numpy(array)).numpy()
    assert (run(pipeline(("CenterCrop", {"size": size})), array) == theirs).all()


@pytest.mark.torch
def test_smaller_pictures_are_padded_if_the_recipe_says_so() -> None:
    array = pictures(3, (3, 9, 8))
    with pytest.raises(SpecError, match="takes 12×12 pixels of pictures that have 9×8"):
        run(pipeline(("RandomCrop", {"size": 12})), array)
    made = pipeline(("RandomCrop", {"size": 12, "pad_if_needed": True, "fill": (1, 2, 3)}))
    assert run(made, array).shape == (3, 3, 12, 12)
    with pytest.raises(SpecError, match="a fill of 2 numbers does not fit"):
        run(pipeline(("Pad", {"padding": 1, "fill": (1, 2)})), array)


@pytest.mark.torch
def test_flips_and_offsets_are_as_frequent_as_they_should_be() -> None:
    import numpy as np

    array = np.arange(12, dtype=np.uint8).reshape(1, 1, 3, 4).repeat(4000, 0)
    flipped = run(pipeline(("RandomHorizontalFlip", {"p": 0.3})), array)
    mirrored = (flipped == array[..., ::-1]).all((1, 2, 3))
    assert (mirrored | (flipped == array).all((1, 2, 3))).all()
    assert mirrored.mean() == pytest.approx(0.3, abs=0.03)
    vertical = run(pipeline(("RandomVerticalFlip", {})), array)
    assert (vertical == array[:, :, ::-1]).all((1, 2, 3)).mean() == pytest.approx(0.5, abs=0.03)
    corner = run(pipeline(("RandomCrop", {"size": (2, 2)})), array)[:, 0, 0, 0]
    values, counts = np.unique(corner, return_counts=True)
    assert values.tolist() == [0, 1, 2, 4, 5, 6]
    assert abs(counts / 4000 - 1 / 6).max() < 0.03
    for p, expected in ((0.0, array), (1.0, array[..., ::-1])):
        assert (run(pipeline(("RandomHorizontalFlip", {"p": p})), array) == expected).all()


@pytest.mark.torch
def test_steps_of_one_kind_and_epochs_are_independent() -> None:
    import numpy as np

    array = np.arange(4, dtype=np.uint8).reshape(1, 1, 1, 4).repeat(4000, 0)
    flips = [("RandomHorizontalFlip", {"p": 0.5})]
    first, second = (run(pipeline(*flips), array, epoch=epoch)[:, 0, 0, 0] for epoch in (0, 1))
    twice = run(pipeline(*flips, *flips), array)[:, 0, 0, 0]
    for other in (second, twice):
        assert np.corrcoef(first, other)[0, 1] == pytest.approx(0, abs=0.06)


@pytest.mark.torch
def test_the_colours_of_lighting_move_as_in_the_paper() -> None:
    import numpy as np

    from archspec.training.pictures.batched import EIGENVALUES, EIGENVECTORS

    array = np.full((4000, 3, 1, 1), 128, np.uint8)
    moved = run(pipeline(("Lighting", {"std": 0.1})), array).astype(float)[:, :, 0, 0] - 128
    vectors = np.array(EIGENVECTORS)
    expected = (255 * 0.1) ** 2 * vectors @ np.diag(np.square(EIGENVALUES)) @ vectors.T
    assert np.cov(moved.T) == pytest.approx(expected, abs=1.5)
    assert moved.mean(0) == pytest.approx(0, abs=0.3)
    with pytest.raises(SpecError, match="changes red, green and blue"):
        run(pipeline(("Lighting", {})), array[:, :1])


@pytest.mark.torch
def test_pixels_are_shuffled_in_one_order() -> None:
    import numpy as np

    places = np.broadcast_to(np.arange(16 * 12, dtype=np.uint8).reshape(16, 12), (3, 2, 16, 12))
    shuffled = run(pipeline(("ShufflePixels", {"seed": 5})), places)
    order = shuffled[0, 0].ravel()
    assert sorted(order.tolist()) == list(range(16 * 12))
    assert (np.diff(order.astype(int)) == 1).mean() < 0.05
    assert (shuffled == shuffled[0, 0]).all()  # of all pictures and channels
    for epoch, seed in ((1, 1), (0, 2)):  # of training and test pictures, whatever the run's seed
        made = pipeline(("ShufflePixels", {"seed": 5}), seed=seed)
        assert (run(made, places, epoch=epoch) == shuffled).all()
    assert (run(pipeline(("ShufflePixels", {"seed": 6})), places) != shuffled).any()
    array = pictures(4, (3, 16, 12))
    back = run(pipeline(("ShufflePixels", {"seed": 5})), array).reshape(4, 3, -1)
    assert (back[:, :, np.argsort(order)].reshape(array.shape) == array).all()


@pytest.mark.torch
def test_files_of_different_sizes_become_equal_or_are_reported(tmp_path: Path) -> None:
    import numpy as np
    from PIL import Image

    from archspec.datasets import FileImages

    sizes = [(20, 30), (31, 18), (24, 24)]
    for number, size in enumerate(sizes):
        Image.fromarray(pictures(1, (*size, 3))[0]).save(tmp_path / f"{number}.png")
    images = FileImages(tuple(sorted(tmp_path.iterdir())), 3)
    indices = np.array([2, 0, 1])
    made = pipeline(
        ("RandomHorizontalFlip", {}), ("Resize", {"size": 16}), ("CenterCrop", {"size": 12})
    )
    whole = made(images, indices, 0)
    assert whole.shape == (3, 3, 12, 12)
    for number, expected in zip(indices, whole, strict=True):
        assert (made(images, np.array([number]), 0)[0] == expected).all()
    with pytest.raises(SpecError, match="different sizes: 20×30, 24×24, 31×18"):
        pipeline(("RandomHorizontalFlip", {}))(images, indices, 0)


@pytest.mark.torch
def test_what_torchvision_does_not_take_is_reported() -> None:
    with pytest.raises(SpecError, match="RandAugment does not fit pictures of 2×8×8"):
        run(pipeline(("RandAugment", {"num_ops": 9})), pictures(20, (2, 8, 8)))


WITHOUT_TORCHVISION: Final = """
import sys
sys.modules["torchvision"] = None
import numpy as np
from archspec.datasets import ArrayImages
from archspec.diagnostics import SpecError
from archspec.training.pictures.augment import Pipeline
black, two = ArrayImages(np.zeros((2, 3, 32, 32), np.uint8)), np.arange(2)
steps = [("RandomCrop", {"padding": 4}), ("RandomHorizontalFlip", {}), ("Lighting", {})]
assert Pipeline(steps, 0)(black, two, 0).shape == (2, 3, 32, 32)
grey = Pipeline([("Grayscale", {})], 0)
assert grey.output_shape((3, 8, 8)) == (1, 8, 8)
try:
    grey(black, two, 0)
except SpecError as error:
    assert "Grayscale is one of torchvision's, which is not installed" in str(error), error
else:
    assert False
"""


@pytest.mark.torch
def test_what_is_simple_needs_no_torchvision() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT_TORCHVISION], check=True, timeout=60)


def test_the_document_lists_all_of_them() -> None:
    text = (Path(__file__).parents[1] / "docs" / "training.md").read_text("utf-8")
    rows = re.findall(r"^\| `([A-Z]\w+)` \| (.*?) \| (.*) \|$", text, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(AUGMENTATIONS)
    for name, arguments, words in rows:
        cls = AUGMENTATIONS[name]
        assert re.findall(r"`(\w+)", arguments) == list(cls.model_fields)
        assert words == " ".join((cls.__doc__ or "").split())


def test_most_need_torchvision() -> None:
    assert len(HERE) == 7
    assert set(HERE) < set(AUGMENTATIONS)


@pytest.mark.torch
@pytest.mark.parametrize("workers", [0, 2])
def test_workers_give_the_same_pictures_and_the_same_mistakes(tmp_path: Path, workers: int) -> None:
    import numpy as np
    import torch
    from PIL import Image

    from archspec.datasets import FileImages, Split
    from archspec.training.pictures.batches import InOrder, Pictures, loader

    for number, picture in enumerate(pictures(8, (12, 9, 3))):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    paths = tuple(sorted(tmp_path.iterdir()))
    images = FileImages(paths, 3)
    split = Split(images, np.arange(8))
    made = pipeline(("RandomResizedCrop", {"size": 6}), ("RandomHorizontalFlip", {}))
    order = InOrder(np.arange(8), 4)
    device = torch.device("cpu")
    batches = list(loader(Pictures(split, made), order, workers, device))
    assert torch.cat([labels for _, labels in batches]).tolist() == list(range(8))
    found = torch.cat([pixels for pixels, _ in batches]).numpy()
    assert (found == made(images, np.arange(8), 0)).all()
    paths[6].write_text("no picture")
    with pytest.raises(SpecError, match="is not a picture"):
        list(loader(Pictures(split, made), order, workers, device))


@pytest.mark.torch
def test_pictures_that_the_network_does_not_read_are_found_before_the_first_step() -> None:
    from archspec.datasets import ArrayImages
    from archspec.training.pictures.trial import try_pictures
    from archspec.workspace.load import load

    images = ArrayImages(pictures(20, (3, 24, 24)))
    crop = pipeline(("RandomCrop", {"size": 20}))
    for network in (load("mlp", input=[3, 20, 20]), load("resnet20_cifar", input=[3, 32, 32])):
        try_pictures(images, crop, network, None)
    wrong = "the pictures come out as 3×20×20, and mlp reads 3×24×24"
    with pytest.raises(SpecError, match=wrong):
        try_pictures(images, crop, load("mlp", input=[3, 24, 24]), None)
    with pytest.raises(SpecError, match="index 40 is out of bounds"):
        try_pictures(images, pipeline(("RandAugment", {"magnitude": 40})), load("mlp"), None)
