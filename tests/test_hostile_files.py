"""What is no spec and is given as one: reported soon, and nothing is written."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from archspec.cli import app

SECONDS = 60
"""Of the processor, far more than any answer takes: a test machine may be busy."""
NAMES = ['"]; evil [a="', "</script><script>", "\x1b]0;", "a; import os", "../up", "a\nb", "\u202e"]
SPEC = "archspec: 1\ninput: [3, 8, 8]\nlayers: [ReLU]\n"


@pytest.fixture(autouse=True)
def nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The test runs in an empty folder, where it only finds afterwards what it put there."""
    monkeypatch.chdir(tmp_path)
    start = time.process_time()
    yield
    assert time.process_time() - start < SECONDS
    assert {path.name for path in tmp_path.iterdir()} <= {"given", "outside"}


def report(reference: str, command: str = "check") -> str:
    """The output of a command that has to fail in the right way."""
    result = CliRunner().invoke(app, [command, "--", reference])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    assert "error[" in result.stderr
    shown = result.stdout + result.stderr
    assert all(character.isprintable() or character == "\n" for character in shown)
    return shown


def given(content: str | bytes, name: str = "net.yaml") -> str:
    folder = Path("given")
    folder.mkdir(exist_ok=True)
    data = content if isinstance(content, bytes) else content.encode()
    (folder / name).write_bytes(data)
    return f"given/{name}"


def test_a_fifo() -> None:
    Path("given").mkdir()
    os.mkfifo("given/net.yaml")
    assert "error[bad-file]" in report("given/net.yaml")
    given("extends: net.yaml\n", "more.yaml")
    assert "error[bad-file]" in report("given/more.yaml")


def test_a_folder() -> None:
    Path("given/net.yaml").mkdir(parents=True)
    assert "is a folder" in report("given/net.yaml")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/stdin"])
def test_a_device(device: str) -> None:
    if Path(device).exists():
        report(device)


def test_fifty_megabytes() -> None:
    assert "error[limit]" in report(given(SPEC + "# more\n" * 7_500_000))


def test_a_link_out_of_the_tree() -> None:
    Path("outside").mkdir()
    Path("outside/base.yaml").write_text(SPEC)
    given("extends: base.yaml\n")
    Path("given/base.yaml").symlink_to(Path("outside/base.yaml").resolve())
    assert "outside of the spec's folder" in report("given/net.yaml")


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize("command", ["check", "stats", "show"])
def test_as_the_name_of_a_file_that_is_not_there(name: str, command: str) -> None:
    report(f"{name}.yaml", command)
    report(name, command)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
@pytest.mark.parametrize(
    "text",
    [
        "layers: {%s: ReLU}",
        "layers: {a: {op: %s}}",
        "layers: [%s]",
        "layers: {a: {op: ReLU, from: %s}}",
        "layers: {a: {op: ReLU, %s: 1}}",
        "layers: {a: {op: ReLU, when: %s}}",
        "layers: [ReLU]\nparams: {%s: 1}",
        "layers: [ReLU]\nblocks: {%s: {layers: [ReLU]}}",
        "layers: [ReLU]\noutput: %s",
        "layers: [ReLU]\noutputs: {%s: '0'}",
        "layers: [ReLU]\nvariants: {%s: {}}",
        "layers: [ReLU]\nimport: [%s]",
        "layers: [ReLU]\nname: %s",
    ],
)
def test_as_a_name_in_a_spec(name: str, text: str) -> None:
    quoted = yaml.dump(name, allow_unicode=False, default_style='"', width=1000).strip()
    report(given(f"archspec: 1\ninput: [3, 8, 8]\n{text.replace('%s', quoted)}\n"))


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_as_the_whole_file(name: str) -> None:
    report(given(name))
