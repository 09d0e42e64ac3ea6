"""``archspec evaluate`` and ``predict``: of files of weights and of folders of trainings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import archspec
from archspec.cli import app
from archspec.diagnostics import SpecError
from tests.run_folders import record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

pytestmark = pytest.mark.torch

SPEC = """
archspec: 1
name: tiny
input: [3, 8, 8]
params: {num_classes: 3}
layers:
  conv: {op: Conv2d, out_channels: 4, kernel_size: 3, padding: 1}
  act: ReLU
  pool: {op: AdaptiveAvgPool2d, output_size: 1}
  flatten: Flatten
  fc: {op: Linear, out_features: num_classes}
"""
CLASSES = ("cat", "dog", "frog")


def run_archspec(*words: object) -> Any:
    return CliRunner().invoke(app, [str(word) for word in words])


def pixels() -> NDArray[np.uint8]:
    """Six pictures, height by width by channels."""
    import numpy as np

    return np.random.default_rng(1).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a spec, weights, and two pictures of each class in data/val."""
    import torch
    from PIL import Image

    (tmp_path / "tiny.yaml").write_text(SPEC)
    torch.manual_seed(0)
    torch.save(archspec.build(tmp_path / "tiny.yaml").state_dict(), tmp_path / "tiny.pth")
    for number, picture in enumerate(pixels()):
        folder = tmp_path / "data" / "val" / CLASSES[number // 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(folder / f"{number}.png")
    return tmp_path


def expected_scores(place: Path, mean: float = 0, std: float = 1) -> Any:
    """What the module says of the six pictures."""
    import torch

    module = archspec.build(place / "tiny.yaml").eval()
    module.load_state_dict(torch.load(place / "tiny.pth", weights_only=True))
    x = torch.from_numpy(pixels()).permute(0, 3, 1, 2).float() / 255
    with torch.no_grad():
        return module((x - mean) / std)


def evaluated(place: Path, *words: object) -> Any:
    return run_archspec(
        *("evaluate", place / "tiny.yaml", "--weights", place / "tiny.pth"),
        *("--data", place / "data", *words),
    )


def test_an_evaluation_is_that_of_the_module(place: Path) -> None:
    import torch

    found = evaluated(place, "--normalize", "none", "--format", "json", "--batch-size", 4)
    assert found.exit_code == 0, found.output
    data, scores = json.loads(found.stdout), expected_scores(place)
    labels = torch.tensor([0, 0, 1, 1, 2, 2])
    assert data["correct"] == (scores.argmax(1) == labels).sum().item()
    assert data["loss"] == pytest.approx(torch.nn.functional.cross_entropy(scores, labels).item())
    assert [each["name"] for each in data["classes"]] == list(CLASSES)
    assert (data["network"], data["split"], data["images"]) == ("tiny", "test", 6)
    assert "evaluating 6 images" in found.stderr


def test_a_mean_and_a_deviation_can_be_named_or_written(place: Path) -> None:
    scores = expected_scores(place, 0.5, 0.25)
    for option in ("0.5/0.25", "0.5,0.5,0.5/0.25,0.25,0.25"):
        found = run_archspec(
            *("predict", place / "tiny.yaml", place / "data", "--weights", place / "tiny.pth"),
            *("--normalize", option, "--format", "json", "--top", 1),
        )
        data = json.loads(found.stdout)
        assert [each["classes"][0]["index"] for each in data] == scores.argmax(1).tolist()
        first = data[0]["classes"][0]["probability"]
        assert first == pytest.approx(scores.softmax(1).max(1).values[0].item(), abs=1e-6)


def test_the_table_and_the_folder(place: Path) -> None:
    found = evaluated(place, "-o", place / "out", "--quiet")
    assert found.exit_code == 0, found.output
    assert found.stderr == ""
    assert "tiny on data: 6 test images" in found.stdout
    assert "calibration error" in found.stdout
    assert json.loads((place / "out" / "evaluation.json").read_text())["images"] == 6
    assert "<h2>The network</h2>" in (place / "out" / "report.html").read_text("utf-8")


@pytest.fixture
def finished(place: Path) -> Path:
    """The folder of a training."""
    import torch
    from safetensors.torch import save_file

    run = place / "run"
    run.mkdir()
    state = torch.load(place / "tiny.pth", weights_only=True)
    save_file(state, run / "weights.safetensors")
    (run / "spec.yaml").write_text(SPEC)
    (run / "recipe.yaml").write_text(
        "recipe: 1\nbatch_size: 2\nepochs: 1\noptimizer: {op: SGD, lr: 0.1}\n"
        "normalize: {mean: [0.5], std: [0.25]}\ntransform: [{op: Resize, size: 8}]\n"
    )
    facts = record(
        network="tiny", dataset="images", data_folder=str(place / "data"), classes=CLASSES
    )
    (run / "run.json").write_text(json.dumps(facts))
    return run


def test_a_run_says_all_by_itself(finished: Path, place: Path) -> None:
    found = run_archspec("evaluate", finished, "--format", "json")
    assert found.exit_code == 0, found.output
    data, scores = json.loads(found.stdout), expected_scores(place, 0.5, 0.25)
    assert data["normalize"] == {"mean": [0.5], "std": [0.25]}
    right = [int(label) == k // 2 for k, label in enumerate(scores.argmax(1))]
    assert data["correct"] == sum(right)
    shown = run_archspec("predict", finished, place / "data" / "val" / "cat" / "0.png")
    assert CLASSES[int(scores[0].argmax())] in shown.stdout


def test_other_classes_are_noticed(finished: Path, place: Path) -> None:
    (place / "data" / "val" / "dog").rename(place / "data" / "val" / "doge")
    found = run_archspec("evaluate", finished)
    assert found.exit_code == 1
    assert "'dog', where the data has 'doge'" in found.stderr


def test_a_run_that_is_not_finished_has_no_weights(finished: Path) -> None:
    (finished / "weights.safetensors").unlink()
    found = run_archspec("evaluate", finished)
    assert found.exit_code == 1
    assert "archspec train --resume" in found.stderr


def test_a_picture_of_any_size_is_resized_and_cropped(place: Path) -> None:
    """As torchvision does it."""
    import torch
    from PIL import Image

    v2: Any = pytest.importorskip("torchvision.transforms.v2")
    image = Image.fromarray(pixels()[0]).resize((37, 23))
    image.save(place / "wide.png")
    found = run_archspec(
        *("predict", place / "tiny.yaml", place / "wide.png", "--weights", place / "tiny.pth"),
        *("--normalize", "none", "--format", "json"),
    )
    x = v2.Compose([v2.PILToTensor(), v2.Resize(8), v2.CenterCrop(8)])(image)[None] / 255
    module = archspec.build(place / "tiny.yaml").eval()
    module.load_state_dict(torch.load(place / "tiny.pth", weights_only=True))
    with torch.no_grad():
        expected = module(x).softmax(1)[0]
    ((each,),) = (json.loads(found.stdout),)
    for shown in each["classes"]:
        assert shown["probability"] == pytest.approx(expected[shown["index"]].item(), abs=1e-6)


@pytest.mark.parametrize(
    ("steps", "wanted", "before"),
    [
        ([], (3, 224, 224), "Resize(256), CenterCrop(224×224)"),
        ([], (3, 32, 32), "Resize(32), CenterCrop(32×32)"),
        ([], (3, 96, 200), "Resize(229), CenterCrop(96×200)"),
        ([("Pad", {"padding": 2})], (1, 32, 32), "Resize(28), CenterCrop(28×28), Pad(2)"),
        ([("Resize", {"size": (8, 8)})], (3, 8, 8), "Resize(8×8)"),
        (
            [("Resize", {"size": 9}), ("CenterCrop", {"size": 8})],
            (3, 8, 8),
            "Resize(9), CenterCrop(8)",
        ),
    ],
)
def test_what_is_done_before_a_recipe_does_the_rest(
    steps: Any, wanted: tuple[int, int, int], before: str
) -> None:
    from archspec.training.pictures.any_size import fitting_steps, in_words

    assert in_words(fitting_steps(steps, wanted)) == before


def test_a_recipe_that_cannot_make_the_input_is_refused() -> None:
    from archspec.training.pictures.any_size import fitting_steps

    with pytest.raises(SpecError, match="makes no picture of 3×8×8"):
        fitting_steps([("CenterCrop", {"size": 9})], (3, 8, 8))


def test_what_cannot_be_read_does_not_stop_the_others(place: Path) -> None:
    (place / "data" / "a.jpg").write_bytes(b"no picture")
    found = run_archspec(
        *("predict", place / "tiny.yaml", place / "data", place / "none.png"),
        *("--weights", place / "tiny.pth", "--format", "json"),
    )
    assert found.exit_code == 1
    assert len(json.loads(found.stdout)) == 6
    assert "a.jpg' is not a picture" in found.stderr
    assert "none.png" in found.stderr
    assert "2 errors" in found.stderr


def test_names_of_classes_come_from_a_file(place: Path) -> None:
    (place / "names.txt").write_text("one\ntwo\nthree\n")
    words = ("predict", place / "tiny.yaml", place / "data", "--weights", place / "tiny.pth")
    assert "three" in run_archspec(*words, "--classes", place / "names.txt").stdout
    (place / "names.txt").write_text("one\ntwo\n")
    wrong = run_archspec(*words, "--classes", place / "names.txt")
    assert wrong.exit_code == 2
    assert "names 2 classes, and the network has 3" in wrong.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--normalize", "imagnet"), "did you mean 'imagenet'"),
        (("--normalize", "1,2/1,2"), "2 means do not fit pictures of 3 channels"),
        (("--set", "num_classes=4"), "--set num_classes=3"),
        (("--split", "train"), "no 'train'"),
        (("--set", "epochs=3"), "sets a key of a recipe"),
        (("--weights", "none.pth"), "there is no file 'none.pth'"),
        (("--input", "192"), "no picture"),
    ],
)
def test_mistakes_are_messages(words: tuple[str, ...], message: str, place: Path) -> None:
    if words[0] == "--input":
        (place / "tiny.yaml").write_text(
            "archspec: 1\nname: tiny\ninput: [192]\nlayers: {fc: {op: Linear, out_features: 3}}\n"
        )
    found = evaluated(place, *words)
    assert found.exit_code in (1, 2)
    assert message in found.stderr
    assert "Traceback" not in found.stderr


