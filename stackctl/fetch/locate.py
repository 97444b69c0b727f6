"""Finding programs that are here already: on PATH in exactly the pinned version, or in the cache."""

import shutil
from functools import cache
from pathlib import Path

from stackctl.fetch.cache import Cache
from stackctl.fetch.catalogue import units
from stackctl.fetch.probe import version_of
from stackctl.fetch.releases import Program, Unit

PATH = "PATH"
# `otelcol` is the core distribution, which lacks half of our components.
_OFFICIAL_NAME = {"otelcol": "otelcol-contrib"}


def locate(name: str) -> Program | None:
    """Find a program without fetching or building anything; None when it is not here."""
    unit = next(unit for unit in units() if name in unit.programs)
    found = on_path(unit, name)
    if found and found.version == unit.version:
        return found
    return Cache.of_user().find(unit, name)


def on_path(unit: Unit, program: str) -> Program | None:
    """What PATH has, in whatever version ("unknown" when it does not say)."""
    path = shutil.which(_OFFICIAL_NAME.get(program, program))
    return Program(program, Path(path), PATH, _version(program, path)) if path else None


@cache
def _version(program: str, path: str) -> str:
    return version_of(program, Path(path)) or "unknown"
