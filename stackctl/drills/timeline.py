"""What happened when, in a drill: seconds since the fault was injected."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from proof.ledger.rows import Row
from stackctl.drills.alerting import SILENCE, Alerting, notified, said
from stackctl.drills.catalogue import Drill, Expected
from stackctl.drills.traffic import Traffic


@dataclass
class Timeline:
    """`alerts`: since when each of those expected has fired. None: it has not come (yet)."""

    injected_at: float = field(default_factory=time.time)
    first_bad: Row | None = None
    pending_at: float | None = None
    notified_at: float | None = None
    alerts: dict[str, float] = field(default_factory=dict)
    held_back: set[str] = field(default_factory=set)
    healed_at: float | None = None
    resolved_at: float | None = None

    @property
    def detected_at(self) -> float | None:
        return min(self.alerts.values(), default=None)

    def since_injection(self, at: float | None) -> float | None:
        return None if at is None else round(max(0.0, at - self.injected_at), 1)

    def as_json(self) -> Mapping[str, Any]:
        return {
            "injected_at": self.injected_at,
            "first_bad_request_s": self.since_injection(self.first_bad.done_at if self.first_bad else None),
            "pending_s": self.since_injection(self.pending_at),
            "detected_s": self.since_injection(self.detected_at),
            "notified_s": self.since_injection(self.notified_at),
            "alerts_s": {name: self.since_injection(at) for name, at in self.alerts.items()},
            "held_back": sorted(self.held_back),
            "healed_s": self.since_injection(self.healed_at),
            "resolved_s": self.since_injection(self.resolved_at),
            "first_bad_request": asdict(self.first_bad) if self.first_bad else None,
        }


def look(drill: Drill, timeline: Timeline, alerting: Alerting, traffic: Traffic | None) -> None:
    """Note what is new since the last look. Without `traffic` its requests are not looked at."""
    main = drill.alerts[0]
    if traffic is not None:
        timeline.first_bad = timeline.first_bad or traffic.first_bad(timeline.injected_at)
    if main.absent:
        _look_for_silence(main, timeline)
        return
    if timeline.pending_at is None:
        timeline.pending_at = alerting.pending(main)
    for expected in drill.alerts:
        alert = alerting.firing(expected)
        if alert is not None and str(expected) not in timeline.alerts:
            timeline.alerts[str(expected)] = max(alert.since, timeline.injected_at)
            if alert.is_held_back:
                timeline.held_back.add(str(expected))
    if timeline.notified_at is None:
        timeline.notified_at = notified(main, timeline.injected_at)


def _look_for_silence(expected: Expected, timeline: Timeline) -> None:
    """Nobody is left to fire: who should have been told notices that nothing comes."""
    at = said(SILENCE, timeline.injected_at)
    if at is not None:
        timeline.alerts.setdefault(str(expected), at)
        timeline.notified_at = timeline.notified_at or at


def missing(drill: Drill, timeline: Timeline) -> list[str]:
    """The expected alerts that have not come."""
    return [str(expected) for expected in drill.alerts if str(expected) not in timeline.alerts]
