"""``archspec build``: where the source goes, what is said of it, and what is left when it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from archspec.backends.torch import memory, source_file
from archspec.backends.torch.source import source
from archspec.backends.torch.source_file import build_file, default_file
from archspec.backends.torch.verify import Verification
from archspec.cli import app
from archspec.diagnostics import SpecError, failure
from archspec.graph import Graph
from archspec.workspace.load import load, loads

SPEC = "archspec: 1\nname: {name}\ninput: [3, 8, 8]\nlayers: {{conv: {{op: Conv2d, out_channels: 2, kernel_size: 1}}}}\n"
SEEN = Verification(8, 2, ((1, 3, 8, 8),), ((1, 2, 8, 8),), ((2, 3, 8, 8),), 0.5)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def net(name: str = "tiny") -> Graph:
    return loads(SPEC.format(name=name))


def run(*args: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of ``archspec build lenet5``."""
    result = CliRunner().invoke(app, ["build", "lenet5", *args])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# Places


@pytest.mark.parametrize("place", ["lenet5.py", "lenet5.txt", "lenet5", "./-"])
def test_a_file_may_have_any_suffix(place: str, folder: Path) -> None:
    code, out, _ = run("--no-verify", "-o", place)
    assert (code, out.partition(":")[0]) == (0, place)
    assert (folder / place).read_text("utf-8") == source(load("lenet5"))


@pytest.mark.parametrize("place", ["-", "/dev/stdout"])
def test_standard_output_has_the_source_and_nothing_else(place: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archspec", "build", "lenet5", "-o", place, "--no-verify"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        timeout=300,
    )
    assert done.stdout == source(load("lenet5")).encode()
    assert b"class LeNet5, " in done.stderr
    assert not names(folder)


def test_what_standard_output_is_led_to_is_no_file_of_a_person(folder: Path) -> None:
    command = f"{sys.executable} -m archspec build lenet5 --no-verify -o /dev/stdout > net.py"
    subprocess.run(["bash", "-c", command], check=True, stderr=subprocess.PIPE, timeout=300)
    assert (folder / "net.py").read_text("utf-8") == source(load("lenet5"))


def test_a_reader_of_standard_output_may_leave() -> None:
    command = f"{sys.executable} -m archspec build lenet5 --no-verify -o /dev/stdout | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=300)
    assert done.stdout.startswith('"""lenet5')
    assert "Traceback" not in done.stderr


def test_a_pipe_is_written_to(folder: Path) -> None:
    os.mkfifo("pipe")
    read: list[str] = []
    reader = Thread(target=lambda: read.append(Path("pipe").read_text("utf-8")), daemon=True)
    reader.start()
    build_file(net(), "pipe", verify=False)
    reader.join(300)
    assert read == [source(net())]
    assert Path("pipe").is_fifo()


def test_a_device_is_written_to_and_stays() -> None:
    build_file(net(), "/dev/null", verify=False, force=True)
    assert Path("/dev/null").is_char_device()
    with pytest.raises(SpecError, match="'/dev/full' cannot be written: no space left on device"):
        build_file(net(), "/dev/full", verify=False)


def test_a_link_is_followed_and_rights_are_kept(folder: Path) -> None:
    build_file(net(), "real.py", verify=False)
    Path("real.py").chmod(0o751)
    Path("link.py").symlink_to("real.py")
    Path("dangling.py").symlink_to("new.py")
    for place in ("link.py", "dangling.py"):
        build_file(net("other"), place, verify=False)
        assert Path(place).is_symlink()
    assert Path("real.py").read_text("utf-8") == Path("new.py").read_text("utf-8")
    assert Path("real.py").stat().st_mode & 0o777 == 0o751
    assert Path("new.py").stat().st_mode & 0o111 == 0


def test_a_name_may_have_all_the_bytes_that_there_are(folder: Path) -> None:
    build_file(net(), "n" * 252 + ".py", verify=False)
    with pytest.raises(SpecError, match="cannot be written: file name too long"):
        build_file(net(), "n" * 253 + ".py", verify=False)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("nowhere/net.py", "there is no folder 'nowhere'"),
        ("nowhere/", "there is no folder 'nowhere'"),
        (".", "'.' is a folder"),
        ("", "the name of the file is empty"),
        ("text/net.py", "there is no folder 'text'"),
        ("circle", "cannot be written: too many levels of symbolic links"),
    ],
)
def test_places_where_nothing_can_be_written(
    place: str, message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)  # with torch or without
    Path("text").touch()
    Path("circle").symlink_to("circle")
    code, out, err = run("--force", "-o", place)  # and nothing is verified
    assert (code, out) == (1, "")
    assert err.startswith("error[cannot-write]: ")
    assert message in err
    assert names(folder) == {"text", "circle"}


