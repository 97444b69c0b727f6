"""What happened to the stack, as marks on every panel: written by ./stack as log lines, read from Loki."""

from typing import Any

from dashboards.datasources import LOKI
from dashboards.queries import logs


def of_every_dashboard() -> list[dict[str, Any]]:
    return [
        _marks("Drills", logs.drills(), "orange"),
        _marks("Deployments", logs.deployments(), "blue"),
    ]


def _marks(name: str, expr: str, color: str) -> dict[str, Any]:
    return {
        "name": name,
        "datasource": LOKI,
        "enable": True,
        "iconColor": color,
        "expr": expr,
        "titleFormat": "{{event_name}}",
        "textFormat": "",
        "tagKeys": "event_name",
    }
