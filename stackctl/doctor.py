"""`./stack doctor`: what stands in the way of `./stack up` on this machine, and the command that mends it."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from stackctl import binaries, machine, stack
from stackctl.backends import PROGRAMS
from stackctl.binaries.cache import Cache
from stackctl.binaries.catalogue import units
from stackctl.binaries.mirror import Mirror, Unavailable
from stackctl.machine import Finding, Verdict
from stackctl.paths import state_dir

_MARKS = {Verdict.FINE: "[green]✓[/]", Verdict.NOTE: "[yellow]![/]", Verdict.STOPS: "[bold red]✗[/]"}

# For data and logs.
_STATE_GB = 2.0


def examine(console: Console) -> bool:
    """Show every finding as it is made; true when nothing stops `./stack up`."""
    stops = 0
    for finding in _findings():
        stops += finding.verdict is Verdict.STOPS
        line = f"{_MARKS[finding.verdict]} {finding.what:<9} {escape(finding.detail)}"
        console.print(f"{line}\n  {'':<9} → {escape(finding.mend)}" if finding.mend else line, soft_wrap=True)
    console.print(
        f"{stops} to mend before ./stack up." if stops else "Nothing stands in the way of ./stack up."
    )
    return not stops


def _findings() -> Iterator[Finding]:
    yield machine.python()
    yield machine.packages()
    yield from machine.programs()
    yield from _what_is_missing()
    yield from machine.parts()
    yield machine.disk("data and logs", state_dir(), _STATE_GB, "GLASSHOUSE_STATE_DIR")
    yield machine.memory()
    yield from machine.ports(stack.known_components())
    here = Verdict.FINE if binaries.locate_grafana() else Verdict.NOTE
    yield Finding("grafana", here, binaries.grafana_line())


def _what_is_missing() -> Iterator[Finding]:
    missing = [unit for unit in units() if not all(map(binaries.locate, set(unit.programs) & set(PROGRAMS)))]
    if missing and _archives_reachable():
        yield machine.to_fetch(missing)
    elif missing:
        yield machine.to_build(missing)
        needed = sum(unit.source.gigabytes for unit in missing)
        yield machine.disk("building", Cache.of_user().root, needed, "GLASSHOUSE_CACHE_DIR")


def _archives_reachable() -> bool:
    mirror = Mirror.from_environment()
    try:
        if mirror:
            mirror.contact()
    except Unavailable:
        return False
    return mirror is not None
