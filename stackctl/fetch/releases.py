"""What a release is: one version, one official archive, one build from modules, and the programs in it."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# An operating system and an architecture in Go's words: ("linux", "amd64").
Platform = tuple[str, str]
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True)
class Program:
    """A program that can be run. `source` is "PATH", "official archive" or "built from modules"."""

    name: str
    path: Path
    source: str
    version: str


@dataclass(frozen=True)
class Archive:
    """An official archive: its folder below the site's address, the names there, the paths inside it."""

    folder: str
    name: str
    checksums: str
    members: Mapping[str, str]


@dataclass(frozen=True)
class Source:
    """How a release is built from the modules in `folder`, and what that costs in disk and processor.

    `stamp` is the linker's `-X` value that makes the program say its version. `generator` is the package
    (with version) that writes the program's code first, as the Collector Builder does.
    """

    folder: Path
    packages: tuple[str, ...]
    stamp: str = ""
    tags: str = ""
    generator: str = ""
    gigabytes: float = 0
    cpu_seconds: int = 0

    def flags(self) -> tuple[str, ...]:
        """For `go list` and `go build`.

        Debugging tables are not even made, as the linker would strip them: that saves a seventh of the time,
        a fifth of the disk. `-modcacherw`: not only root can remove the module cache.
        """
        stamp = f" -X {self.stamp}" if self.stamp else ""
        return (
            "-mod=readonly",
            "-modcacherw",
            "-buildvcs=false",
            "-trimpath",
            f"-tags={self.tags}",
            "-gcflags=all=-dwarf=false",
            f"-ldflags=-s -w{stamp}",
        )

    def files(self) -> tuple[Path, ...]:
        """The pins: modules, their checksums, for the Collector its components."""
        return tuple(
            path for name in ("go.mod", "go.sum", "builder.yaml") if (path := self.folder / name).exists()
        )


@dataclass(frozen=True)
class Unit:
    """A release, as it is fetched or built: always with all its programs."""

    name: str
    version: str
    programs: tuple[str, ...]
    archive: Archive
    source: Source

    def __str__(self) -> str:
        return f"{', '.join(self.programs)} {self.version}"


def host() -> Platform:
    """This machine."""
    machine = platform.machine().lower()
    return platform.system().lower(), _ARCHITECTURES.get(machine, machine)
