"""Healing: whatever the journal says is on is undone, by whoever comes first, as often as anybody likes."""

from filelock import FileLock

from stackctl import modes
from stackctl.drill import journal
from stackctl.drill.catalogue import injection_of
from stackctl.drill.ground import ground
from stackctl.errors import StackError
from stackctl.interrupts import uninterrupted


def heal(traffic_goes_on: bool = False) -> tuple[str, ...]:
    """Undo every drill that is on, and return the components that have to be started again.

    Does not start them: who takes the stack down does not want that. Safe beside another that heals. The
    traffic for these drills ends, unless it `traffic_goes_on`: how else would one see that all is well.
    """
    if journal.read() is None:
        return ()
    with uninterrupted(), FileLock(journal.folder() / "lock"):
        active = journal.read()
        if active is None:
            return ()
        if not traffic_goes_on:
            ground().stop_traffic(active.traffic)
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
        journal.clear()
        return tuple(restarts)


def say(event: str, drill: str, hidden: bool) -> None:
    """For the dashboards' annotations; what is practised keeps its name to itself."""
    shown = "hidden" if hidden else drill
    ground().annotate(event, shown, **{"drill.name": shown})
