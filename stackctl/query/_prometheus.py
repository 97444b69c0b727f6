"""Prometheus' query API: instant queries, raw samples and exemplars."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stackctl import ports
from stackctl.query._http import JsonApi


@dataclass(frozen=True)
class Series:
    """A series and its samples as (seconds since the epoch, value), oldest first."""

    labels: Mapping[str, str]
    samples: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Exemplar:
    series: Mapping[str, str]
    trace_id: str
    span_id: str
    value: float
    time: float


class Prometheus:
    def __init__(self, base_url: str | None = None) -> None:
        self._api = JsonApi("Prometheus", base_url or ports.url(ports.PROMETHEUS))

    def instant(self, promql: str, at: float | None = None) -> list[Series]:
        """Evaluate a query at one time (now by default); a vector's series have one sample each."""
        params = [("query", promql)] + ([("time", f"{at:.3f}")] if at is not None else [])
        data = self._api.get("/api/v1/query", params)["data"]
        if data["resultType"] == "scalar":
            return [_series({"metric": {}, "value": data["result"]})]
        return [_series(result) for result in data["result"]]

    def value(self, promql: str) -> float | None:
        """Return the one value of a query now, or None when it has no series."""
        series = self.instant(promql)
        return series[0].samples[-1][1] if series else None

    def raw_samples(self, selector: str, start: float, end: float) -> list[Series]:
        """Return the samples as stored, with start < time ≤ end: a range selector does not interpolate."""
        return self.instant(f"{selector}[{round((end - start) * 1000)}ms]", at=end)

    def exemplars(self, selector: str, start: float, end: float) -> list[Exemplar]:
        params = [("query", selector), ("start", f"{start:.3f}"), ("end", f"{end:.3f}")]
        data = self._api.get("/api/v1/query_exemplars", params)["data"]
        return [_exemplar(series["seriesLabels"], item) for series in data for item in series["exemplars"]]


def _series(result: dict[str, Any]) -> Series:
    samples = result["values"] if "values" in result else [result["value"]]
    return Series(result["metric"], tuple((float(time), float(value)) for time, value in samples))


def _exemplar(series: dict[str, str], item: dict[str, Any]) -> Exemplar:
    labels = item["labels"]
    trace_id, span_id = labels.get("trace_id", ""), labels.get("span_id", "")
    return Exemplar(series, trace_id, span_id, float(item["value"]), float(item["timestamp"]))
