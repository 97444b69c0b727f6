"""The whole stack, put together from its parts: bring it up, take it down."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import Console

from stackctl import fetch
from stackctl.errors import StackError
from stackctl.fetch import Program
from stackctl.mail import received
from stackctl.paths import ROOT
from stackctl.run import (
    alert_profiles,
    collector_storage,
    console_pages,
    databases,
    external_services,
    grafana,
    pidfiles,
    queues,
    state_folder,
    supervisor,
)
from stackctl.run.backends import PROGRAMS, backends
from stackctl.run.components import Component
from stackctl.run.services import services
from stackctl.run.steps import LiveSteps, Steps
from stackctl.settings import alertmanager_login, credentials, discovery, saved_options
from stackctl.settings.saved_options import SavedOptions
from stackctl.system.interrupts import uninterrupted


def known_components() -> list[Component]:
    """Every component, its program found or not; nothing is fetched or built for this."""
    found = {name: fetch.locate(name) or _not_found(name) for name in PROGRAMS}
    return _all(found, saved_options.load())


def is_up() -> bool:
    """Does any component run?"""
    return any(pidfiles.process_of(record) for record in pidfiles.read_all())


def bring_up(
    console: Console,
    ready_within: float = supervisor.READY_WITHIN_SECONDS,
    choose: Callable[[SavedOptions], SavedOptions] = lambda chosen: chosen,
) -> list[str]:
    """Start what does not run, wait until all is ready; return the names of those that were started.

    `choose` makes of what was chosen before what holds from now on; what no longer belongs to it is stopped.
    """
    with state_folder.locked(console):
        chosen = _chosen(choose)
        components = _components_to_run(console, chosen)
        began = time.monotonic()
        with LiveSteps(console) as steps:
            alert_profiles.use(alert_profiles.configured())
            wanted = chosen.instances()
            at_once = [each for each in wanted if each.is_known or pidfiles.running(each.name)]
            discovery.announce(at_once, chosen.rollouts)
            stopped = supervisor.stop_others(components, steps)
            damaged = [] if pidfiles.running("otel-collector") else collector_storage.set_aside_damaged()
            collector_storage.report(damaged)
            started = _start(components, chosen, steps, ready_within)
            discovery.announce(wanted, chosen.rollouts)
    for each in damaged:
        console.print(str(each), style="yellow")
    if started or stopped:
        console.print(f"Up: {len(components)} components ready after {time.monotonic() - began:.1f} s.")
    else:
        console.print("Everything is up already; nothing was changed.")
    console.print(fetch.grafana_line(), style="dim")
    return started


def take_down(console: Console, clean: bool = False) -> list[str]:
    """Stop every process of this stack, pid file or none; with `clean` also remove what it wrote."""
    with state_folder.locked(console):
        _heal_drills(console)
        with LiveSteps(console) as steps:
            stopped = supervisor.take_down(steps)
        console.print(f"Down: {len(stopped)} components stopped." if stopped else "Nothing was running.")
        for folder in state_folder.clean() if clean else []:
            console.print(f"Removed {_shown(folder)}")
    return stopped


def _heal_drills(console: Console) -> None:
    """What a drill has broken would outlast the processes: flags, an index that is gone, a file."""
    from stackctl.drills.healing import heal

    try:
        heal()
    except StackError as error:
        console.print(f"{error.message} {error.hint}")


def _chosen(choose: Callable[[SavedOptions], SavedOptions]) -> SavedOptions:
    """What holds from now on, written down together with the passwords that it needs."""
    before = saved_options.load()
    chosen = choose(before)
    if chosen.parts != before.parts and is_up():
        raise StackError(
            "databases and brokers are not exchanged under services that run.", "./stack down first."
        )
    external_services.require_installed(chosen)
    credentials.make_missing(*external_services.credential_names(chosen), *grafana.credential_names())
    alertmanager_login.make_missing()
    chosen.save()
    return chosen


def _start(components: list[Component], chosen: SavedOptions, steps: Steps, within: float) -> list[str]:
    """Databases and brokers first: services find what is theirs. All or none, as the supervisor does it."""
    if all(pidfiles.running(component.name) for component in components):
        return supervisor.bring_up(components, steps, within)
    external_services.prepare(chosen)
    first = supervisor.bring_up(external_services.components(chosen), steps, within)
    try:
        databases.make_missing(chosen)
        queues.declare_first(chosen)
        return first + supervisor.bring_up(components, steps, within)
    except BaseException:
        with uninterrupted():
            supervisor.stop(first, steps)
        raise


def _components_to_run(console: Console, chosen: SavedOptions) -> list[Component]:
    """With all programs fetched or built, unless everything runs: then nothing is needed."""
    known = known_components()
    if all(pidfiles.running(component.name) for component in known):
        return known
    return _all(fetch.ensure(PROGRAMS, console=console), chosen)


def _all(programs: Mapping[str, Program], chosen: SavedOptions) -> list[Component]:
    own = [received.component(), console_pages.component()]
    others = [*external_services.components(chosen), *own, *grafana.components()]
    return [*backends(programs), *others, *services(chosen)]


def _not_found(name: str) -> Program:
    return Program(name, Path(name), "not here yet", "")


def _shown(folder: Path) -> str:
    return str(folder.relative_to(ROOT)) if folder.is_relative_to(ROOT) else str(folder)
