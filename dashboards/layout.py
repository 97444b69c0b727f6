"""A dashboard as a whole: its rows of panels, laid out on Grafana's grid of 24 columns, as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from dashboards import annotations, links
from dashboards.panels import Panel
from dashboards.tables import ref_id
from dashboards.variables import Variable

COLUMNS = 24
SCHEMA_VERSION = 42


@dataclass(frozen=True)
class Row:
    """Panels side by side, as many as fit, then below each other."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Dashboard:
    uid: str
    title: str
    description: str
    rows: Sequence[Row]
    variables: Sequence[Variable] = field(default_factory=tuple)
    since: str = "now-15m"

    def as_json(self) -> dict[str, Any]:
        return {
            "uid": self.uid,
            "title": self.title,
            "description": self.description,
            "tags": [links.TAG],
            "schemaVersion": SCHEMA_VERSION,
            "editable": False,
            "graphTooltip": 1,
            "timezone": "browser",
            "refresh": "10s",
            "time": {"from": self.since, "to": "now"},
            "links": [links.all_dashboards()],
            "annotations": {"list": annotations.of_every_dashboard()},
            "templating": {"list": list(self.variables)},
            "panels": list(_placed(self.rows)),
        }


def _placed(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    ids, top = count(1), 0
    for row in rows:
        yield _title(row.title, next(ids), top)
        top += 1
        left = tallest = 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                left, top, tallest = 0, top + tallest, 0
            yield _panel(panel, next(ids), left, top)
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def _title(title: str, panel_id: int, top: int) -> dict[str, Any]:
    place = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
    return {"type": "row", "id": panel_id, "title": title, "collapsed": False, "panels": [], "gridPos": place}


def _panel(panel: Panel, panel_id: int, left: int, top: int) -> dict[str, Any]:
    body = {
        "id": panel_id,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.description,
        "gridPos": {"x": left, "y": top, "w": panel.width, "h": panel.height},
        "datasource": panel.targets[0]["datasource"],
        "targets": [{"refId": ref_id(position), **target} for position, target in enumerate(panel.targets)],
        "options": panel.options,
        "fieldConfig": {"defaults": panel.field, "overrides": list(panel.overrides)},
    }
    return {**body, "transformations": list(panel.transformations)} if panel.transformations else body
