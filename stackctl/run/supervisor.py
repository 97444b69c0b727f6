"""Brings components up together and takes them down in order. It knows none of them by name."""

from collections.abc import Collection
from itertools import groupby

from stackctl.errors import StackError
from stackctl.run import launching, pidfiles, port_conflicts, processes, readiness
from stackctl.run.components import Component
from stackctl.run.pidfiles import Record
from stackctl.run.steps import Steps
from stackctl.system.interrupts import uninterrupted

# The Collector and the databases write their state to disk when they end; that takes a second, seldom more.
GRACE_SECONDS = 15.0
READY_WITHIN_SECONDS = 60.0

# A process that is being stopped may start another; after so many rounds something is wrong.
SWEEPS = 5


def bring_up(
    components: Collection[Component],
    steps: Steps,
    within: float = READY_WITHIN_SECONDS,
    grace: float = GRACE_SECONDS,
) -> list[str]:
    """Start those that do not run, wait until all are ready, and return the names of those that were started.

    When that fails or is interrupted, what this call started is stopped again; what ran before stays.
    """
    missing = [component for component in components if pidfiles.running(component.name) is None]
    names = {component.name for component in missing}
    sweep(names, grace)
    port_conflicts.require_free(missing)
    try:
        for component in missing:
            launching.launch(component)
        readiness.wait_ready(components, within, steps)
    except BaseException:
        with uninterrupted():
            stop(names, steps, grace)
        raise
    return [component.name for component in missing]


def stop_others(components: Collection[Component], steps: Steps, grace: float = GRACE_SECONDS) -> list[str]:
    """Stop what runs and is none of these (any more), and return the names."""
    wanted = {component.name for component in components}
    return stop({record.name for record in pidfiles.read_all()} - wanted, steps, grace)


def stop(names: Collection[str], steps: Steps, grace: float = GRACE_SECONDS) -> list[str]:
    """Stop these components and whatever belongs to them; return the names of those that were running."""
    stopped = _stop([record for record in pidfiles.read_all() if record.name in names], steps, grace)
    if names:
        sweep(names, grace)
    return stopped


def take_down(steps: Steps, grace: float = GRACE_SECONDS) -> list[str]:
    """Stop every process of this stack, tier by tier, and return the names of those that were running."""
    stopped: list[str] = []
    for _, tier in groupby(sorted(pidfiles.read_all(), key=_tier), key=_tier):
        stopped += _stop(list(tier), steps, grace)
    stopped += sweep(None, grace)
    pidfiles.remove_all()
    return stopped


def sweep(names: Collection[str] | None = None, grace: float = GRACE_SECONDS) -> list[str]:
    """End every process with our mark (of these components only), pid file or none; return their names."""
    swept: set[str] = set()
    for _ in range(SWEEPS):
        found = processes.marked(names)
        if not found:
            break
        swept.update(found.values())
        processes.end(found, grace)
    else:
        raise StackError(f"cannot stop {', '.join(str(process.pid) for process in processes.marked(names))}.")
    for name in names or ():
        pidfiles.remove(name)
    return sorted(swept)


def _stop(records: Collection[Record], steps: Steps, grace: float) -> list[str]:
    """Stop these together: TERM for each leader, and after the grace period KILL for all that is left."""
    living = {leader: record for record in records if (leader := pidfiles.process_of(record))}
    leaders = {leader: record.name for leader, record in living.items()}
    families = {process for leader, name in leaders.items() for process in processes.family(leader, name)}
    for leader, record in living.items():
        steps.begin(record.name, "stopping")
        processes.terminate(leader, record.stop_signal)
    stubborn = processes.wait_gone(leaders, grace, lambda leader: steps.finish(leaders[leader], "stopped"))
    processes.kill(families | set(processes.marked(leaders.values())))
    for leader in stubborn:
        steps.finish(leaders[leader], f"killed: it did not end within {grace:.0f} s")
    return list(leaders.values())


def _tier(record: Record) -> int:
    return record.tier