def test_a_file_that_was_edited_is_kept(folder: Path) -> None:
    build_file(net(), "net.py", verify=False)
    build_file(net(), "net.py", verify=False)
    with Path("net.py").open("a") as stream:
        stream.write("# mine\n")
    with pytest.raises(SpecError, match="was edited since"):
        build_file(net(), "net.py", verify=False)
    Path("other.py").write_bytes(b"\xff")
    with pytest.raises(SpecError, match="was not written by archspec"):
        build_file(net(), "other.py", verify=False)
    build_file(net(), "net.py", verify=False, force=True)
    assert Path("net.py").read_text("utf-8") == source(net())


# Verification


def verifies_as(monkeypatch: pytest.MonkeyPatch, outcome: Verification | BaseException) -> None:
    """Let the verification end so, without torch."""

    def verify_source(*_: object, **__: object) -> Verification:
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    monkeypatch.setattr(source_file, "verify_source", verify_source)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name if name == "torch" else None)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (failure("not-verified", "other keys", help="please report it"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_what_is_not_verified_is_not_written(
    outcome: BaseException, code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_file(net(), "lenet5.py", verify=False)
    before = Path("lenet5.py").read_text("utf-8")
    verifies_as(monkeypatch, outcome)
    assert run()[0] == code
    assert Path("lenet5.py").read_text("utf-8") == before
    assert names(folder) == {"lenet5.py"}


def test_what_is_being_done_and_how_to_use_it_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifies_as(monkeypatch, SEEN)
    code, out, err = run()
    assert (code, err) == (0, "verifying with PyTorch ...\n")
    assert out.endswith("\n  to use it   from lenet5 import LeNet5\n")
    _, out, err = run("--no-verify", "-o", "net-2.py")
    assert "verifying" not in err
    assert "cannot be imported" in err
    assert "to use it" not in out


@pytest.mark.torch
@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't allocate memory: 9 bytes")])
def test_too_little_memory_is_reported(
    error: Exception, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def compared(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("archspec.backends.torch.verify.compare_with_graph", compared)
    code, _, err = run()
    assert code == 1
    assert "error[cannot-verify]: the network cannot be run here" in err
    assert not names(folder)


def test_a_network_that_is_too_large_is_reported_before_it_is_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = load("alexnet_fc")
    assert memory.needed_memory(graph) > 3 * 4 * graph.total_params > 530e9
    monkeypatch.setattr(memory, "free_memory", lambda: 16 * 10**9)
    verifies_as(monkeypatch, AssertionError("it was run"))
    with pytest.raises(SpecError, match=r"it needs 539\.\d GB of memory, 16\.0 GB are free"):
        build_file(graph)
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    verifies_as(monkeypatch, SEEN)
    assert build_file(graph).verification == SEEN


def test_free_memory_is_what_the_system_and_the_container_leave(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "SYSTEM", folder / "meminfo")
    monkeypatch.setattr(memory, "CONTAINER", folder / "max")
    Path("meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2000 kB\n")
    assert memory.free_memory() == 2_048_000
    Path("max").write_text("max\n")
    assert memory.free_memory() == 2_048_000
    Path("max").write_text("1000000\n")
    assert memory.free_memory() == 1_000_000


# Names of files


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("tiny", "tiny.py"),
        ("my-net.2", "my_net_2.py"),
        ("2net", "network.py"),
        ("torch", "torch_net.py"),
        ("numpy", "numpy_net.py"),
        ("typing", "typing_net.py"),
        ("re", "re_net.py"),
        ("class", "class_net.py"),
        ("match", "match.py"),
        ("archspec", "archspec_net.py"),
    ],
)
def test_a_default_name_hides_no_module(name: str, file: str) -> None:
    assert default_file(loads(SPEC.format(name="tiny").replace("tiny", f'"{name}"'))) == file


@pytest.mark.parametrize("name", ["torch", "math", "pydantic"])
def test_a_file_that_hides_a_module_is_reported(name: str) -> None:
    built = build_file(net(), f"{name}.py", verify=False)
    assert built.notes == (
        f"beside '{name}.py', 'import {name}' finds it and no other module of that name",
    )
    assert not build_file(net(), f"{name}_net.py", verify=False).notes
