"""Getting programs: from PATH, the cache, the official archive or a build from modules, in this order."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console

from stackctl.errors import StackError
from stackctl.fetch.archives import fetch_all
from stackctl.fetch.cache import Cache
from stackctl.fetch.catalogue import units
from stackctl.fetch.gobuild import build_all
from stackctl.fetch.locate import on_path
from stackctl.fetch.mirror import Mirror
from stackctl.fetch.progress import Report
from stackctl.fetch.releases import Program, Unit
from stackctl.fetch.workspace import Workspace


def ensure(names: Iterable[str], console: Console | None = None) -> dict[str, Program]:
    """Return these programs, fetched or built if need be; one line per release says which source was taken.

    Names: otelcol prometheus promtool alertmanager amtool jaeger loki. Progress goes to `console` (stderr).
    Raises StackError when a program cannot be had. An interrupted call leaves the cache whole.
    """
    with Report(console or Console(stderr=True)) as report:
        return acquire(names, units(), Cache.of_user(), Mirror.from_environment(), report)


def acquire(
    names: Iterable[str], catalogue: Sequence[Unit], cache: Cache, mirror: Mirror | None, report: Report
) -> dict[str, Program]:
    """Do what `ensure` does, with everything that it depends on passed in."""
    Workspace(cache).empty_trash()
    wanted = {name: unit for name in names for unit in catalogue if name in unit.programs}
    found = _on_path(wanted, report)
    asked = [unit for unit in catalogue if any(unit == wanted[name] for name in wanted.keys() - found.keys())]
    missing = [unit for unit in asked if not cache.holds(unit)]
    _say_cached([unit for unit in asked if unit not in missing], cache, report)
    if missing:
        _fill(missing, cache, mirror, report)
    for unit in asked:
        cache.note_use(unit)
    cached = {name: program for name, unit in wanted.items() if (program := cache.find(unit, name))}
    return cached | found


def _on_path(wanted: Mapping[str, Unit], report: Report) -> dict[str, Program]:
    found = {}
    for name, unit in wanted.items():
        program = on_path(unit, name)
        if program and program.version == unit.version:
            found[name] = program
            report.say(f"{name} {unit.version}: on PATH, {program.path}")
        elif program:
            report.say(f"{name}: {program.path} is {program.version}, not {unit.version}: skipped")
    return found


def _say_cached(held: Iterable[Unit], cache: Cache, report: Report) -> None:
    for unit in held:
        program = cache.find(unit, unit.programs[0])
        if program:
            report.say(f"{unit}: in the cache ({program.source})")


def _fill(missing: Sequence[Unit], cache: Cache, mirror: Mirror | None, report: Report) -> None:
    def left() -> list[Unit]:
        return [unit for unit in missing if not cache.holds(unit)]

    def waiting() -> None:
        report.say("another ./stack is fetching or building: waiting for it")

    try:
        with cache.filling(waiting, arrived=lambda: not left()):
            _say_cached([unit for unit in missing if cache.holds(unit)], cache, report)
            if left() and mirror:
                fetch_all(left(), cache, mirror, report)
            if left():
                build_all(left(), cache, report)
    except OSError as error:
        hint = "Make it writable or make room, or name another folder: GLASSHOUSE_CACHE_DIR=/path ./stack ..."
        raise StackError(f"The cache {cache.root} cannot be filled: {error}", hint=hint) from error
