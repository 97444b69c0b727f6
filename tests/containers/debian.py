"""A Debian root for stand-ins, and wheels for its Python: made once, kept in the shared cache."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.markers import Marker

from stackctl.fetch.cache import Cache
from stackctl.paths import ROOT

_SUITE = "bookworm"
_PYTHON = "3.11.2"  # bookworm's
_PACKAGES = (
    "python3",
    "python3-venv",
    "ca-certificates",
    "postgresql",
    "rabbitmq-server",
    "redis-server",
    "busybox-static",
)
_LEFT_OUT = (
    "./var/cache/apt",
    "./var/lib/apt/lists",
    "./usr/share/doc",
    "./usr/share/man",
    "./usr/share/locale",
)
_REQUIREMENT = re.compile(r"^(\S+==\S+) ; (.*?)( \\)?$", re.MULTILINE)


def root() -> Path:
    """A tar file; a minute to make."""
    kept = _kept(f"debian-{_digest(_SUITE, *_PACKAGES)}.tar")
    if not kept.exists():
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            packages = f"--include={','.join(_PACKAGES)}"
            _run("debootstrap", "--variant=minbase", packages, _SUITE, f"{folder}/root")
            left_out = [f"--exclude={path}" for path in _LEFT_OUT]
            _run("tar", "-C", f"{folder}/root", *left_out, "-cf", f"{folder}/tar", ".")
            Path(f"{folder}/tar").rename(kept)
    return kept


def wheels() -> Path:
    """A folder with every wheel of requirements/run.txt, checked against its hash."""
    wanted = _for_this_python((ROOT / "requirements/run.txt").read_text(encoding="utf-8"))
    kept = _kept(f"wheels-{_digest(wanted)}")
    if not kept.exists():
        unfinished = Path(tempfile.mkdtemp(dir=kept.parent))
        try:
            (unfinished / "wanted.txt").write_text(wanted, encoding="utf-8")
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps")
            _run(*pip, "--only-binary=:all:", "-d", f"{unfinished}/all", "-r", f"{unfinished}/wanted.txt")
            (unfinished / "all").rename(kept)
        finally:
            shutil.rmtree(unfinished)
    return kept


def _for_this_python(requirements: str) -> str:
    """pip judges by the Python that it runs on, which may be a newer one."""

    def judged(match: re.Match[str]) -> str:
        if not Marker(match[2]).evaluate({"python_full_version": _PYTHON}):
            return match[0]
        return match[1] + (match[3] or "")

    return _REQUIREMENT.sub(judged, requirements)


def _kept(name: str) -> Path:
    folder = Cache.of_user().root / "containers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr}"
