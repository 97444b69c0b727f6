"""Healing: whatever the journal says is on is undone, by whoever comes first, as often as anybody likes."""

from filelock import FileLock

from stackctl.drills import active_faults
from stackctl.drills.catalogue import injection_of
from stackctl.drills.environment import environment
from stackctl.errors import StackError
from stackctl.settings import modes
from stackctl.system.interrupts import uninterrupted


def heal(traffic_goes_on: bool = False) -> tuple[str, ...]:
    """Undo every drill that is on, and return the components that have to be started again.

    Does not start them: who takes the stack down does not want that. Safe beside another that heals. The
    traffic for these drills ends, unless it `traffic_goes_on`: how else would one see that all is well.
    """
    if active_faults.read() is None:
        return ()
    with uninterrupted(), FileLock(active_faults.folder() / "lock"):
        active = active_faults.read()
        if active is None:
            return ()
        if not traffic_goes_on:
            environment().stop_traffic(active.traffic)
        restarts: list[str] = []
        failed: list[str] = []
        for name, fault in active.drills.items():
            try:
                injection = injection_of(fault)
                injection.undo(name)
            except Exception as error:
                failed.append(f"{name}: {error}")
                continue
            restarts += injection.restarts
            say("drill.healed", name, active.hidden)
        if failed:
            raise StackError(
                f"a drill could not be healed: {'; '.join(failed)}.",
                f"Try it again: {modes.typed('./stack drill --heal')}",
            )
        active_faults.clear()
        return tuple(restarts)


def say(event: str, drill: str, hidden: bool) -> None:
    """For the dashboards' annotations; what is practised keeps its name to itself."""
    shown = "hidden" if hidden else drill
    environment().annotate(event, shown, **{"drill.name": shown})
