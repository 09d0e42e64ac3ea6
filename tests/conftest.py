"""Golden files, a browser, and the tier without torch."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

os.environ.pop("COLUMNS", None)
"""What is piped has no width, whoever runs the tests."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")
    parser.addoption("--whole-zoo", action="store_true", help="try all variants of the networks")
    parser.addoption("--explore", action="store_true", help="new random cases, not those of before")


def pytest_configure(config: pytest.Config) -> None:
    """Random cases are the same at every run, so that a failure is that of the change."""
    settings.register_profile("same", derandomize=True, deadline=None)
    settings.register_profile("new", deadline=None)
    settings.load_profile("new" if config.getoption("--explore") else "same")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without torch the slow tier is skipped, and says so; variants wait to be asked for."""
    if not config.getoption("--whole-zoo"):
        variants = [item for item in items if item.get_closest_marker("whole_zoo")]
        config.hook.pytest_deselected(items=variants)
        items[:] = [item for item in items if not item.get_closest_marker("whole_zoo")]
    if importlib.util.find_spec("torch") is None:
        for item in items:
            if item.get_closest_marker("torch"):
                item.add_marker(pytest.mark.skip(reason="torch is not installed"))


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compares a text with a file; ``--update-golden`` writes the file instead."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.exists(), f"{path} is missing: run pytest --update-golden and read it"
        assert text == path.read_text("utf-8")

    return check


@pytest.fixture
def seeded() -> None:
    """Random numbers of torch begin anew in every test."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser of the system, if there is one."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()
