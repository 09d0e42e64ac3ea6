"""What the site needs beside this folder: files from elsewhere in the repository, and links to them.

In the repository a link leads to a file. On the site, CONTRIBUTING.md is a page, and the specs
that pages link to are files. The pictures of the gallery are drawn here, at every build. Every
picture links to itself, for a phone shows it small, and a bare address is a link, as on GitHub.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from generate_gallery import GALLERY, commands, draw, with_pictures
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from pygments.formatters import HtmlFormatter

ROOT: Final = Path(__file__).parent.parent
PAGES: Final = {"CONTRIBUTING.md": "contributing.md"}
"""Files of the repository that are pages, and where."""
FOLDERS: Final = ("specs",)
"""Those with specs that pages link to."""
FENCE: Final = re.compile(r"^(```.*?^```$)", re.MULTILINE | re.DOTALL)
LINK: Final = re.compile(r"(?<=\]\()([^)#\s:]+)(?=[)#])")
PICTURE: Final = re.compile(r"^!\[[^]]*\]\(([^)]+\.svg)\)$", re.MULTILINE)
ADDRESS: Final = re.compile(r"(?<![<`\"])(?<!\]\()https?://[^\s<>()`]*[^\s<>()`.,;:]")
STYLE: Final = "friendly"
"""The colours of code, for Pygments."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    for path, page in PAGES.items():
        files.append(File.generated(config, page, abs_src_path=str(ROOT / path)))
    for folder in FOLDERS:
        specs = sorted((ROOT / folder).glob("*.yaml"))
        for spec in specs:
            path = f"{folder}/{spec.name}"
            files.append(File.generated(config, path, abs_src_path=str(spec)))
        lines = [f"# {folder}", "", *(f"- [{spec.name}]({spec.name})" for spec in specs)]
        files.append(File.generated(config, f"{folder}/README.md", content="\n".join(lines)))
    for name, picture in draw(commands(GALLERY.read_text("utf-8"))).items():
        files.append(File.generated(config, f"gallery/{name}", content=picture))
    colours = HtmlFormatter(style=STYLE).get_style_defs(".highlight")
    files.append(File.generated(config, "pygments.css", content=colours))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    place = {site: ROOT / path for path, site in PAGES.items()}.get(
        page.file.src_uri, ROOT / "docs" / page.file.src_uri
    )
    if page.file.src_uri == GALLERY.name:
        markdown = with_pictures(markdown)
    up = "../" * page.file.src_uri.count("/")
    parts = FENCE.split(markdown)
    for k in range(0, len(parts), 2):  # between blocks of code
        linked = LINK.sub(lambda m: up + _on_site(place, m[0]), parts[k])
        parts[k] = ADDRESS.sub(r"<\g<0>>", PICTURE.sub(r"[\g<0>](\1)", linked))
    shells = re.sub(r"^```sh$", "```console", "".join(parts), flags=re.MULTILINE)
    return re.sub(r"^```(\w+) fragment$", r"```\1", shells, flags=re.MULTILINE)


def _on_site(place: Path, target: str) -> str:
    """Where the file that a link means is on the site, seen from its top."""
    path = (place.parent / target).resolve()
    if path.is_dir():
        path /= "README.md"
    found = path.relative_to(ROOT).as_posix()
    return PAGES.get(found, found.removeprefix("docs/"))
