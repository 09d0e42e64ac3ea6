"""Training: what it makes of a recipe, and that no crash changes a bit of it."""

from __future__ import annotations

import json
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archspec.diagnostics import SpecError
from tests.training_runs import DEADLY, RECIPE, ROOT, difference, finish, newest, train, write_files

pytestmark = pytest.mark.torch


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def request(folder: Path, out: str = "run", *settings: str, **options: Any) -> Any:
    from archspec.training.request import TrainingRequest
    from archspec.workspace.settings import setting

    return TrainingRequest(
        spec=str(folder / "net.yaml"),
        recipe=str(folder / "how.yaml"),
        out=str(folder / out),
        settings=dict(map(setting, settings)),
        **options,
    )


def run(asked: Any) -> Any:
    from archspec.training.start import train as start
    from archspec.training.watching.watchers import Silent

    return start(asked, Silent())


def resume(folder: Path, out: str = "run", **options: Any) -> Any:
    from archspec.training.request import TrainingRequest

    return run(TrainingRequest(resume=str(folder / out), **options))


def metrics(run: Path) -> list[dict[str, Any]]:
    """All that was measured but times."""
    lines = (run / "metrics.jsonl").read_text().splitlines()
    times = ("seconds", "images_per_second")
    return [{k: v for k, v in json.loads(line).items() if k not in times} for line in lines]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was never interrupted."""
    import torch

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("whole")
    write_files(folder)
    run(request(folder))
    return folder


# What a run leaves.


def test_a_run_leaves_a_folder_that_says_all(whole: Path) -> None:
    run = whole / "run"
    names = {path.name for path in run.iterdir()}
    assert names >= {
        "run.json",
        "spec.yaml",
        "recipe.yaml",
        "model.py",
        "environment.json",
        "metrics.jsonl",
        "checkpoints",
        "weights.safetensors",
    }
    states = sorted(path.name for path in (run / "checkpoints").iterdir())
    assert states == ["best.pt", *(f"step-000000{step}.pt" for step in (36, 39, 40))]


def test_it_learns(tmp_path: Path) -> None:
    write_files(tmp_path)
    outcome = run(request(tmp_path, "run", "steps=150", "mixup=0", "ema=0.5"))
    assert outcome.evaluation.top1 > 35


def test_the_weights_are_the_averaged_ones(whole: Path) -> None:
    from safetensors.torch import load_file

    average = newest(whole / "run")["average"]
    for name, tensor in load_file(whole / "run" / "weights.safetensors").items():
        assert tensor.equal(average[f"module.{name}"]), name


def test_a_state_is_read_for_its_averaged_weights(whole: Path) -> None:
    from archspec.weights.reading.files import read_file

    state = newest(whole / "run")
    assert state["average"] is not None
    best = read_file(whole / "run" / "checkpoints" / "best.pt")
    assert best.content.wrappers == ("average",)


def test_the_learning_rate_is_that_of_torch(whole: Path) -> None:
    import torch
    from torch.optim import lr_scheduler

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    warmup = lr_scheduler.LinearLR(optimizer, 0.01, total_iters=10)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, 40)
    rates = []
    for _ in range(40):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        warmup.step()
        cosine.step()
    for record in metrics(whole / "run"):
        if record["kind"] == "train":
            assert record["lr"] == rates[record["step"] - 1]


def test_a_run_of_the_resolved_spec_and_recipe_is_the_same_run(whole: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    own = replace(
        request(whole),
        spec=str(whole / "run" / "spec.yaml"),
        recipe=str(whole / "run" / "recipe.yaml"),
        out=str(tmp_path / "again"),
    )
    run(own)
    assert difference(newest(whole / "run"), newest(tmp_path / "again")) is None


@pytest.mark.parametrize("workers", [0, 2])
def test_the_number_of_workers_changes_nothing(whole: Path, tmp_path: Path, workers: int) -> None:
    write_files(tmp_path)
    run(request(tmp_path, workers=workers))
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


# Crashes.


class Crash(Exception):
    pass


def crash_after(count: int, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which fails when it is called once more than so often."""
    calls = iter(range(count))

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if next(calls, None) is None:
            raise Crash
        return function(*args, **kwargs)

    return wrapper


PLACES = {
    "loop._backward": 61,
    "loop.update": 17,
    "session.Session._after_epoch": 0,
    "session.Session._record": 5,
    "run_folder.os.replace": 9,
    "run_folder.os.fsync": 8,
    "session.save_weights": 0,
}
"""Where a run is interrupted, and after how many calls."""


