"""Stand-ins: a release of shell scripts, a `go` that is one too, a report that can be read afterwards."""

import io
from pathlib import Path

from rich.console import Console

from stackctl.fetch.progress import Report
from stackctl.fetch.releases import Archive, Source, Unit

VERSION = "1.2.3"
GO_MOD = "module example.org/hello\n\ngo 1.26.5\n"

# What it does depends on the files in $FAKE_GO: `version`, `program` (what it builds), `breaks`, `hangs`.
_FAKE_GO = """#!/bin/sh
echo "$*" >> "$FAKE_GO/calls"
case $1 in
env)
    cat "$FAKE_GO/version" ;;
run)
    mkdir dist && echo "package main" > dist/main.go ;;
list)
    echo "go: downloading example.org/dependency v1.0.0" >&2
    echo "package errors errors"
    echo "package example.org/dependency example.org/dependency@v1.0.0"
    echo "package example.org/hello example.org/hello@" ;;
build)
    printf 'errors\\nexample.org/dependency\\n' >&2
    while [ -e "$FAKE_GO/hangs" ]; do echo $$ > "$FAKE_GO/is-hanging"; sleep 0.02; done
    if [ -e "$FAKE_GO/breaks" ]; then echo "dependency.go:7: undefined: answer" >&2; exit 1; fi
    echo example.org/hello >&2
    while [ "$1" != -o ]; do shift; done
    folder=$2; shift 2
    for package; do cp "$FAKE_GO/program" "$folder${package##*/}"; done ;;
esac
"""


class Readable(Report):
    """A report whose lines can be asserted."""

    def __init__(self) -> None:
        self._written = io.StringIO()
        super().__init__(Console(file=self._written, width=200), plain_every=0)

    @property
    def text(self) -> str:
        return self._written.getvalue()


def program(says: str = f"hello, version {VERSION} (branch: main)") -> str:
    """The text of a program that answers --version."""
    return f"#!/bin/sh\necho '{says}'\n"


def write_program(path: Path, text: str | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text or program(), encoding="utf-8")
    path.chmod(0o755)
    return path


def release(
    folder: Path, name: str = "hello", programs: tuple[str, ...] = ("hello",), kind: str = "tar.gz"
) -> Unit:
    """A release whose modules are in `folder`; its archive is a tar.gz, as most are, or a zip, as Loki's."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(GO_MOD, encoding="utf-8")
    (folder / "go.sum").write_text("", encoding="utf-8")
    archive = Archive(
        folder=f"example/{name}/releases/download/v{VERSION}",
        name=f"{name}-{VERSION}.{kind}",
        checksums="sha256sums.txt",
        members={program: f"{name}-{VERSION}/{program}" for program in programs},
    )
    source = Source(folder=folder, packages=tuple(f"example.org/{program}" for program in programs))
    return Unit(name, VERSION, programs, archive, source)


def fake_go(folder: Path, version: str = "go1.26.8") -> Path:
    """Put a `go` into `folder` that does as files in there say; its path. FAKE_GO must name the folder."""
    write_program(folder / "program")
    (folder / "version").write_text(f"{version}\n", encoding="utf-8")
    return write_program(folder / "go", _FAKE_GO)
