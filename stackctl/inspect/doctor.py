"""`./stack doctor`: what stands in the way of `./stack up` on this machine, and the command that fixes it."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from stackctl import fetch
from stackctl.fetch.cache import Cache
from stackctl.fetch.catalogue import units
from stackctl.fetch.mirror import Mirror, Unavailable
from stackctl.inspect import doctor_checks
from stackctl.inspect.doctor_checks import Finding, Level
from stackctl.paths import state_dir
from stackctl.run import stack
from stackctl.run.backends import PROGRAMS

_MARKS = {Level.FINE: "[green]✓[/]", Level.NOTE: "[yellow]![/]", Level.STOPS: "[bold red]✗[/]"}

# For data and logs.
_STATE_GB = 2.0


def examine(console: Console) -> bool:
    """Show every finding as it is made; true when nothing stops `./stack up`."""
    stops = 0
    for finding in _findings():
        stops += finding.level is Level.STOPS
        line = f"{_MARKS[finding.level]} {finding.what:<9} {escape(finding.detail)}"
        console.print(f"{line}\n  {'':<9} → {escape(finding.fix)}" if finding.fix else line, soft_wrap=True)
    console.print(
        f"{stops} to fix before ./stack up." if stops else "Nothing stands in the way of ./stack up."
    )
    return not stops


def _findings() -> Iterator[Finding]:
    yield doctor_checks.python()
    yield doctor_checks.packages()
    yield from doctor_checks.programs()
    yield from _what_is_missing()
    yield from doctor_checks.parts()
    yield doctor_checks.disk("data and logs", state_dir(), _STATE_GB, "GLASSHOUSE_STATE_DIR")
    yield doctor_checks.memory()
    yield from doctor_checks.ports(stack.known_components())
    here = Level.FINE if fetch.locate_grafana() else Level.NOTE
    yield Finding("grafana", here, fetch.grafana_line())


def _what_is_missing() -> Iterator[Finding]:
    missing = [unit for unit in units() if not all(map(fetch.locate, set(unit.programs) & set(PROGRAMS)))]
    if missing and _archives_reachable():
        yield doctor_checks.to_fetch(missing)
    elif missing:
        yield doctor_checks.to_build(missing)
        needed = sum(unit.source.gigabytes for unit in missing)
        yield doctor_checks.disk("building", Cache.of_user().root, needed, "GLASSHOUSE_CACHE_DIR")


def _archives_reachable() -> bool:
    mirror = Mirror.from_environment()
    try:
        if mirror:
            mirror.contact()
    except Unavailable:
        return False
    return mirror is not None
