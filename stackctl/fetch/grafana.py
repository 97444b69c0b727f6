"""Grafana, the one part of the stack that cannot be built from modules: run where it is installed."""

import os
import shutil
from functools import cache
from pathlib import Path

from stackctl import ports
from stackctl.fetch.probe import version_of
from stackctl.fetch.releases import Program
from stackctl.settings.versions import pinned

# Where an official archive was unpacked.
HOME_VARIABLE = "GRAFANA_HOME"
# Where the packages of Debian, Red Hat and Homebrew keep what the program needs besides itself.
_PACKAGES = (
    Path("/usr/share/grafana"),
    Path("/opt/homebrew/share/grafana"),
    Path("/usr/local/share/grafana"),
)


def locate_grafana() -> Program | None:
    """From GRAFANA_HOME or PATH; of the pinned major version only, since dashboards are made for that."""
    found = _installed()
    return found if found and _major(found.version) == _major(pinned()["grafana"]) else None


def grafana_home(program: Program) -> Path:
    """The folder with its pages and defaults."""
    unpacked = program.path.resolve().parent.parent
    return next(
        (each for each in (unpacked, *_PACKAGES) if (each / "conf" / "defaults.ini").exists()), unpacked
    )


def grafana_line() -> str:
    """Say in one line where Grafana is, or why it is not among the local processes."""
    wanted = pinned()["grafana"]
    if locate_grafana():
        return f"Grafana with the dashboards: {ports.url(ports.GRAFANA)}"
    if other := _installed():
        return f"Grafana {other.version} at {other.path} is not used: the dashboards are made for {wanted}"
    return f"Grafana {wanted} is not here; unpack its archive and set {HOME_VARIABLE} (docs/dashboards.md)"


def _installed() -> Program | None:
    home = os.environ.get(HOME_VARIABLE)
    path = str(Path(home, "bin", "grafana")) if home else shutil.which("grafana")
    if not path or not os.access(path, os.X_OK):
        return None
    return Program("grafana", Path(path), HOME_VARIABLE if home else "PATH", _version(path))


@cache
def _version(path: str) -> str:
    return version_of("grafana", Path(path)) or "unknown"


def _major(version: str) -> str:
    return version.partition(".")[0]
