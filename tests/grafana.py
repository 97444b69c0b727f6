"""The generated dashboards as Grafana reads them: their panels, and their texts with variables put in."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from stackctl.paths import ROOT

Json = Mapping[str, Any]

FOLDER = ROOT / "dashboards" / "json"
_VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)(?::\w+)?\}|(?P<bare>[A-Za-z_]\w*))")


@dataclass(frozen=True)
class Query:
    """One target of a panel."""

    dashboard: str
    panel: str
    target: Json

    def __str__(self) -> str:
        return f"{self.dashboard} / {self.panel} / {self.target['refId']}"


@cache
def dashboards() -> Mapping[str, Json]:
    """Every dashboard by its uid."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    assert read, f"no dashboard in {FOLDER}: this test would prove nothing"
    return {each["uid"]: each for each in read}


def panels(dashboard: Json) -> list[Json]:
    """All but the titles of rows."""
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries(dashboard: Json) -> list[Query]:
    return [
        Query(dashboard["uid"], panel["title"], target)
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]


def all_queries() -> list[Query]:
    return [query for dashboard in dashboards().values() for query in queries(dashboard)]


def variables_in(text: str) -> set[str]:
    return {match["braced"] or match["bare"] for match in _VARIABLE.finditer(text)}


def interpolated(text: str, values: Mapping[str, str]) -> str:
    """As Grafana does it: a name that it does not know stays as it is."""

    def value(match: re.Match[str]) -> str:
        return values.get(match["braced"] or match["bare"], match[0])

    return _VARIABLE.sub(value, text)


def texts(node: object) -> Iterator[str]:
    """Every text in a document."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)
