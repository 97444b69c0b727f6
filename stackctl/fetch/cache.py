"""The cache of programs, shared by all clones: a release appears in it whole, by a rename, or not at all."""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from stackctl.fetch.probe import version_of
from stackctl.fetch.releases import Program, Unit, host

OFFICIAL = "official archive"
BUILT = "built from modules"
_PARTIAL = ".partial-"
# Another clone may stand on older pins; one that is still worked with runs its programs within this time.
_UNUSED_SECONDS = 30 * 24 * 3600


class Unusable(Exception):
    """A fetched or built program that does not run here or is not the version that it should be."""


class Cache:
    """`bin/<release>/<program>`; beside it the lock of who fills it, downloads, and what a build needs."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"

    @classmethod
    def of_user(cls) -> "Cache":
        """The platform's place for caches, or what GLASSHOUSE_CACHE_DIR names."""
        return cls(
            Path(
                os.environ.get("GLASSHOUSE_CACHE_DIR") or platformdirs.user_cache_dir("glasshouse")
            ).absolute()
        )

    def find(self, unit: Unit, program: str) -> Program | None:
        for source in (OFFICIAL, BUILT):
            path = self._place(unit, source) / program
            if os.access(path, os.X_OK):
                return Program(program, path, source, unit.version)
        return None

    def holds(self, unit: Unit) -> bool:
        return all(self.find(unit, program) for program in unit.programs)

    def install(self, unit: Unit, source: str, write: Callable[[Path], None]) -> None:
        """Let `write` fill a folder with the unit's programs, try them, and move the folder to its place."""
        self.bin.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self.bin))
        try:
            write(folder)
            for program in unit.programs:
                _check(folder / program, program, unit.version)
            place = self._place(unit, source)
            shutil.rmtree(place, ignore_errors=True)
            folder.chmod(0o755)
            folder.rename(place)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self._drop_unused(unit)

    def note_use(self, unit: Unit) -> None:
        """Keep what is taken from here from being dropped; in a cache that others fill we may not say so."""
        with suppress(OSError):
            for source in (OFFICIAL, BUILT):
                place = self._place(unit, source)
                if place.exists():
                    os.utime(place)

    @contextmanager
    def filling(self, waiting: Callable[[], None], arrived: Callable[[], bool]) -> Iterator[None]:
        """Be the only one who fills the cache; wait for another to end, or until everything has `arrived`."""
        self.root.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.root / "fill.lock", poll_interval=0.2)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            with suppress(Timeout):
                lock.acquire(cancel_check=arrived)
        try:
            if lock.is_locked:
                self._sweep()
            yield
        finally:
            lock.release()

    def _sweep(self) -> None:
        """Remove what a killed predecessor was unpacking."""
        for leftover in self.bin.glob(f"{_PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)

    def _drop_unused(self, unit: Unit) -> None:
        """Remove what other versions and pins of this release left, once nobody has used it for long."""
        for place in self.bin.glob(f"{unit.name}-*"):
            if place.stat().st_mtime < time.time() - _UNUSED_SECONDS:
                place.rename(Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=self.bin)) / place.name)
        self._sweep()

    def _place(self, unit: Unit, source: str) -> Path:
        """The folder's name says all that the programs depend on."""
        variant = "official" if source == OFFICIAL else _digest(unit)
        return self.bin / "-".join((unit.name, unit.version, *host(), variant))


def _check(path: Path, program: str, version: str) -> None:
    path.chmod(0o755)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    said = version_of(program, path)
    if said is None:
        raise Unusable(f"{program} does not run on this machine")
    if said != version:
        raise Unusable(f"{program} says that it is {said}")


def _digest(unit: Unit) -> str:
    """Of everything that goes into a build: modules, checksums, components, flags."""
    digest = hashlib.sha256(repr((unit.source.packages, unit.source.generator, unit.source.flags())).encode())
    for file in unit.source.files():
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
