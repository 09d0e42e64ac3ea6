"""Runs every command of the README and of docs/ word for word, as a newcomer would.

A clone of the last commit gets the environment that the tutorial sets up, without torch;
``--packages FOLDER`` lends it the packages of another one, such as torch. Then the commands of each
document run in their order, on narrow and wide screens, in a pipe, without colours, with other
encodings, and in a folder that cannot be written. None may end in a traceback, or in another way
than the document says.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).parent.parent
FENCED: Final = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPEC_NAME: Final = re.compile(r"# ([\w-]+\.yaml)\n")
INLINE: Final = re.compile(r"`(archspec (?:[a-z]+ (?!-)[^`\n]+|zoo|study|ops|schema|explain))`")
PLACEHOLDER: Final = re.compile(r"\b[A-Z]{3,}\b|\.\.\.|--watch")
"""What one is to replace, and what does not end by itself."""
ANY_END: Final = ("diagnostics.md",)
"""Documents whose commands fail, or not, by the state of a machine."""
WRITES: Final = re.compile(r" (-o|build)\b|touch|mkdir|^pip|^python -m venv")
SCREENS: Final[Mapping[str, Mapping[str, str]]] = {
    "a pipe": {},
    "60 columns": {"COLUMNS": "60"},
    "80 columns": {"COLUMNS": "80"},
    "200 columns": {"COLUMNS": "200"},
    "NO_COLOR": {"NO_COLOR": "1"},
    "LC_ALL=C": {"LC_ALL": "C"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
}
UNPRIVILEGED: Final = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Before a command: root, too, is bound by what may be read and written."""
SECONDS: Final = 300


@dataclass(frozen=True)
class Step:
    """A file to write, or a command to run with what the document shows below it."""

    text: str
    name: str | None = None
    fails: bool | None = None
    """Whether the document shows a mistake; None where it shows nothing, as in prose."""


def steps(document: str) -> Iterator[Step]:
    """Specs with their names, and commands, in the order of a document."""
    end = 0
    for found in FENCED.finditer(document):
        yield from (Step(command) for command in inline(document[end : found.start()]))
        end = found.end()
        info, text = found.groups()
        name = SPEC_NAME.match(text)
        if info.startswith("yaml") and name:
            yield Step(text, name[1])
        elif info == "console":
            for part in text.split("$ ")[1:]:
                command, _, output = part.partition("\n")
                if "archspec" in command:
                    yield Step(command, fails="error[" in output or "::error" in output)
    yield from (Step(command) for command in inline(document[end:]))


def inline(prose: str) -> list[str]:
    return [command for command in INLINE.findall(prose) if not PLACEHOLDER.search(command)]


def newcomer(clone: Path) -> None:
    """What the tutorial says first, in the clone."""
    tutorial = (clone / "docs" / "tutorial.md").read_text("utf-8")
    block = next(text for info, text in FENCED.findall(tutorial) if info == "sh")
    script = block.replace("$ ", "")
    subprocess.run(["bash", "-ec", script], cwd=clone, env=clean(), check=True)


def clean() -> dict[str, str]:
    """The environment without what would lead elsewhere."""
    hidden = {"PYTHONPATH", "COLUMNS", "NO_COLOR", "VIRTUAL_ENV"}
    return {name: value for name, value in os.environ.items() if name not in hidden}


def run(step: Step, folder: Path, environment: Path, settings: Mapping[str, str]) -> str | None:
    """What is wrong with the end of a command."""
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*(() if os.getuid() else UNPRIVILEGED), "bash", "-c", step.text],
        cwd=folder,
        env={**clean(), "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **settings},
        capture_output=True,
        timeout=SECONDS,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    if "Traceback" in said or "Error in sys.excepthook" in said:
        return said
    torch = "this needs PyTorch" in said or "error[no-torch]" in said
    expected = (0, 1) if step.fails is None else (int(step.fails),)
    if done.returncode not in expected and not torch:
        return f"exit status {done.returncode}\n{said}"
    return None


def follow(document: Path, clone: Path, work: Path) -> list[str]:
    """What goes wrong in one document, on each screen and in a folder that cannot be written."""
    wrong: list[str] = []
    environment = clone / ".venv"
    for screen, settings in [*SCREENS.items(), ("a read-only folder", {})]:
        folder = work / document.stem / screen.replace(" ", "_")
        shutil.copytree(clone / "specs", folder / "specs")
        for step in steps(document.read_text("utf-8")):
            if step.name:
                folder.chmod(0o755)
                (folder / step.name).write_text(step.text, "utf-8")
                continue
            writes = WRITES.search(step.text)
            if screen == "a read-only folder":
                folder.chmod(0o755 if writes else 0o555)
            if document.name in ANY_END:
                step = Step(step.text)
            fault = run(step, folder, environment, settings)
            if fault:
                wrong.append(f"{document.name}, {screen}: $ {step.text}\n{fault}")
        folder.chmod(0o755)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packages", type=Path, help="a folder of packages to lend, with torch")
    parser.add_argument("documents", nargs="*", help="by default README.md and all of docs/")
    arguments = parser.parse_args()
    with TemporaryDirectory() as temporary:
        work = Path(temporary)
        work.chmod(0o755)
        clone = work / "archspec"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        newcomer(clone)
        if arguments.packages:
            (site,) = clone.glob(".venv/lib/python*/site-packages")
            (site / "lent.pth").write_text(f"{arguments.packages.resolve()}\n", "utf-8")
        names = arguments.documents or [
            "README.md",
            *sorted(str(path.relative_to(clone)) for path in clone.glob("docs/*.md")),
        ]
        wrong: list[str] = []
        for name in names:
            found = follow(clone / name, clone, work)
            print(f"{name}: {len(found)} wrong", *found, sep="\n\n", flush=True)
            wrong += found
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
