"""Official archives: fetched side by side, checked against published checksums, unpacked one by one."""

import hashlib
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import as_completed
from functools import partial
from pathlib import Path
from typing import IO

from stackctl.fetch.background import in_turn
from stackctl.fetch.cache import OFFICIAL, Cache, Unusable
from stackctl.fetch.mirror import Mirror, Unavailable
from stackctl.fetch.progress import Report, megabytes
from stackctl.fetch.releases import Unit


def fetch_all(units: Iterable[Unit], cache: Cache, mirror: Mirror, report: Report) -> None:
    """Put what the mirror has into the cache; say in one line what became of each."""
    try:
        mirror.contact()
    except Unavailable as reason:
        report.say(f"official archives: {mirror.address} cannot be reached ({reason})")
        return
    try:
        downloads = {in_turn([partial(_download, unit, cache, mirror, report)])[0]: unit for unit in units}
        for download in as_completed(downloads):
            unit = downloads[download]
            try:
                _install(unit, cache, download.result())
                report.say(f"{unit}: official archive, checksum right")
            except (Unavailable, Unusable) as reason:
                report.say(f"{unit}: no official archive: {reason}")
    finally:
        mirror.stopped.set()


def _download(unit: Unit, cache: Cache, mirror: Mirror, report: Report) -> Path:
    archive = unit.archive
    expected = _published(mirror.text(f"{archive.folder}/{archive.checksums}"), archive.name)
    if expected is None:
        raise Unavailable(f"{archive.checksums} does not name {archive.name}")
    part = cache.root / "downloads" / f"{unit.name}-{unit.version}-{archive.name}.part"
    with report.track(f"{unit}: fetching", megabytes) as track:
        mirror.download(f"{archive.folder}/{archive.name}", part, track)
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != expected:
        part.unlink()
        raise Unavailable(f"wrong checksum of {archive.name} ({found[:12]}…, published is {expected[:12]}…)")
    return part


def _published(checksums: str, name: str) -> str | None:
    """Find a file's SHA-256 in the output of sha256sum or shasum (`*` marks binary mode)."""
    line = re.search(rf"^([0-9a-f]{{64}})\s+\*?(?:\./)?{re.escape(name)}\s*$", checksums, re.MULTILINE)
    return line.group(1) if line else None


def _install(unit: Unit, cache: Cache, archive: Path) -> None:
    try:
        cache.install(unit, OFFICIAL, partial(_unpack, archive, unit))
    except (KeyError, EOFError, tarfile.TarError, zipfile.BadZipFile) as error:
        raise Unusable(f"{unit.archive.name} is not laid out as expected ({error})") from error
    finally:
        archive.unlink()


def _unpack(archive: Path, unit: Unit, folder: Path) -> None:
    """Copy out the programs and nothing else; no path inside the archive is ever written to."""
    if unit.archive.name.endswith(".zip"):
        with zipfile.ZipFile(archive) as box:
            for program, member in unit.archive.members.items():
                with box.open(member) as inside:
                    _copy(inside, folder / program)
    else:
        with tarfile.open(archive) as box:
            for program, member in unit.archive.members.items():
                found = box.extractfile(member)
                if found is None:
                    raise KeyError(f"{member} is no file")
                with found as inside:
                    _copy(inside, folder / program)


def _copy(inside: IO[bytes], target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(inside, file, 1 << 20)
