"""``archspec draw --watch``: files that follow their specs, and the page that shows them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from typer.testing import CliRunner

from archspec.cli import app
from archspec.workspace.workspace import Workspace

SPEC = """archspec: 1
name: small
input: [3, 32, 32]
layers:
  conv: {op: Conv2d, out_channels: WIDTH, kernel_size: 3, padding: 1}
"""
BROKEN = SPEC.replace("out_channels", "<script>")
PATIENCE = 30.0
"""Seconds; a busy machine is slow."""


def spec(width: int) -> str:
    return SPEC.replace("WIDTH", str(width))


def wait(what: Callable[[], Any]) -> Any:
    """What a question gives as soon as it gives something."""
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline, "nothing came of it"
        time.sleep(0.05)
    return found


def _minds_interrupts() -> None:
    """Also where the tests run in the background, which Ctrl-C does not reach."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Watcher:
    """A process that watches, and what it has said."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "archspec", "draw", *args, "--watch"],
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONUTF8": "1"},
            preexec_fn=_minds_interrupts,
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line.rstrip("\n"))

    def drawings(self) -> list[str]:
        return [line for line in self.said if re.match(r"\d\d:\d\d:\d\d ", line)]

    def drawing(self, number: int) -> str:
        """The line of a drawing, once it is there."""
        return str(wait(lambda: self.drawings()[number:])[0])

    def url(self) -> str:
        return re.sub(" .*", "", wait(lambda: [x for x in self.said if x.startswith("http")])[0])

    def end(self) -> int:
        """Ctrl-C, and the exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self.process.stderr is not None
        self.process.stderr.close()
        return code


Starts = Callable[..., Watcher]


@pytest.fixture
def starts(tmp_path: Path) -> Iterator[Starts]:
    begun: list[Watcher] = []

    def start(*args: str) -> Watcher:
        begun.append(Watcher(tmp_path, *args))
        return begun[-1]

    yield start
    for watcher in begun:
        if watcher.process.poll() is None:
            watcher.process.kill()
            watcher.process.wait()
        assert watcher.process.stderr is not None
        watcher.process.stderr.close()


def fetched(url: str, **headers: str) -> tuple[str, Any]:
    with urlopen(Request(url, headers=headers), timeout=PATIENCE) as answer:
        return answer.read().decode(), answer.headers


def refused(url: str, **headers: str) -> int:
    with pytest.raises(HTTPError) as error:
        fetched(url, **headers)
    with error.value:
        return error.value.code


# ---------------------------------------------------------------- files


def test_a_figure_follows_its_spec(tmp_path: Path, starts: Starts) -> None:
    path, figure = tmp_path / "a.yaml", tmp_path / "a.svg"
    path.write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.svg")
    assert watcher.drawing(0)[8:] == " a.svg  224 params · 221 k MACs"
    assert "conv 3×3, 8" in figure.read_text("utf-8")

    path.write_text(spec(9))
    assert watcher.drawing(1).endswith("252 params · 249 k MACs")
    good = figure.read_text("utf-8")
    assert "conv 3×3, 9" in good

    path.write_text(BROKEN)
    assert watcher.drawing(2).endswith("a.svg  not drawn")
    wait(lambda: "1 error in 1 file" in watcher.said)
    assert any("error[unknown-argument]" in line for line in watcher.said)
    assert figure.read_text("utf-8") == good

    path.write_text(spec(10))
    assert watcher.drawing(3).endswith("280 params · 276 k MACs")
    assert "conv 3×3, 10" in figure.read_text("utf-8")
    assert watcher.end() == 0
    assert watcher.drawings() == watcher.drawings()[:4]


def test_an_editor_may_save_by_renaming(tmp_path: Path, starts: Starts) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.svg")
    watcher.drawing(0)
    other = tmp_path / "a.yaml.tmp"
    other.write_text(spec(9))
    path.rename(tmp_path / "a.yaml~")
    time.sleep(0.5)
    other.rename(path)
    assert watcher.drawing(1).endswith("252 params · 249 k MACs")
    assert watcher.end() == 0


