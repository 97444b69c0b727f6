"""What a panel asks its data source, without the refId that it gets from the panel."""

from collections.abc import Mapping
from typing import Any

from dashboards.datasources import JAEGER, LOKI, PROMETHEUS

Target = Mapping[str, Any]


def over_time(expr: str, legend: str, exemplars: bool = False) -> Target:
    """A PromQL query for every step of the time range; `exemplars` shows its metric's as links to traces."""
    return _promql(expr, "time_series", range=True, instant=False, exemplar=exemplars, legendFormat=legend)


def buckets(expr: str) -> Target:
    """The buckets of a histogram, for a heat map."""
    return _promql(expr, "heatmap", range=True, instant=False, exemplar=False, legendFormat="{{le}}")


def now(expr: str, legend: str | None = None) -> Target:
    """A PromQL query for the end of the time range: rows of a table or, with a legend, one value for each."""
    if legend is None:
        return _promql(expr, "table", range=False, instant=True, exemplar=False)
    return _promql(expr, "time_series", range=False, instant=True, exemplar=False, legendFormat=legend)


def lines(expr: str, most: int = 200) -> Target:
    return {"datasource": LOKI, "expr": expr, "queryType": "range", "maxLines": most, "editorMode": "code"}


def lines_over_time(expr: str, legend: str) -> Target:
    """A LogQL metric query."""
    return {
        "datasource": LOKI,
        "expr": expr,
        "queryType": "range",
        "legendFormat": legend,
        "editorMode": "code",
    }


def traces(service: str, tags: str = "", longer_than: str = "", most: int = 20) -> Target:
    """A search of Jaeger by a span of the service: with `tags` (logfmt), or `longer_than` some `250ms`."""
    search = {"service": service, "tags": tags, "minDuration": longer_than, "limit": most}
    given = {name: value for name, value in search.items() if value}
    return {"datasource": JAEGER, "queryType": "search", **given}


def _promql(expr: str, shape: str, **more: Any) -> Target:
    return {"datasource": PROMETHEUS, "expr": expr, "format": shape, "editorMode": "code", **more}
