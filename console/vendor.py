"""Fetches the pages' libraries into static/vendor: `python -m console.vendor`. Nothing else needs npm.

Of each package it takes the file that browsers load and the licence. A test compares them with `SHA256SUMS`;
with `--check`, so does this.
"""

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static" / "vendor"
SUMS: Final = "SHA256SUMS"


@dataclass(frozen=True)
class Library:
    """`files` maps a path in the package to the name here; `edits` make a module of what is none yet, or name
    a file instead of a package.
    """

    package: str
    version: str
    files: tuple[tuple[str, str], ...]
    edits: tuple[tuple[str, str], ...] = ()
    appended: str = ""


LIBRARIES: Final[Sequence[Library]] = (
    # Lines over time: the smallest library that draws 10,000 points in milliseconds and can be drawn on.
    Library(
        "uplot", "1.6.32", (("dist/uPlot.iife.min.js", "uplot.js"),), appended="\nexport default uPlot;\n"
    ),
    Library("uplot", "1.6.32", (("dist/uPlot.min.css", "uplot.css"), ("LICENSE", "uplot.LICENSE"))),
    # Elements from state, without a build step.
    Library("preact", "11.2.0", (("dist/preact.mjs", "preact.js"), ("LICENSE", "preact.LICENSE"))),
    Library(
        "preact",
        "11.2.0",
        (("hooks/dist/hooks.mjs", "hooks.js"),),
        edits=(('from"preact"', 'from"./preact.js"'),),
    ),
    Library("htm", "3.1.1", (("dist/htm.module.js", "htm.js"), ("LICENSE", "htm.LICENSE"))),
    # Where the nodes of the service map go.
    Library("@dagrejs/dagre", "3.1.3", (("dist/dagre.esm.js", "dagre.js"), ("LICENSE", "dagre.LICENSE"))),
)


def fetch(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        for library in LIBRARIES:
            archive = _pack(library, Path(scratch))
            for inside, name in library.files:
                (folder / name).write_bytes(_edited(library, _content(archive, inside)))
    (folder / SUMS).write_text("".join(f"{line}\n" for line in sums(folder)), encoding="utf-8")


def sums(folder: Path = FOLDER) -> Iterator[str]:
    """As `sha256sum` writes them."""
    for path in sorted(folder.iterdir()):
        if path.name != SUMS:
            yield f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"


def is_unchanged(folder: Path = FOLDER) -> bool:
    return (folder / SUMS).read_text(encoding="utf-8").splitlines() == list(sums(folder))


def _pack(library: Library, scratch: Path) -> Path:
    """npm compares the archive with the registry's checksum."""
    command = [
        "npm",
        "pack",
        "--silent",
        f"--pack-destination={scratch}",
        f"{library.package}@{library.version}",
    ]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]
    return scratch / name


def _content(archive: Path, inside: str) -> bytes:
    with tarfile.open(archive) as packed:
        file = packed.extractfile(f"package/{inside}")
        assert file is not None, f"{inside} is no file"
        return file.read()


def _edited(library: Library, content: bytes) -> bytes:
    text = content.decode()
    for old, new in library.edits:
        assert old in text, f"{library.package} does not contain {old}"
        text = text.replace(old, new)
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL=")]
    return ("\n".join(lines) + "\n" + library.appended).encode()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m console.vendor", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="fail when a file is not the one that was fetched"
    )
    if parser.parse_args().check:
        return 0 if is_unchanged() else 1
    fetch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
