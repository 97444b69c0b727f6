"""Where a build works: sources, Go's module and build caches. Kept when interrupted, removed when done."""

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import psutil

from stackctl.errors import StackError
from stackctl.fetch.cache import Cache
from stackctl.fetch.releases import Unit

_TRASH = "trash-"
# Without garbage collection the compiler saves a quarter of the time and takes up to so much memory.
_MEMORY_WITHOUT_GC = 23 << 30
# They would make go build for another machine or look elsewhere for its own parts.
_LEFT_OUT = ("GOROOT", "GOOS", "GOARCH", "GOBIN")


class Workspace:
    """One folder in the cache, with everything that go writes."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        self.root = cache.root / "build"
        self.logs = cache.root / "logs"
        self._temporary = self.root / "tmp"

    def open(self) -> None:
        """Make the folders; what a killed build had as temporary files goes."""
        shutil.rmtree(self._temporary, ignore_errors=True)
        for folder in (self.root, self._temporary, self.logs):
            folder.mkdir(parents=True, exist_ok=True)

    def log(self, unit: Unit) -> Path:
        return self.logs / f"build-{unit.name}.log"

    def sources(self, unit: Unit) -> Path:
        """A fresh folder with the unit's pins, where code may be generated."""
        folder = self.root / "src" / unit.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in unit.source.files():
            shutil.copyfile(file, folder / file.name)
        return folder

    def environment(self) -> dict[str, str]:
        """The caller's environment (proxies, GOPROXY, GOFLAGS ...) with Go's own folders in here."""
        env = {name: value for name, value in os.environ.items() if name not in _LEFT_OUT}
        env.setdefault("GOGC", "off" if _memory() >= _MEMORY_WITHOUT_GC else "400")
        return env | {
            "GOMODCACHE": str(self.root / "mod"),
            "GOCACHE": str(self.root / "gocache"),
            "GOPATH": str(self.root / "gopath"),
            "GOTMPDIR": str(self._temporary),
            "CGO_ENABLED": "0",
            "GO111MODULE": "on",
            "GOWORK": "off",
            "GOTOOLCHAIN": "local",
        }

    def demand(self, gigabytes: float) -> float:
        """Refuse to begin on a disk that is too small, counting what is here already; return the free GB."""
        self._cache.root.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self._cache.root).free / 1e9
        if free < gigabytes and free + _size(self.root) / 1e9 < gigabytes:
            raise StackError(
                f"Building takes {gigabytes:.0f} GB of disk meanwhile; {self._cache.root} has {free:.1f} GB.",
                hint="Make room, or name a folder on another disk: GLASSHOUSE_CACHE_DIR=/path ./stack ...",
            )
        return free

    def discard(self) -> None:
        """Remove everything; set aside first, so that a removal cut short leaves nothing to go on with."""
        if self.root.exists():
            self.root.rename(Path(tempfile.mkdtemp(prefix=_TRASH, dir=self._cache.root)) / self.root.name)
        self.empty_trash()

    def empty_trash(self) -> None:
        for trash in self._cache.root.glob(f"{_TRASH}*"):
            shutil.rmtree(trash, ignore_errors=True)


def _memory() -> int:
    """Bytes that this machine, or the container that we are in, has."""
    limits = [psutil.virtual_memory().total]
    with suppress(OSError, ValueError):
        limits.append(int(Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii")))
    return min(limits)


def _size(folder: Path) -> int:
    """Bytes on disk below a folder."""
    return sum(file.lstat().st_blocks * 512 for file in folder.rglob("*"))
