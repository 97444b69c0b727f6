"""What a dashboard's queries return, asked as Grafana does: variables put in, over the time that is shown."""

import json
import math
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stackctl import ports
from stackctl.query import JsonApi
from tests.grafana import Json, Query, dashboards, interpolated

# What Grafana puts in for a panel some 1,000 pixels wide, with the scrape interval of the data source.
_STEP_S = 5
_SHOWN_S = 900
_BUILT_IN = {
    "__interval": f"{_STEP_S}s",
    "__rate_interval": f"{4 * _STEP_S}s",
    "__auto": f"{3 * _STEP_S}s",
    "__range": f"{_SHOWN_S}s",
}
_LABEL_VALUES = re.compile(r"label_values\((?P<series>.+), (?P<label>\w+)\)")

_PROMETHEUS = JsonApi("Prometheus", ports.url(ports.PROMETHEUS))
_LOKI = JsonApi("Loki", ports.url(ports.LOKI_HTTP))
_JAEGER = JsonApi("Jaeger", ports.url(ports.JAEGER_QUERY))


@dataclass(frozen=True)
class Moment:
    """Somebody looks at the last quarter of an hour."""

    end: float

    @property
    def start(self) -> float:
        return self.end - _SHOWN_S

    def values(self) -> dict[str, str]:
        """Of the variables that Grafana has by itself."""
        return dict(_BUILT_IN)

    def params(self) -> list[tuple[str, str]]:
        return [("start", f"{self.start:.3f}"), ("end", f"{self.end:.3f}")]


def options(variable: Json, values: Mapping[str, str], moment: Moment) -> list[str]:
    """What a variable offers. Its query may contain other variables."""
    found = _LABEL_VALUES.fullmatch(interpolated(variable["query"]["query"], values))
    assert found, variable["query"]
    params = [("match[]", found["series"]), *moment.params()]
    return sorted(_PROMETHEUS.get(f"/api/v1/label/{found['label']}/values", params)["data"])


def chosen(dashboard: Json, moment: Moment, **choice: str) -> dict[str, str]:
    """The value of every variable: as chosen, else as the dashboard opens."""
    values = moment.values()
    for variable in dashboard["templating"]["list"]:
        opened = variable.get("allValue") or variable["current"]["value"]
        values[variable["name"]] = choice.get(variable["name"], opened)
    return values


def services(moment: Moment) -> list[str]:
    variable = dashboards()["service"]["templating"]["list"][0]
    return options(variable, moment.values(), moment)


def choices(dashboard: Json, moment: Moment) -> list[dict[str, str]]:
    """The values of a dashboard's variables: as it opens, and for each service where one can be chosen."""
    opened = chosen(dashboard, moment)
    if "service" not in opened:
        return [opened]
    return [opened, *(chosen(dashboard, moment, service=service) for service in services(moment))]


@dataclass(frozen=True)
class Asked:
    """With which values of the variables, and when."""

    values: Mapping[str, str]
    moment: Moment

    def answers(self, query: Query) -> bool:
        """Is there anything in the answer?"""
        ask = {"prometheus": self._numbers, "loki": self._lines, "jaeger": self._traces}
        return any(True for _ in ask[query.target["datasource"]["uid"]](query.target))

    def exemplars(self, query: Query) -> bool:
        params = [("query", self._text(query.target["expr"])), *self.moment.params()]
        return bool(_PROMETHEUS.get("/api/v1/query_exemplars", params)["data"])

    def _numbers(self, target: Json) -> Iterator[object]:
        """A share of nothing is no number."""
        query = ("query", self._text(target["expr"]))
        if target["instant"]:
            result = _PROMETHEUS.get("/api/v1/query", [query, ("time", f"{self.moment.end}")])
            samples = [series["value"] for series in result["data"]["result"]]
        else:
            params = [query, *self.moment.params(), ("step", str(_STEP_S))]
            result = _PROMETHEUS.get("/api/v1/query_range", params)
            samples = [sample for series in result["data"]["result"] for sample in series["values"]]
        yield from (value for _, value in samples if not math.isnan(float(value)))

    def _lines(self, target: Json) -> Iterator[object]:
        params = [("query", self._text(target["expr"])), *self.moment.params(), ("step", f"{_STEP_S}s")]
        for stream in _LOKI.get("/loki/api/v1/query_range", params)["data"]["result"]:
            yield from stream["values"]

    def _traces(self, target: Json) -> Iterator[object]:
        """Jaeger takes tags as JSON; Grafana makes it of logfmt."""
        tags = dict(tag.split("=", 1) for tag in shlex.split(target.get("tags", "")))
        params = [
            ("service", self._text(target["service"])),
            ("limit", str(target["limit"])),
            ("start", str(round(self.moment.start * 1e6))),
            ("end", str(round(self.moment.end * 1e6))),
            *([("tags", json.dumps(tags))] if tags else []),
            *([("minDuration", target["minDuration"])] if "minDuration" in target else []),
        ]
        yield from _JAEGER.get("/api/traces", params)["data"] or []

    def _text(self, text: str) -> str:
        return interpolated(text, self.values)
