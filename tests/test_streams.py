"""Streams that are full or closed, folders that cannot be searched: messages in every command."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from archspec.workspace.locate import zoo_folder

GOOD = shlex.quote(str(zoo_folder() / "lenet5.yaml"))
COMMANDS = (
    "--help", "--version", "stats --help", "stats lenet5", "stats lenet5 --format json",
    f"check {GOOD}", "show lenet5", "draw lenet5 --format svg", "draw lenet5 --style text --format txt",
    "build lenet5 --no-verify -o -", "build lenet5 --no-verify -o FILE", "zoo lenet5", "study", "ops",
    "ops ReLU", "schema", "explain", "explain shape",
)  # fmt: skip


def shell(command: str, *, cwd: Path, before: str = "exec", **environment: str) -> tuple[int, str]:
    """Exit code and standard error of a command of ours."""
    line = f"{before} {shlex.quote(sys.executable)} -m archspec {command}"
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(zoo_folder().parent), **environment},
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_standard_output_that_takes_nothing_is_reported(command: str, tmp_path: Path) -> None:
    command = command.replace("FILE", str(tmp_path / "net.py"))
    message = "error[cannot-write]: standard output cannot be written: "
    code, err = shell(f"{command} > /dev/full", cwd=tmp_path)
    assert (code, err.partition("\n")[0]) == (1, f"{message}no space left on device")
    if command in ("--help", "stats lenet5", "draw lenet5 --format svg"):
        code, err = shell(f"{command} >&-", cwd=tmp_path)
        assert (code, err.partition("\n")[0]) == (1, f"{message}it is closed")


def test_who_prints_nothing_needs_no_stream(tmp_path: Path) -> None:
    assert shell("draw lenet5 -o a.svg >&- 2>&-", cwd=tmp_path) == (0, "")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")
    assert shell("stats nothing 2>&-", cwd=tmp_path)[0] == 1
    assert shell("stats nothing 2>/dev/full", cwd=tmp_path)[0] == 1


def test_standard_input_that_is_closed_is_reported(tmp_path: Path) -> None:
    code, err = shell("stats - <&-", cwd=tmp_path)
    assert code == 1
    assert err.startswith("error[bad-file]: standard input cannot be read: it is closed")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (f"stats - < {GOOD}", "error[bad-file]: the folder that you are in cannot be read"),
        ("build lenet5 --no-verify", "error[cannot-write]: 'lenet5.py' cannot be written"),
        ("draw lenet5 -o a.svg", "error[cannot-write]: 'a.svg' cannot be written"),
    ],
)
def test_a_folder_that_is_gone_is_reported(command: str, message: str, tmp_path: Path) -> None:
    code, err = shell(command, cwd=tmp_path, before='rmdir "$PWD"; exec')
    assert code == 1
    assert err.startswith(message), err


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("stats locked/net.yaml", "error[bad-file]: 'locked/net.yaml' cannot be read"),
        ("check locked/net.yaml", "error[bad-file]: 'locked/net.yaml' cannot be read"),
        ("study locked/net.yaml", "error[bad-file]: 'locked/net.yaml' cannot be read"),
        ("stats below.yaml", "error[bad-file]: 'net.yaml' cannot be read"),
        ("draw lenet5 -o locked/a.svg", "error[cannot-write]: 'locked/a.svg' cannot be written"),
        ("draw lenet5 -o locked/b/a.svg", "error[cannot-write]: 'locked/b/a.svg' cannot be"),
        ("build lenet5 -o locked/a.py", "error[cannot-write]: 'locked/a.py' cannot be written"),
    ],
)
def test_a_folder_that_cannot_be_searched_is_reported(
    command: str, message: str, tmp_path: Path
) -> None:
    before = "exec"
    if os.geteuid() == 0:  # whom rights do not stop, as long as it has these two
        before = "exec setpriv --bounding-set=-dac_override,-dac_read_search"
        if not shutil.which("setpriv"):
            pytest.skip("the tests run as root")
    locked = tmp_path / "locked"
    locked.mkdir()
    shutil.copy(zoo_folder() / "lenet5.yaml", locked / "net.yaml")
    (tmp_path / "below.yaml").write_text("extends: locked/net.yaml\n")
    locked.chmod(0o600)
    try:
        code, err = shell(command, cwd=tmp_path, before=before)
    finally:
        locked.chmod(0o700)
    assert code == 1
    assert err.startswith(message), err
    assert "permission denied" in err


@pytest.mark.parametrize("command", ["check", "stats", "show", "draw", "build", "study"])
def test_a_name_that_is_too_long_is_reported(command: str, tmp_path: Path) -> None:
    code, err = shell(f"{command} {'n' * 256}.yaml", cwd=tmp_path)
    assert code == 1
    assert err.startswith("error[not-found]: there is no file 'nnn")


@pytest.mark.parametrize("module", ["typer", "archspec.diagnostics", "archspec.elaborate"])
def test_ctrl_c_is_no_traceback_whenever_it_comes(module: str, tmp_path: Path) -> None:
    """Also while the commands are imported."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {module!r}:\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupted())\n"
    )
    path = os.pathsep.join([str(tmp_path), str(zoo_folder().parent)])
    assert shell("stats lenet5", cwd=tmp_path, PYTHONPATH=path) == (130, "")