def test_a_file_that_stays_away_is_reported(tmp_path: Path, starts: Starts) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.svg")
    watcher.drawing(0)
    path.unlink()
    assert watcher.drawing(1).endswith("not drawn")
    wait(lambda: any("there is no file 'a.yaml'" in line for line in watcher.said))
    path.write_text(spec(9))
    assert watcher.drawing(2).endswith("252 params · 249 k MACs")
    assert watcher.end() == 0


def test_files_that_are_extended_are_watched(tmp_path: Path, starts: Starts) -> None:
    (tmp_path / "base.yaml").write_text(spec(8))
    (tmp_path / "a.yaml").write_text("archspec: 1\nname: mine\nextends: base.yaml\n")
    watcher = starts("a.yaml", "-o", "a.svg")
    watcher.drawing(0)
    (tmp_path / "base.yaml").write_text(spec(9))
    assert watcher.drawing(1).endswith("252 params · 249 k MACs")
    assert watcher.end() == 0


def test_a_spec_may_be_broken_at_first(tmp_path: Path, starts: Starts) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(BROKEN)
    watcher = starts("a.yaml", "-o", "a.svg")
    assert watcher.drawing(0).endswith("not drawn")
    assert not (tmp_path / "a.svg").exists()
    path.write_text(spec(8))
    assert watcher.drawing(1).endswith("224 params · 221 k MACs")
    assert watcher.end() == 0


def test_a_difference_is_watched_in_both(tmp_path: Path, starts: Starts) -> None:
    (tmp_path / "a.yaml").write_text(spec(8))
    (tmp_path / "b.yaml").write_text(spec(9))
    watcher = starts("a.yaml", "b.yaml", "--diff", "-o", "d.svg")
    line = "224 params · 221 k MACs, 252 params · 249 k MACs"
    assert watcher.drawing(0).endswith(line)
    (tmp_path / "b.yaml").write_text(spec(10))
    watcher.drawing(1)
    assert "conv 3×3, 8 → 10" in (tmp_path / "d.svg").read_text("utf-8")
    assert watcher.end() == 0


def test_watching_is_not_work(tmp_path: Path, starts: Starts) -> None:
    (tmp_path / "a.yaml").write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.svg")
    watcher.drawing(0)
    stat = Path(f"/proc/{watcher.process.pid}/stat")
    if not stat.exists():
        pytest.skip("there is no /proc here")

    def ticks() -> int:
        fields = stat.read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    time.sleep(0.5)
    before = ticks()
    time.sleep(2)
    assert ticks() - before <= 0.05 * 2 * os.sysconf("SC_CLK_TCK")
    assert len(watcher.drawings()) == 1