@pytest.mark.parametrize("place", PLACES)
def test_a_run_goes_on_to_the_bit(
    place: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import import_module

    module, _, path = place.partition(".")
    holder: Any = import_module(f"archspec.training.{module}")
    *owners, name = path.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    write_files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(holder, name, crash_after(PLACES[place], getattr(holder, name)))
        with pytest.raises(Crash):
            run(request(tmp_path))
    resume(tmp_path)
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None
    assert metrics(tmp_path / "run") == metrics(whole / "run")
    assert not list((tmp_path / "run").rglob(".archspec-*"))


def interrupted(folder: Path, monkeypatch: pytest.MonkeyPatch, steps: int = 17) -> None:
    """A run that has crashed after so many steps."""
    from archspec.training import loop

    write_files(folder)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "update", crash_after(steps, loop.update))
        with pytest.raises(Crash):
            run(request(folder))


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "pickle"])
def test_a_damaged_state_is_passed_over(
    damage: str, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(tmp_path, monkeypatch)
    newest_file = max((tmp_path / "run" / "checkpoints").glob("step-*.pt"))
    content = bytearray(newest_file.read_bytes())
    if damage == "flipped":
        content[len(content) // 2] ^= 1
    damaged: dict[str, bytes | bytearray] = {
        "cut": content[:-100],
        "empty": b"",
        "pickle": b"cos\nsystem\n(S'true'\ntR.",
    }
    newest_file.write_bytes(damaged.get(damage, content))
    notes: list[str] = []
    monkeypatch.setattr(
        "archspec.training.watching.watchers.Silent.note", lambda self, text: notes.append(text)
    )
    resume(tmp_path)
    assert notes == [f"'{newest_file}' is damaged, and is passed over", "goes on after step 12"]
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_saves_and_stops(
    number: signal.Signals, code: int, whole: Path, tmp_path: Path
) -> None:
    out = ["--out", str(tmp_path / "run")]
    process = train(
        *write_files(tmp_path), *out, "--workers", "1", "--set", "checkpoint.steps=1000"
    )
    wait_for(tmp_path / "run" / "metrics.jsonl")
    process.send_signal(number)
    found, output = finish(process)
    assert found == code, output
    assert "archspec train --resume" in output
    assert newest(tmp_path / "run")["step"] < 40
    resume(tmp_path, force=True)
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


def wait_for(path: Path) -> None:
    end = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < end, f"{path} does not come"
        time.sleep(0.02)


def wait_for_step(run: Path, step: int) -> None:
    wait_for(run / "checkpoints" / f"step-{step:08d}.pt")


@pytest.mark.parametrize(("count", "workers"), [(1, 1), (2, 1), (3, 0)])
def test_processes_that_are_killed_go_on_to_the_bit(
    count: int, workers: int, tmp_path: Path
) -> None:
    files = write_files(tmp_path, recipe=RECIPE.replace("steps: 40", "steps: 30"))
    options = ["--workers", str(workers), "--set", "accumulate=1"]
    code, output = finish(
        train(*files, "--out", str(tmp_path / "whole"), *options, processes=count)
    )
    assert code == 0, output
    process = train(*files, "--out", str(tmp_path / "run"), *options, processes=count)
    wait_for_step(tmp_path / "run", 12)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    code, output = finish(
        train("--resume", str(tmp_path / "run"), "--workers", str(workers), processes=count)
    )
    assert code == 0, output
    assert difference(newest(tmp_path / "whole"), newest(tmp_path / "run")) is None
    assert metrics(tmp_path / "whole") == metrics(tmp_path / "run")


# Several processes.

PLAIN = """
archspec: 1
name: plain
input: [3, 8, 8]
params: {num_classes: 4}
layers:
  - {op: Conv2d, out_channels: 8, kernel_size: 3, stride: 2}
  - ReLU
  - Flatten
  - {op: Linear, out_features: num_classes}
"""
EVEN = """
recipe: 1
data: synthetic
batch_size: 16
steps: 20
augment: [{op: RandomCrop, padding: 1}, RandomHorizontalFlip]
optimizer: {op: SGD, lr: 0.05, momentum: 0.9}
"""


def test_two_processes_are_one_with_twice_the_batch(tmp_path: Path) -> None:
    import torch

    files = write_files(tmp_path, PLAIN, EVEN)
    code, output = finish(train(*files, "--out", str(tmp_path / "two"), processes=2))
    assert code == 0, output
    run(request(tmp_path, "one", "batch_size=32"))
    one, two = newest(tmp_path / "one")["model"], newest(tmp_path / "two")["model"]
    for name in one:
        torch.testing.assert_close(one[name], two[name], rtol=1e-4, atol=1e-6)


def test_torchrun_restarts_what_has_died(tmp_path: Path) -> None:
    """A process kills itself at one step, once: all begin again, and end as if nothing had been."""
    files = write_files(tmp_path, PLAIN, EVEN + "checkpoint: {steps: 2}\n")
    finish(train(*files, "--out", str(tmp_path / "whole"), processes=2))
    deadly = DEADLY.format(place="archspec.training.loop:update", calls=9, rank=1)
    (tmp_path / "sitecustomize.py").write_text(deadly)
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    out = ["--out", str(tmp_path / "run")]
    process = train(*files, *out, processes=2, restarts=1, PYTHONPATH=paths)
    code, output = finish(process)
    assert code == 0, output
    assert (tmp_path / "died").exists()
    assert difference(newest(tmp_path / "whole"), newest(tmp_path / "run")) is None


# What must not be.


def code_of(error: SpecError) -> str:
    (diagnostic,) = error.diagnostics
    return diagnostic.code


def test_a_run_is_not_overwritten(whole: Path) -> None:
    with pytest.raises(SpecError, match="exists already") as caught:
        run(request(whole))
    assert f"archspec train --resume {whole / 'run'}" in str(caught.value)


def test_two_trainings_never_write_one_folder(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archspec.training.run_folder import RunFolder

    interrupted(tmp_path, monkeypatch)
    with RunFolder(tmp_path / "run").locked(), pytest.raises(SpecError, match="another training"):
        resume(tmp_path)
    resume(tmp_path)
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("how.yaml", "lr: 0.1", "lr: 0.2", "'lr: 0.1' is now 'lr: 0.2'"),
        ("net.yaml", "out_channels: 8", "out_channels: 9", "the spec has changed"),
    ],
)
def test_what_has_changed_is_shown(
    file: str,
    old: str,
    new: str,
    message: str,
    whole: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupted(tmp_path, monkeypatch)
    path = tmp_path / file
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(SpecError, match=message):
        resume(tmp_path)
    resume(tmp_path, force=True)
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


def test_a_loss_that_is_no_number_stops_the_run(tmp_path: Path) -> None:
    write_files(tmp_path)
    with pytest.raises(SpecError) as caught:
        run(
            request(
                tmp_path,
                "run",
                "optimizer.lr=1e30",
                "clip_norm=1e30",
                "warmup={steps: 30, start_factor: 1e-30}",
                "checkpoint.steps=1",
            )
        )
    assert code_of(caught.value) == "not-finite"
    assert "the last good state is" in str(caught.value)
    import torch

    assert all(bool(t.isfinite().all()) for t in newest(tmp_path / "run")["model"].values())
    shown = json.loads((tmp_path / "run" / "not_finite.json").read_text())
    assert "conv1" in {layer["layer"] for layer in shown["layers"]} or shown["layers"] == []
    assert torch.isfinite(torch.tensor(newest(tmp_path / "run")["best"] or 0.0))


def test_a_full_disk_loses_nothing(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    from archspec.training.run_folder import RunFolder

    save = RunFolder.save

    def limited(self: RunFolder, state: Any, keep: int) -> Path:
        if state["step"] == 12:
            resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
        return save(self, state, keep)

    monkeypatch.setattr(RunFolder, "save", limited)
    try:
        with pytest.raises(SpecError, match="file too large") as caught:
            run(request(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert code_of(caught.value) == "cannot-write"
    assert newest(tmp_path / "run")["step"] == 9
    monkeypatch.undo()
    resume(tmp_path)
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


def test_a_training_begins_with_weights_of_other_classes(whole: Path, tmp_path: Path) -> None:
    """The head is fresh, and all else is as it was in the file."""
    from safetensors.torch import load_file

    write_files(tmp_path)
    file = whole / "run" / "weights.safetensors"
    run(
        request(
            tmp_path,
            "run",
            "num_classes=7",
            "steps=2",
            "optimizer.lr=0",
            "warmup=none",
            weights=str(file),
        )
    )
    old, new = load_file(file), newest(tmp_path / "run")["model"]
    assert new["fc.weight"].shape == (7, 16)
    for name in ("conv1.weight", "bn1.weight", "conv2.bias"):
        assert new[name].equal(old[name]), name


def test_weights_of_another_network_are_refused(whole: Path, tmp_path: Path) -> None:
    write_files(
        tmp_path,
        spec=(whole / "net.yaml").read_text().replace("out_channels: 16", "out_channels: 24"),
    )
    with pytest.raises(SpecError) as caught:
        run(request(tmp_path, weights=str(whole / "run" / "weights.safetensors")))
    assert code_of(caught.value) == "weights-mismatch"
    assert not (tmp_path / "run").exists()


def test_a_data_set_that_is_too_small_says_so(tmp_path: Path) -> None:
    write_files(tmp_path)
    with pytest.raises(SpecError, match="a step takes 8,192 pictures, and there are 1,948"):
        run(request(tmp_path, "run", "batch_size=4096"))
    assert not (tmp_path / "run").exists()


def test_folders_that_cannot_be_written(tmp_path: Path) -> None:
    write_files(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SpecError, match="exists already"):
        run(request(tmp_path, "file"))
    with pytest.raises(SpecError, match="cannot be written"):
        run(request(tmp_path, "file/run"))
    with pytest.raises(SpecError, match="is not the folder of a training"):
        resume(tmp_path, "nothing")


def test_tensorboard_reads_the_metrics(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing import event_accumulator  # type: ignore[import-untyped]

    write_files(tmp_path)
    run(request(tmp_path, "run", "steps=10", "warmup=none", tensorboard=True))
    events = event_accumulator.EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    assert events.Tags()["scalars"] == [
        "loss/train",
        "top1/train",
        "images_per_second/train",
        "lr/train",
        "loss/validation",
        "top1/validation",
        "top5/validation",
    ]


def test_the_best_state_is_that_of_its_epoch(tmp_path: Path) -> None:
    """Also where states are rarely saved."""
    import torch

    write_files(tmp_path)
    run(
        request(
            tmp_path, "run", "epochs=4", "checkpoint={epochs: 3}", "warmup=none", "accumulate=4"
        )
    )
    found = [record for record in metrics(tmp_path / "run") if record["kind"] == "validation"]
    best = max(found, key=lambda record: (record["top1"], -record["step"]))
    state = torch.load(tmp_path / "run" / "checkpoints" / "best.pt", weights_only=True)
    assert (state["step"], state["best"]) == (best["step"], 100 - best["top1"])


def test_a_crash_before_the_best_state_is_kept(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from archspec.training.run_folder import RunFolder

    write_files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "keep_best", crash_after(0, RunFolder.keep_best))
        with pytest.raises(Crash):
            run(request(tmp_path))
    resume(tmp_path)
    best = [run / "run" / "checkpoints" / "best.pt" for run in (whole, tmp_path)]
    states = [torch.load(path, weights_only=True) for path in best]
    assert difference(*states) is None


def test_a_run_goes_on_without_the_files_that_it_was_made_of(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(tmp_path, monkeypatch)
    for name in ("net.yaml", "how.yaml"):
        (tmp_path / name).unlink()
    resume(tmp_path)
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None


def test_a_run_that_had_saved_nothing_begins_as_it_began(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the weights that it was given, too."""
    from archspec.training import loop

    write_files(tmp_path)
    weights = str(whole / "run" / "weights.safetensors")
    run(request(tmp_path, "whole", "steps=12", weights=weights))
    with monkeypatch.context() as patch:
        patch.setattr(loop, "update", crash_after(1, loop.update))
        with pytest.raises(Crash):
            run(request(tmp_path, "run", "steps=12", weights=weights))
    resume(tmp_path)
    assert difference(newest(tmp_path / "whole"), newest(tmp_path / "run")) is None
    assert metrics(tmp_path / "whole") == metrics(tmp_path / "run")


def test_a_training_that_died_before_it_had_begun_can_be_started_again(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archspec.training.run_folder import RunFolder

    write_files(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, "write_json", crash_after(1, RunFolder.write_json))
        with pytest.raises(Crash):
            run(request(tmp_path))
    assert (tmp_path / "run" / "spec.yaml").exists()
    run(request(tmp_path))
    assert difference(newest(whole / "run"), newest(tmp_path / "run")) is None