def test_random_weights_predict_nothing(place: Path) -> None:
    found = run_archspec("evaluate", place / "tiny.yaml", "--data", place / "data")
    assert found.exit_code == 2
    assert "without weights a network predicts nothing" in found.stderr


def test_grey_pictures_into_a_net_of_colours(place: Path) -> None:
    """Data of one channel, in memory."""
    import numpy as np

    folder = place / "mnist"
    folder.mkdir()
    for name, magic, array in (
        ("t10k-images-idx3-ubyte", 2051, np.zeros((4, 28, 28), np.uint8)),
        ("t10k-labels-idx1-ubyte", 2049, np.zeros(4, np.uint8)),
    ):
        sizes = [magic, *array.shape]
        head = b"".join(size.to_bytes(4, "big") for size in sizes)
        (folder / name).write_bytes(head + array.tobytes())
    found = run_archspec(
        *("evaluate", place / "tiny.yaml", "--set", "num_classes=10"),
        *("--weights", place / "tiny.pth", "--data", folder),
    )
    assert found.exit_code == 1
    assert "the images are 1×28×28, and tiny reads 3×8×8" in found.stderr


def test_a_folder_that_has_the_name_of_a_network_is_no_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("lenet5", "elsewhere"):
        (tmp_path / name).mkdir()
    assert "without weights" in run_archspec("evaluate", "lenet5").stderr
    assert "has no run.json" in run_archspec("evaluate", "elsewhere").stderr