def test_the_files_of_a_network(tmp_path: Path) -> None:
    def write(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    write("a.yaml", "extends: sub/b.yaml:x\nimport: [c.yaml]\nvariants: {v: {extends: d.yaml}}\n")
    write("sub/b.yaml", "extends: ../a.yaml\nimport: ../../outside.yaml\n")
    write("c.yaml", "import: [[], 5, 'bad\\0name.yaml']\nlayers: {{{\n")
    found = {path.resolve() for path in Workspace().files(tmp_path / "a.yaml")}
    named = {path.relative_to(tmp_path).as_posix() for path in found if tmp_path in path.parents}
    assert named == {"a.yaml", "sub/b.yaml", "c.yaml", "d.yaml"}
    write("e.yaml", "extends: resnet18\n")
    assert "resnet50.yaml" in {path.name for path in Workspace().files(tmp_path / "e.yaml")}


# ---------------------------------------------------------------- the page


def test_the_page(tmp_path: Path, starts: Starts) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.html")
    url = watcher.url()
    assert url.startswith("http://127.0.0.1:")
    watcher.drawing(0)
    written = (tmp_path / "a.html").read_text("utf-8")
    wait(lambda: fetched(f"{url}figure")[0] == written)
    page, headers = fetched(url)
    assert 'src="/figure"' in page
    assert "hidden></pre>" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"

    path.write_text(BROKEN)
    page = wait(lambda: (found := fetched(url)[0]).count("error[") and found)
    assert "Conv2d has no argument" in page
    assert "&lt;script&gt;" in page
    assert page.count("<script>") == 1
    assert fetched(f"{url}figure")[0] == written

    path.write_text(spec(9))
    wait(lambda: fetched(f"{url}figure")[0] != written)
    assert "hidden></pre>" in fetched(url)[0]
    assert watcher.end() == 0


def test_news_arrive_while_one_waits(tmp_path: Path, starts: Starts) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.html")
    url = watcher.url()
    watcher.drawing(0)
    with urlopen(f"{url}events", timeout=PATIENCE) as events:
        assert events.headers["Content-Type"] == "text/event-stream"

        def news() -> dict[str, str]:
            while not (line := events.readline()).startswith(b"data: "):
                assert line
            news: dict[str, str] = json.loads(line[6:])
            return news

        first = news()
        path.write_text(BROKEN)
        broken = news()
        while not broken["errors"]:  # what was drawn first
            first, broken = broken, news()
        assert "Conv2d has no argument '<script>'" in broken["errors"]
        assert broken["version"] == first["version"]
        path.write_text(spec(9))
        mended = news()
        assert not mended["errors"]
        assert mended["version"] != first["version"]
        assert watcher.end() == 0


def test_nothing_else_is_served(tmp_path: Path, starts: Starts) -> None:
    (tmp_path / "a.yaml").write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.html")
    url = watcher.url()
    for path in ("a.yaml", "a.html", "../a.yaml", ".", "figure/", "?x", "events/../a.yaml"):
        assert refused(url + path) == 404
    assert refused(url, Host="example.org") == 403
    assert refused(f"{url}events", Host="127.0.0.1.example.org") == 403
    assert refused(f"{url}figure", Host="") == 403
    assert fetched(url, Host="localhost:1")[0]
    assert watcher.end() == 0


def test_the_port_that_was_asked_for(tmp_path: Path, starts: Starts) -> None:
    (tmp_path / "a.yaml").write_text(spec(8))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        watcher = starts("a.yaml", "-o", "a.html", "--port", str(port))
        assert watcher.process.wait(PATIENCE) == 2
    wait(lambda: any(f"nothing can be served at port {port}" in line for line in watcher.said))
    watcher = starts("a.yaml", "-o", "a.html", "--port", str(port))
    assert watcher.url() == f"http://127.0.0.1:{port}/"
    assert watcher.end() == 0


def test_a_browser_sees_every_change(tmp_path: Path, starts: Starts) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = tmp_path / "a.yaml"
    path.write_text(spec(8))
    watcher = starts("a.yaml", "-o", "a.html")
    url = watcher.url()
    watcher.drawing(0)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        figure = page.frame_locator("#figure")
        figure.get_by_text("conv 3×3, 8").first.wait_for()
        assert page.locator("#errors").is_hidden()
        path.write_text(BROKEN)
        page.locator("#errors").get_by_text("Conv2d has no argument").wait_for()
        assert figure.get_by_text("conv 3×3, 8").first.is_visible()
        path.write_text(spec(9))
        figure.get_by_text("conv 3×3, 9").first.wait_for()
        page.locator("#errors").wait_for(state="hidden")
        browser.close()
    assert complaints == []
    assert watcher.end() == 0


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("args", "exit_code", "message"),
    [
        (("-", "-o", "a.svg"), 2, "standard input is not a file that could be watched"),
        (("resnet50",), 2, "--watch draws to a file"),
        (("resnet50", "-o", "a.svg", "--port", "8000"), 2, "only pages are served"),
        (
            ("nonsense", "-o", "a.svg"),
            1,
            "there is no file or network of the zoo called 'nonsense'",
        ),
        (("resnet50", "-o", "a.xyz"), 2, "there are no figures in the format of 'a.xyz'"),
        (("resnet50", "-o", "a.svg", "--style", "x"), 2, "there is no style 'x'"),
        (("resnet50", "-o", "nowhere/a.svg"), 1, "there is no folder 'nowhere'"),
    ],
)
def test_what_cannot_be_watched(
    args: tuple[str, ...],
    exit_code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["draw", *args, "--watch"])
    assert found.exit_code == exit_code
    assert message in found.stderr


def test_a_port_is_for_watching() -> None:
    found = CliRunner().invoke(app, ["draw", "resnet50", "-o", "a.html", "--port", "8000"])
    assert found.exit_code == 2
    assert "is for --watch" in found.stderr
