"""What a person would look at: a trace that shows it, log lines, the dashboard."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from stackctl import ports
from stackctl.drills.catalogue import Drill
from stackctl.drills.timeline import Timeline
from stackctl.query import Line, Loki, QueryError

_SHOWN_LINES = 3
# A drill may write very many of them.
_LOOKED_AT = 100


@dataclass(frozen=True)
class Evidence:
    """`lines` are the first of those that show it. Without a trace `trace_id` is empty."""

    trace_id: str
    lines: Sequence[Line]
    dashboard: str

    def as_json(self) -> Mapping[str, Any]:
        return {
            "trace_id": self.trace_id,
            "lines": [line.text for line in self.lines],
            "dashboard": self.dashboard,
        }


def gather(drill: Drill, timeline: Timeline) -> Evidence:
    lines = _lines(drill, timeline)
    traced = next((line.fields["trace_id"] for line in lines if line.fields.get("trace_id")), "")
    if timeline.first_bad is not None and not traced:
        traced = timeline.first_bad.trace_id
    return Evidence(traced, lines, dashboard(drill))


def dashboard(drill: Drill) -> str:
    return ports.url(ports.GRAFANA, f"/d/{drill.dashboard}")


def _lines(drill: Drill, timeline: Timeline) -> list[Line]:
    """Loki itself may be what is away."""
    if not drill.logs:
        return []
    try:
        found = Loki(page=_LOOKED_AT).lines(
            drill.logs, int(timeline.injected_at * 1e9), int(time.time() * 1e9)
        )
        return list(islice(found, _SHOWN_LINES))
    except QueryError:
        return []
