"""Data sets, which these tests make themselves, and everything that can be wrong with one."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from archspec.datasets import DATASETS, SPLITS, datasets_here, find, open_dataset, synthetic
from archspec.datasets.cifar import CIFAR100
from archspec.diagnostics import SpecError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

pytestmark = pytest.mark.torch

BOTH = SPLITS


def idx_bytes(array: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">{1 + array.ndim}I", 0x800 + array.ndim, *array.shape) + array.tobytes()


def numbers(*shape: int) -> NDArray[np.uint8]:
    import numpy as np

    return (np.arange(np.prod(shape)) % 251).astype(np.uint8).reshape(shape)


def write_idx(folder: Path, suffix: str = "", dot: str = "-", size: int = 28) -> Path:
    """Six images to train with and four to test with."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    for stem, count in (("train", 6), ("t10k", 4)):
        labels = np.arange(count, dtype=np.uint8)
        for kind, array in (("images", numbers(count, size, size)), ("labels", labels)):
            data = idx_bytes(array)
            path = folder / f"{stem}-{kind}{dot}idx{array.ndim}-ubyte{suffix}"
            path.write_bytes(gzip.compress(data) if suffix else data)
    return folder


def write_cifar(folder: Path, labels: int = 1) -> Path:
    """Two images a file."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ("train", "test") if labels == 2 else (*BATCHES, "test_batch")
    for name in names:
        records = numbers(2, labels + 3072)
        records[:, :labels] = 3, *range(4, 3 + labels)
        (folder / f"{name}.bin").write_bytes(records.tobytes())
    return folder


BATCHES = [f"data_batch_{number}" for number in range(1, 6)]


def write_pictures(folder: Path, splits: tuple[str, ...] = ("train", "val")) -> Path:
    """Two pictures of each of two classes."""
    from PIL import Image

    for place in [folder / split / name for split in splits for name in ("cat", "dog")]:
        place.mkdir(parents=True)
        for number, suffix in enumerate((".png", ".JPEG")):
            Image.new("RGB", (8 + number, 6), (250, 10, 10)).save(place / f"{number}{suffix}")
    return folder


def problem(name: str | None, folder: Path | str | None, *needs: Any) -> str:
    """What is said about a folder."""
    with pytest.raises(SpecError) as caught:
        open_dataset(name, None if folder is None else str(folder), needs or BOTH)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "bad-data"
    return f"{diagnostic.message} ({diagnostic.help})"


# idx.


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("dot", ["-", "."])
def test_idx_is_read_plain_and_compressed(tmp_path: Path, suffix: str, dot: str) -> None:
    found = open_dataset("mnist", str(write_idx(tmp_path, suffix, dot)), BOTH)
    assert str(found) == "MNIST: 6 + 4 images, 1×28×28, 10 classes"
    assert found.train is not None
    assert found.test is not None
    assert found.train.images.shape == (1, 28, 28)
    assert (found.train.images[2][0] == numbers(6, 28, 28)[2]).all()
    assert found.test.labels.tolist() == [0, 1, 2, 3]
    assert found.test.labels.dtype == "int64"


def test_a_suffix_is_not_believed(tmp_path: Path) -> None:
    """Browsers decompress what they download, and keep its name."""
    write_idx(tmp_path, ".gz")
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.decompress(path.read_bytes()))
    assert open_dataset("mnist", str(tmp_path), ["train"]).train is not None


def test_the_two_mnists_are_distinguished_by_name_and_by_labels(tmp_path: Path) -> None:
    import numpy as np

    folder = write_idx(tmp_path / "fashion")
    assert open_dataset(None, str(folder), BOTH).name == "fashion_mnist"
    assert open_dataset("mnist", str(folder), BOTH).name == "mnist"
    assert open_dataset(None, str(write_idx(tmp_path / "x")), BOTH).classes == (*"0123456789",)
    known = np.array([5, 0, 4, 1, 9, 2, 1, 3], np.uint8)
    (folder / "train-labels-idx1-ubyte").write_bytes(idx_bytes(known))
    (folder / "train-images-idx3-ubyte").write_bytes(idx_bytes(numbers(8, 28, 28)))
    assert open_dataset(None, str(folder), BOTH).name == "mnist"
    assert "holds MNIST, not Fashion-MNIST" in problem("fashion_mnist", folder)


def test_both_in_one_folder_are_distinguished_by_where_they_are(tmp_path: Path) -> None:
    write_idx(tmp_path / "MNIST" / "raw")
    write_idx(tmp_path / "FashionMNIST" / "raw")
    for name in ("mnist", "fashion_mnist"):
        assert open_dataset(name, str(tmp_path), BOTH).name == name
    assert "holds MNIST and Fashion-MNIST: it is not clear" in problem(None, tmp_path)


def test_only_what_is_needed_is_read(tmp_path: Path) -> None:
    write_idx(tmp_path)
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"broken")
    found = open_dataset("mnist", str(tmp_path), ["test"])
    assert found.train is None
    assert str(found) == "MNIST: 4 test images, 1×28×28, 10 classes"


IDX_DAMAGE: list[tuple[str, Callable[[bytes], bytes], str]] = [
    ("images-idx3", lambda data: data[:-1], "is truncated: its header says 6×28×28 bytes"),
    ("images-idx3", lambda data: data[:7], "is truncated: it has 7 bytes"),
    ("images-idx3", lambda data: b"", "is truncated: it has 0 bytes"),
    ("images-idx3", lambda data: data + b"x", "is longer than its header says"),
    ("images-idx3", lambda data: b"abcd" + data[4:], "has the magic number 1633837924;"),
    ("labels-idx1", lambda data: b"\0\0\x08\x03" + data[4:], "2051, which is that of images;"),
    ("images-idx3", lambda data: data[:4] + b"\xff" * 12, "is truncated"),
    ("images-idx3", lambda data: struct.pack(">4I", 2051, 0, 28, 28), "has no images"),
    ("labels-idx1", lambda data: struct.pack(">2I", 2049, 5) + data[9:], "5 labels for 6 images"),
    ("labels-idx1", lambda data: data[:-1] + b"\x0a", "has the label 10 for image 5; those of"),
]


@pytest.mark.parametrize(("file", "damage", "message"), IDX_DAMAGE)
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_damaged_idx_is_reported(
    tmp_path: Path, suffix: str, file: str, damage: Callable[[bytes], bytes], message: str
) -> None:
    path = write_idx(tmp_path, suffix) / f"train-{file}-ubyte{suffix}"
    data = path.read_bytes()
    damaged = damage(gzip.decompress(data) if suffix else data)
    path.write_bytes(gzip.compress(damaged) if suffix else damaged)
    assert message in problem("mnist", tmp_path)
    assert str(path) in problem("mnist", tmp_path)


def test_damaged_gzip_is_reported(tmp_path: Path) -> None:
    path = write_idx(tmp_path, ".gz") / "train-images-idx3-ubyte.gz"
    data = path.read_bytes()
    path.write_bytes(data[:-20])
    assert "is cut: its gzip data ends too early" in problem("mnist", tmp_path)
    path.write_bytes(data[:-6] + b"12" + data[-4:])
    assert "is damaged" in problem("mnist", tmp_path)


def test_a_split_without_a_file_is_reported(tmp_path: Path) -> None:
    write_idx(tmp_path)
    (tmp_path / "t10k-labels-idx1-ubyte").unlink()
    assert "has no labels of the test split" in problem("mnist", tmp_path)
    for path in tmp_path.glob("t10k*"):
        path.unlink()
    assert "has no images of the test split" in problem("mnist", tmp_path)


def test_splits_of_different_sizes_are_reported(tmp_path: Path) -> None:
    write_idx(tmp_path)
    (tmp_path / "t10k-images-idx3-ubyte").write_bytes(idx_bytes(numbers(4, 20, 20)))
    assert "have different sizes" in problem("mnist", tmp_path)


# CIFAR.


@pytest.mark.parametrize("below", ["", "cifar-10-batches-bin"])
def test_cifar10_is_read(tmp_path: Path, below: str) -> None:
    import numpy as np

    write_cifar(tmp_path / below)
    found = open_dataset(None, str(tmp_path), BOTH)
    assert str(found) == "CIFAR-10: 10 + 2 images, 3×32×32, 10 classes"
    assert found.train is not None
    assert found.train.labels.tolist() == [3] * 10
    assert (found.train.images[4] == numbers(2, 3073)[0, 1:].reshape(3, 32, 32)).all()
    assert found.classes[3] == "cat"
    (tmp_path / below / "batches.meta.txt").write_text("".join(f"c{n}\n" for n in range(10)))
    found = open_dataset("cifar10", str(tmp_path), ["test"])
    assert found.classes[3] == "c3"
    assert found.test is not None
    assert found.test.images[0].dtype == np.uint8


def test_a_test_batch_is_enough_to_evaluate(tmp_path: Path) -> None:
    write_cifar(tmp_path)
    for name in BATCHES:
        (tmp_path / f"{name}.bin").unlink()
    assert open_dataset("cifar10", str(tmp_path), ["test"]).test is not None
    assert "lacks 'data_batch_1.bin' of the training split" in problem("cifar10", tmp_path)


def test_cifar100_has_fine_labels(tmp_path: Path) -> None:
    write_cifar(tmp_path, labels=2)
    found = open_dataset(None, str(tmp_path), BOTH)
    assert str(found) == "CIFAR-100: 2 + 2 images, 3×32×32, 100 classes"
    assert found.test is not None
    assert found.test.labels.tolist() == [4, 4]
    assert len(set(CIFAR100.classes)) == 100
    assert list(CIFAR100.classes) == sorted(CIFAR100.classes)


def test_damaged_cifar_is_reported(tmp_path: Path) -> None:
    path = write_cifar(tmp_path) / "data_batch_3.bin"
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert "6,145 bytes are not a multiple of 3,073" in problem("cifar10", tmp_path)
    path.write_bytes(b"")
    assert f"'{path}' is truncated" in problem("cifar10", tmp_path)
    path.write_bytes(data[:3073] + b"\x0a" + data[3074:])
    assert "has the label 10 for image 1; those of CIFAR-10 are 0 to 9" in problem(None, tmp_path)
    path.write_bytes(data)
    (tmp_path / "batches.meta.txt").write_text("airplane\n")
    assert "names 1 classes; CIFAR-10 has 10" in problem("cifar10", tmp_path)


def test_pickles_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    (folder / "data_batch_1").write_bytes(b"cos\nsystem\n(S'exit'\ntR.")
    for place in (folder, tmp_path):
        assert "for Python, which is pickled (a pickle can run" in problem("cifar10", place)
        assert "is pickled" in problem(None, place)


# Folders of pictures.


def test_pictures_are_read(tmp_path: Path) -> None:
    write_pictures(tmp_path / "animals")
    (tmp_path / "animals" / "train" / "cat" / ".hidden.png").write_bytes(b"no picture")
    (tmp_path / "animals" / "train" / ".cache").mkdir()
    found = open_dataset(None, str(tmp_path / "animals"), BOTH)
    assert str(found) == "animals: 4 + 4 images, files of any size, 2 classes"
    assert found.classes == ("cat", "dog")
    assert found.train is not None
    assert found.train.labels.tolist() == [0, 0, 1, 1]
    assert found.train.images[0].shape == (3, 6, 8)
    assert found.train.images[0][:, 0, 0].tolist() == [250, 10, 10]
    grey = open_dataset(None, str(tmp_path / "animals"), ["test"], channels=1)
    assert grey.test is not None
    assert grey.test.images[1].shape == (1, 6, 9)


def test_classes_alone_are_the_one_split_that_is_needed(tmp_path: Path) -> None:
    write_pictures(tmp_path, ("",))
    assert open_dataset("images", str(tmp_path), ["test"]).classes == ("cat", "dog")
    assert "has no 'train', for the training images" in problem("images", tmp_path)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "I;16", "1", "LA"])
def test_pictures_of_every_kind_are_read(tmp_path: Path, mode: str) -> None:
    import numpy as np
    from PIL import Image

    place = write_pictures(tmp_path) / "train" / "cat" / "z.tif"
    if mode == "I;16":
        picture = Image.fromarray(np.full((5, 4), 0x8040, np.uint16))
    else:
        picture = Image.new("RGB", (4, 5), "white").convert(mode)
    picture.save(place.with_suffix(".png") if mode == "P" else place)
    for channels in (1, 3):
        found = open_dataset("images", str(tmp_path), BOTH, channels=channels)
        assert found.train is not None
        array = found.train.images[2]
        assert array.shape == (channels, 5, 4)
        assert set(array.reshape(-1).tolist()) == {128 if mode == "I;16" else 255}


def test_what_is_no_picture_is_found_at_once(tmp_path: Path) -> None:
    path = write_pictures(tmp_path) / "val" / "dog" / "9.jpg"
    path.write_text("no picture")
    assert f"'{path}' is not a picture (take it out" in problem("images", tmp_path)
    path.write_bytes((path.parent / "1.JPEG").read_bytes()[:-200])
    assert f"the picture '{path}' cannot be read: " in problem("images", tmp_path)


def test_large_pictures_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    write_pictures(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40)
    assert "is a picture of more than 40 pixels" in problem("images", tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert "is a picture of more than 10 pixels" in problem("images", tmp_path)


def test_classes_are_the_same_in_both_splits(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    (tmp_path / "val" / "horse").mkdir()
    assert f"there are no pictures in '{tmp_path / 'val' / 'horse'}'" in problem(None, tmp_path)
    (tmp_path / "val" / "horse" / "1.png").write_bytes(b"")
    assert "is not a picture" in problem(None, tmp_path)
    write_pictures(tmp_path / "more", ("",))
    (tmp_path / "more" / "cat").rename(tmp_path / "train" / "tiger")
    assert f"that '{tmp_path / 'val'}' has not: 'tiger'" in problem(None, tmp_path, "train")
    (tmp_path / "val" / "dog" / "below").mkdir()
    for path in (tmp_path / "val" / "dog").glob("*.*"):
        path.unlink()
    assert "and lie in no folders below" in problem(None, tmp_path, "test")


def test_pictures_without_classes_are_reported(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"")
    assert "its pictures lie in no folders of classes" in problem("images", tmp_path)
    (tmp_path / "val").mkdir()
    write_pictures(tmp_path, ("train",))
    assert "has no folders of classes in 'val', for the test images" in problem(None, tmp_path)


# Which, and where.


def test_another_data_set_is_named(tmp_path: Path) -> None:
    write_cifar(tmp_path)
    assert "holds CIFAR-10, not Fashion-MNIST" in problem("fashion_mnist", tmp_path)
    assert "holds CIFAR-10, not folders of pictures" in problem("images", tmp_path)


def test_folders_that_are_none_are_reported(tmp_path: Path) -> None:
    assert f"the folder of data '{tmp_path}' is empty" in problem(None, tmp_path)
    assert "does not exist" in problem("mnist", tmp_path / "x")
    (tmp_path / "file").touch()
    assert "is a file" in problem("mnist", tmp_path / "file")
    assert "does not hold CIFAR-10 (expected are 'data_" in problem("cifar10", tmp_path)
    assert "does not hold a data set" in problem(None, tmp_path)
    assert "there is no data set 'cifar' (did you mean 'cifar10'" in problem("cifar", None)
    assert "it is not clear where" in problem(None, None)
    assert "it is not clear where" in problem("images", None)
    assert "\x00" in problem(None, "a\x00b")


def test_links_are_followed(tmp_path: Path) -> None:
    write_pictures(tmp_path / "a")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "train" / "cat" / "broken.png").symlink_to(tmp_path / "nothing")
    found = open_dataset("images", str(tmp_path / "b"), ["train"])
    assert found.train is not None
    assert len(found.train) == 4


def test_usual_folders_are_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "ROOTS", ("data",))
    monkeypatch.chdir(tmp_path)
    assert datasets_here() == []
    assert "CIFAR-10 is not found on this machine (name its folder" in problem("cifar10", None)
    write_cifar(tmp_path / "data" / "cifar10")
    write_idx(tmp_path / "data" / "FashionMNIST" / "raw")
    assert [each.name for each in datasets_here()] == ["fashion_mnist", "cifar10"]
    assert open_dataset("fashion_mnist", None, BOTH).folder == Path("data/FashionMNIST/raw")


def test_missing_numpy_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "numpy", None)
    with pytest.raises(SpecError, match="read with numpy, which is not installed"):
        open_dataset("synthetic", None, BOTH)


# Synthetic.


def test_synthetic_data_is_the_same_everywhere_and_can_be_learned() -> None:
    import numpy as np

    made, again = (synthetic((2, 9, 7), 3, train=90, test=30) for _ in range(2))
    assert str(made) == "synthetic data: 90 + 30 images, 2×9×7, 3 classes"
    assert made.train is not None
    assert made.test is not None
    assert again.train is not None
    images = np.stack([made.train.images[index] for index in range(90)]).astype(float)
    assert (images == np.stack([again.train.images[index] for index in range(90)])).all()
    assert np.bincount(made.train.labels).tolist() == [30, 30, 30]
    means = np.stack([images[made.train.labels == label].mean(0) for label in range(3)])
    nearest = [((made.test.images[i] - means) ** 2).sum((1, 2, 3)).argmin() for i in range(30)]
    assert (np.array(nearest) == made.test.labels).all()
    with pytest.raises(SpecError, match="at least 1"):
        synthetic((1, 0, 4), 2)


def test_every_name_can_be_opened() -> None:
    assert set(find.TITLES) == set(DATASETS)
