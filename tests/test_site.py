"""The documents as a site: built without a warning, and complete in itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
        "specs",
        "tests/networks_from_docs",
    }


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page in site.glob("**/*.html"):
        text = page.read_text("utf-8")
        assert not re.findall(r'(?:src|stylesheet" href)="(?:https?:)?//[^"]+', text), page


def test_the_gallery_has_its_pictures(site: Path) -> None:
    page = (site / "gallery" / "index.html").read_text("utf-8")
    files = set(re.findall(r'src="([\w-]+\.(?:svg|html))"', page))
    assert len(files) == page.count("archspec draw") >= 14
    assert [name for name in files if not (site / "gallery" / name).stat().st_size] == []


def test_no_code_is_torn(site: Path) -> None:
    """A fenced block that the reader of Markdown does not know shows its fences."""
    for page in site.glob("**/*.html"):
        assert "```" not in page.read_text("utf-8"), page
