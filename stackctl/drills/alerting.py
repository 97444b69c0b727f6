"""What Prometheus, Loki's ruler and Alertmanager say of alerts at present; one that is away says nothing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stackctl import ports
from stackctl.drills.catalogue import Expected
from stackctl.drills.environment import environment
from stackctl.query import JsonApi, QueryError

_PATIENCE_SECONDS = 4.0

# What notifications writes when the Watchdog stays away, and when it is back (its watchdog.py).
SILENCE = "dead man's switch: no word"
SPEAKS_AGAIN = "dead man's switch: alerting works again"


@dataclass(frozen=True)
class Alert:
    """`is_held_back`: another alert that explains it keeps it from being told to anybody."""

    labels: Mapping[str, str]
    since: float
    is_held_back: bool = False


class Alerting:
    def __init__(self) -> None:
        self._rulers = [
            JsonApi("Prometheus", ports.url(ports.PROMETHEUS, "/api/v1/alerts"), _PATIENCE_SECONDS),
            JsonApi("Loki", ports.url(ports.LOKI_HTTP, "/prometheus/api/v1/alerts"), _PATIENCE_SECONDS),
        ]
        login = {"Authorization": environment().alertmanager_header()}
        self._alertmanager = JsonApi(
            "Alertmanager", ports.url(ports.ALERTMANAGER), _PATIENCE_SECONDS, headers=login
        )

    def pending(self, expected: Expected) -> float | None:
        """Since when its expression has been true, for whoever waits for it."""
        found = (alert for ruler in self._rulers for alert in _ruled(ruler))
        return min((alert.since for alert in found if expected.fits(alert.labels)), default=None)

    def firing(self, expected: Expected) -> Alert | None:
        """As Alertmanager has it, told to people or held back."""
        return next((alert for alert in self.all() if expected.fits(alert.labels)), None)

    def all(self) -> list[Alert]:
        try:
            found = self._alertmanager.get("/api/v2/alerts", [("active", "true"), ("inhibited", "true")])
        except QueryError:
            return []
        return [
            Alert(each["labels"], instant(each["startsAt"]), bool(each["status"]["inhibitedBy"]))
            for each in found
        ]

    def answers(self) -> bool:
        try:
            self._alertmanager.get("/api/v2/status")
        except QueryError:
            return False
        return True


def notified(expected: Expected, since: float) -> float | None:
    """When the shop's own receiver, notifications, has written that it was told of this alert."""
    for line in _lines_since(since):
        service = expected.labels.get("service_name", line.get("alert.service"))
        wanted = (expected.name, service, "firing")
        if (line.get("alert.name"), line.get("alert.service"), line.get("alert.status")) == wanted:
            return instant(line["timestamp"])
    return None


def said(message: str, since: float) -> float | None:
    """When notifications has first written a line that begins so."""
    lines = (line for line in _lines_since(since) if str(line["message"]).startswith(message))
    return next((instant(line["timestamp"]) for line in lines), None)


def _lines_since(since: float) -> Iterator[Mapping[str, Any]]:
    for line in environment().alert_lines().rpartition("\n")[0].splitlines():
        fields = json.loads(line)
        if instant(fields["timestamp"]) >= since:
            yield fields


def _ruled(ruler: JsonApi) -> Iterator[Alert]:
    try:
        found = ruler.get("")
    except QueryError:
        return
    for each in found["data"]["alerts"]:
        yield Alert(each["labels"], instant(each["activeAt"]))


def instant(text: str) -> float:
    """Of RFC 3339; Go writes more digits than Python reads."""
    whole, _, rest = text.partition(".")
    if not rest:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    digits = rest.rstrip("Z").partition("+")[0].partition("-")[0]
    zone = rest[len(digits) :].replace("Z", "+00:00")
    return datetime.fromisoformat(f"{whole}.{digits[:6].ljust(6, '0')}{zone}").timestamp()
