"""What is seen when, in seconds since the injection."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stackctl.drills.alerting import Alert, instant, notified
from stackctl.drills.catalogue import Drill, Expected, find
from stackctl.drills.timeline import Timeline, look, missing

NOW = 1_800_000_000.0
JOURNEY = "OrderJourneyBudgetBurn{severity=page, long_window=1h}"


@dataclass
class FakeAlerting:
    pending_since: float | None = None
    found: list[Alert] = field(default_factory=list)

    def pending(self, expected: Expected) -> float | None:
        return self.pending_since

    def firing(self, expected: Expected) -> Alert | None:
        return next((alert for alert in self.found if expected.fits(alert.labels)), None)


@pytest.fixture
def drill() -> Drill:
    return find("inventory-down")


def log(state: Path, at: float, **fields: str) -> None:
    line = {"timestamp": datetime.fromtimestamp(at, UTC).isoformat(), "message": "alert", **fields}
    (state / "logs").mkdir(exist_ok=True)
    with (state / "logs" / "notifications.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


@pytest.mark.parametrize(
    ("labels", "fits"),
    [
        ({"alertname": "TargetDown", "service_name": "inventory", "severity": "page"}, True),
        ({"alertname": "TargetDown", "service_name": "orders"}, False),
        ({"alertname": "BackendDown", "service_name": "inventory"}, False),
    ],
)
def test_an_alert_is_known_by_its_name_and_the_labels_given(labels: Mapping[str, str], fits: bool) -> None:
    assert Expected("TargetDown", {"service_name": "inventory"}).fits(labels) is fits


def test_nothing_has_happened_at_first(drill: Drill) -> None:
    timeline = Timeline(NOW)
    look(drill, timeline, FakeAlerting(), None)  # type: ignore[arg-type]
    assert (timeline.pending_at, timeline.detected_at, timeline.notified_at) == (None, None, None)
    assert missing(drill, timeline) == ["TargetDown{service_name=inventory}", JOURNEY]


def test_each_event_is_noted_once_when_it_is_first_seen(drill: Drill, state: Path) -> None:
    timeline = Timeline(time.time() - 10)
    labels = {"alertname": "TargetDown", "service_name": "inventory"}
    down = Alert(labels, timeline.injected_at + 6)
    alerting = FakeAlerting(timeline.injected_at + 4, [down])
    for after, service in ((7, "orders"), (9, "inventory")):
        fields = {"alert.name": "TargetDown", "alert.service": service, "alert.status": "firing"}
        log(state, timeline.injected_at + after, **fields)
    look(drill, timeline, alerting, None)  # type: ignore[arg-type]
    first = timeline.as_json()
    look(drill, timeline, alerting, None)  # type: ignore[arg-type]
    assert timeline.as_json() == first
    assert (first["pending_s"], first["notified_s"]) == (4.0, 9.0)
    assert first["detected_s"] == 6.0
    assert missing(drill, timeline) == [JOURNEY]


def test_an_alert_that_another_explains_is_detected_all_the_same_and_marked(drill: Drill) -> None:
    timeline = Timeline(NOW)
    burning = {"alertname": "OrderJourneyBudgetBurn", "severity": "page", "long_window": "1h"}
    held_back = Alert(burning, 0.0, is_held_back=True)
    look(drill, timeline, FakeAlerting(None, [held_back]), None)  # type: ignore[arg-type]
    assert timeline.held_back == {JOURNEY}


def test_notifications_of_earlier_drills_and_of_the_end_do_not_count(state: Path) -> None:
    expected = Expected("TargetDown", {})
    log(state, NOW - 1, **{"alert.name": "TargetDown", "alert.status": "firing"})
    log(state, NOW + 1, **{"alert.name": "TargetDown", "alert.status": "resolved"})
    log(state, NOW + 2, **{"alert.name": "DeadLetters", "alert.status": "firing"})
    assert notified(expected, NOW) is None
    log(state, NOW + 3, **{"alert.name": "TargetDown", "alert.status": "firing"})
    assert notified(expected, NOW) == NOW + 3


def test_silence_is_what_is_noticed_when_the_watchdog_stays_away(state: Path) -> None:
    timeline = Timeline(NOW)
    log(state, NOW + 40, message="dead man's switch: no word from alerting for 40 s; no alert would come")
    look(find("prometheus-down"), timeline, FakeAlerting(), None)  # type: ignore[arg-type]
    assert (timeline.since_injection(timeline.detected_at), missing(find("prometheus-down"), timeline)) == (
        40,
        [],
    )


@pytest.mark.parametrize(
    "text",
    [
        "2027-01-15T08:00:00Z",
        "2027-01-15T08:00:00.000000000Z",
        "2027-01-15T09:00:00.0+01:00",
        "2027-01-15T08:00:00.000000+00:00",
    ],
)
def test_instants_are_read_as_go_and_python_write_them(text: str) -> None:
    assert instant(text) == NOW
