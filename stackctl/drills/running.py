"""A run of drills: traffic, injection, waiting for the alerts, evidence, healing, resolution."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console

from stackctl.drills import active_faults, healing, timeline, traffic
from stackctl.drills.alerting import SPEAKS_AGAIN, Alerting, said
from stackctl.drills.catalogue import Drill, require_possible
from stackctl.drills.display import Progress
from stackctl.drills.environment import environment
from stackctl.drills.evidence import Evidence, gather
from stackctl.drills.profile import quick_rules
from stackctl.drills.timeline import Timeline
from stackctl.drills.traffic import Traffic
from stackctl.drills.watchdog_process import guarded
from stackctl.errors import StackError
from stackctl.settings import modes

# Rates and shares need a while of how it normally is.
WARM_UP_SECONDS = 20.0
QUIET_WITHIN_SECONDS = 300.0
DETECTED_WITHIN_SECONDS = 300.0
RESOLVED_WITHIN_SECONDS = 300.0
# Who is told hears of it after Alertmanager has: it waits for others of the group.
_TOLD_WITHIN_SECONDS = 20.0
_EVERY_SECONDS = 1.0


@dataclass
class Result:
    drill: Drill
    timeline: Timeline = field(default_factory=Timeline)
    evidence: Evidence | None = None
    problem: str = ""

    def as_json(self) -> Mapping[str, Any]:
        return {
            "name": self.drill.name,
            "ok": not self.problem,
            "problem": self.problem,
            "cause": self.drill.cause,
            "runbook": self.drill.runbook,
            **self.timeline.as_json(),
            "evidence": self.evidence.as_json() if self.evidence else None,
        }


def run(console: Console, drills: Sequence[Drill], *, keep: bool = False) -> list[Result]:
    """Run these side by side, each with its own progress. With `keep` they stay on afterwards."""
    with prepared(console, drills) as (sending, alerting), nullcontext() if keep else guarded():
        results = inject(drills, sending, None if keep else os.getpid())
        progress = Progress(console, results)
        try:
            _detect(results, alerting, sending, progress)
            for result in results:
                result.evidence = gather(result.drill, result.timeline)
                progress.conclude(result)
        finally:
            if not keep:
                restore(console, results)
        if not keep:
            _resolve(results, alerting, progress)
    return results


@contextmanager
def prepared(console: Console, drills: Sequence[Drill]) -> Iterator[tuple[Traffic, Alerting]]:
    """The stack with traffic on it, quick rules, nothing left over, and none of these alerts."""
    require_possible(drills)
    environment().bring_up(console)
    if active_faults.read() is not None:
        console.print("Healing what an earlier drill has left.")
        restore(console, [])
    alerting = Alerting()
    with quick_rules(console), traffic.sent() as sending:
        console.print(f"Traffic: {traffic.RATE} requests per second, mixed.")
        began = time.monotonic()
        _wait_until_quiet(console, drills, alerting)
        with console.status("How it normally is …"):
            time.sleep(max(0.0, WARM_UP_SECONDS - (time.monotonic() - began)))
        yield sending, alerting


def inject(
    drills: Sequence[Drill], sending: Traffic, owner: int | None, hidden: bool = False
) -> list[Result]:
    """Written down first: from here on anybody can heal it."""
    faults = {drill.name: drill.fault for drill in drills}
    active_faults.write(active_faults.ActiveFaults(faults, hidden=hidden, traffic=sending.pid))
    results = []
    for drill in drills:
        healing.say("drill.injected", drill.name, hidden)
        results.append(Result(drill))
        drill.injection.inject(drill.name, owner)
    return results


def restore(console: Console, results: Sequence[Result]) -> None:
    """Heal all that is on (our own `results`, or what others have left), start again what was killed."""
    for result in results:
        result.timeline.healed_at = time.time()
    restarts = healing.heal(traffic_goes_on=bool(results))
    if restarts:
        environment().start(restarts)
    console.print("Healed." if results else "Nothing of it is left.")


def _wait_until_quiet(console: Console, drills: Sequence[Drill], alerting: Alerting) -> None:
    """An alert that fires already would prove nothing."""
    deadline = time.monotonic() + QUIET_WITHIN_SECONDS
    expected = [alert for drill in drills for alert in drill.alerts if not alert.absent]
    with console.status("Waiting until none of the alerts fires …"):
        while loud := [str(alert) for alert in expected if alerting.firing(alert)]:
            if time.monotonic() > deadline:
                raise StackError(
                    f"firing before the drill has begun: {', '.join(loud)}.",
                    f"{modes.typed('./stack status')}, then try again.",
                )
            time.sleep(_EVERY_SECONDS)


def _detect(results: Sequence[Result], alerting: Alerting, sending: Traffic, progress: Progress) -> None:
    deadline = time.monotonic() + DETECTED_WITHIN_SECONDS
    open_results = list(results)
    # Side by side, nobody can say whose doing a bad request is.
    watched = sending if len(results) == 1 else None
    while open_results:
        for result in list(open_results):
            timeline.look(result.drill, result.timeline, alerting, watched)
            progress.tell(result)
            if _is_told(result):
                open_results.remove(result)
        if open_results and time.monotonic() > deadline:
            break
        progress.wait(_EVERY_SECONDS, [result.drill for result in open_results])
    for result in open_results:
        if lacking := timeline.missing(result.drill, result.timeline):
            result.problem = f"did not fire within {DETECTED_WITHIN_SECONDS:.0f} s: {', '.join(lacking)}"


def _is_told(result: Result) -> bool:
    """All alerts are there, and people were told or had time to be."""
    moments = result.timeline.alerts.values()
    if timeline.missing(result.drill, result.timeline):
        return False
    return result.timeline.notified_at is not None or time.time() - max(moments) > _TOLD_WITHIN_SECONDS


def _resolve(results: Sequence[Result], alerting: Alerting, progress: Progress) -> None:
    deadline = time.monotonic() + RESOLVED_WITHIN_SECONDS
    open_results = [result for result in results if not result.problem]
    while open_results:
        for result in list(open_results):
            if _is_over(result, alerting):
                result.timeline.resolved_at = time.time()
                progress.tell(result)
                open_results.remove(result)
        if open_results and time.monotonic() > deadline:
            break
        progress.wait(_EVERY_SECONDS, [result.drill for result in open_results])
    for result in open_results:
        result.problem = f"healed, but its alerts still fire after {RESOLVED_WITHIN_SECONDS:.0f} s"


def _is_over(result: Result, alerting: Alerting) -> bool:
    if result.drill.alerts[0].absent:
        return said(SPEAKS_AGAIN, result.timeline.healed_at or time.time()) is not None
    return alerting.answers() and not any(alerting.firing(alert) for alert in result.drill.alerts)
