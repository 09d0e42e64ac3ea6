"""The documents as a site: built without a warning, and complete in itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("mkdocs")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_document_is_a_page(site: Path) -> None:
    pages = {path.relative_to(site).parent.as_posix() for path in site.glob("**/index.html")}
    documents = {
        path.relative_to(ROOT / "docs").with_suffix("").as_posix()
        for path in ROOT.glob("docs/**/*.md")
        if path.name not in ("index.md", "README.md")
    }
    assert pages == documents | {
        ".",
        "contributing",
        "decisions",
        "experiments",
        "specs",
    }


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.glob("**/*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'(?:src|stylesheet" href)="(?:https?:)?//[^"]+', text), page


def test_the_gallery_has_its_pictures(site: Path) -> None:
    page = (site / "gallery" / "index.html").read_text("utf-8")
    files = set(re.findall(r'src="([\w-]+\.(?:svg|html))"', page))
    commands = (ROOT / "docs" / "gallery.md").read_text("utf-8").count("archspec draw")
    assert len(files) == commands >= 14
    assert [name for name in files if not (site / "gallery" / name).stat().st_size] == []


def test_no_code_is_torn(site: Path) -> None:
    """A fenced block that the reader of Markdown does not know shows its fences."""
    for page in site.glob("**/*.html"):
        assert "```" not in page.read_text("utf-8"), page


def test_code_is_highlighted(site: Path) -> None:
    """YAML, Python and shell, by classes that the style sheet knows."""
    tutorial = (site / "tutorial" / "index.html").read_text("utf-8")
    assert '<span class="nt">archspec</span>' in tutorial
    assert '<span class="kn">import</span>' in tutorial
    assert '<span class="gp">$ </span>' in tutorial
    assert ".highlight .nt" in (site / "pygments.css").read_text("utf-8")


def test_pictures_link_to_themselves(site: Path) -> None:
    pages = [site / "index.html", site / "figures" / "index.html", site / "gallery" / "index.html"]
    for page in pages:
        text = page.read_text("utf-8")
        pictures = re.findall(r'(<a href="([^"]+)">)?<img [^>]*src="([^"]+\.svg)"', text)
        assert pictures
        assert [shown for _, linked, shown in pictures if linked != shown] == []


def test_addresses_are_links(site: Path) -> None:
    for page in site.glob("**/*.html"):
        text = re.sub(r"<(pre|code|script)\b.*?</\1>", "", page.read_text("utf-8"), flags=re.DOTALL)
        assert not re.findall(r"(?<![\">])https?://[^\s<]+", text), page
    assert '<a href="https://arxiv.org/abs/1512.03385">' in (site / "ops/index.html").read_text()


def test_a_page_does_not_explain_how_it_is_made(site: Path) -> None:
    for name in ("ops", "diagnostics"):
        text = (site / name / "index.html").read_text("utf-8")
        assert "Written by" not in re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


IN_SIGHT = """() => {
  const box = (selector) => [...document.querySelectorAll(selector)].pop().getBoundingClientRect();
  return box("[role=search]").top >= 0
    && box(".wy-menu li.current").top >= box(".wy-side-nav-search").bottom;
}"""
TOO_WIDE = """() => [...document.querySelectorAll(".rst-content table")]
  .filter((table) => table.scrollWidth > table.parentElement.clientWidth)
  .filter((table) => getComputedStyle(table.parentElement).overflowX != "auto")
  .map((table) => table.innerText.slice(0, 40))"""


def test_the_search_box_is_in_sight(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    for name in ("tutorial", "language", "ops", "cookbook", "decisions/0011-fonts-and-pdf"):
        page.goto((site / name / "index.html").as_uri())
        page.wait_for_function(IN_SIGHT)
    page.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_tables_stay_in_their_box(width: int, site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    for name in (".", "language", "diagnostics", "figures", "architecture", "ops"):
        page.goto((site / name / "index.html").as_uri())
        assert page.evaluate(TOO_WIDE) == [], name
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    table = page.locator(".rst-content table").first
    assert table.evaluate("table => table.scrollWidth <= table.parentElement.clientWidth")
    page.close()


def test_the_decisions_are_one_closed_entry(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((site / "language" / "index.html").as_uri())
    record = page.locator(".wy-menu").get_by_text("The networkx graph is built on demand")
    assert record.is_hidden()
    page.locator(".wy-menu").get_by_text("Decisions").first.click()
    assert record.is_visible()
    page.close()
