"""The kinds of panels, with what all of a kind have in common. A panel knows neither its place nor its id."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboards import thresholds
from dashboards.targets import Target
from dashboards.thresholds import Steps

Json = Mapping[str, Any]
Overrides = Sequence[Json]

_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEGEND = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
_TOOLTIP = {"mode": "multi", "sort": "desc"}


@dataclass(frozen=True)
class Panel:
    """`options` and `field` are its own and its fields' settings in Grafana's words; sizes are grid units."""

    kind: str
    title: str
    description: str
    targets: Sequence[Target]
    width: int
    height: int
    options: Json
    field: Json
    overrides: Overrides = ()
    transformations: Sequence[Json] = ()


def time_series(
    title: str,
    description: str,
    *targets: Target,
    unit: str,
    width: int = 12,
    height: int = 8,
    limits: Steps = thresholds.PLAIN,
    stacked: bool = False,
    most: float | None = None,
    links: Sequence[Json] = (),
    overrides: Overrides = (),
) -> Panel:
    """Lines over time, from zero; `limits` are drawn as dashed lines."""
    custom = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 40 if stacked else 10,
        "showPoints": "auto",
        "pointSize": 4,
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "off" if limits is thresholds.PLAIN else "dashed"},
    }
    field = {**_field(unit, limits, links), "min": 0, "color": {"mode": "palette-classic"}, "custom": custom}
    if most is not None:
        field["max"] = most
    options = {"legend": _LEGEND, "tooltip": _TOOLTIP}
    return Panel("timeseries", title, description, targets, width, height, options, field, overrides)


def stat(
    title: str,
    description: str,
    target: Target,
    unit: str,
    width: int = 4,
    height: int = 4,
    limits: Steps = thresholds.PLAIN,
    links: Sequence[Json] = (),
    decimals: int | None = None,
) -> Panel:
    """One number, with its course as a line behind it where the query has one."""
    options = {
        "colorMode": "value",
        "graphMode": "area" if target.get("range") else "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "percentChangeColorMode": "standard",
        "reduceOptions": _LAST,
        "showPercentChange": False,
        "textMode": "value",
        "wideLayout": True,
    }
    field = {**_field(unit, limits, links), "color": {"mode": "thresholds"}}
    if decimals is not None:
        field["decimals"] = decimals
    return Panel("stat", title, description, (target,), width, height, options, field)


def heatmap(
    title: str, description: str, target: Target, unit: str, width: int = 12, height: int = 8
) -> Panel:
    """A histogram over time; its exemplars are dots that lead to traces."""
    options = {
        "calculate": False,
        "cellGap": 1,
        "color": {
            "mode": "scheme",
            "scheme": "Oranges",
            "exponent": 0.5,
            "fill": "dark-orange",
            "reverse": False,
            "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": True},
        "rowsFrame": {"layout": "auto"},
        "showValue": "never",
        "tooltip": {"mode": "single", "yHistogram": True, "showColorScale": False},
        "yAxis": {"axisPlacement": "left", "unit": unit},
    }
    field = {"unit": unit, "custom": {"scaleDistribution": {"type": "linear"}}}
    return Panel("heatmap", title, description, (target,), width, height, options, field)


def bar_gauge(
    title: str,
    description: str,
    *targets: Target,
    unit: str,
    width: int = 12,
    height: int = 8,
    limits: Steps = thresholds.PLAIN,
) -> Panel:
    """One bar for each series, by its last value."""
    options = {
        "displayMode": "basic",
        "legend": {**_LEGEND, "showLegend": False},
        "maxVizHeight": 300,
        "minVizHeight": 16,
        "minVizWidth": 8,
        "namePlacement": "left",
        "orientation": "horizontal",
        "reduceOptions": _LAST,
        "showUnfilled": True,
        "sizing": "auto",
        "valueMode": "color",
    }
    color = {"mode": "palette-classic" if limits is thresholds.PLAIN else "thresholds"}
    field = {**_field(unit, limits), "min": 0, "color": color}
    return Panel("bargauge", title, description, targets, width, height, options, field)


def states(
    title: str,
    description: str,
    target: Target,
    meanings: Mapping[str, tuple[str, str]],
    width: int = 12,
    height: int = 8,
) -> Panel:
    """What state each series was in; `meanings` gives a value its text and colour."""
    options = {
        "alignValue": "left",
        "legend": {**_LEGEND, "showLegend": False},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    results = {
        value: {"text": text, "color": color, "index": index}
        for index, (value, (text, color)) in enumerate(meanings.items())
    }
    field = {
        "unit": "none",
        "color": {"mode": "thresholds"},
        "custom": {"fillOpacity": 70, "lineWidth": 0},
        "mappings": [{"type": "value", "options": results}],
        "thresholds": thresholds.as_json(thresholds.PLAIN),
    }
    return Panel("state-timeline", title, description, (target,), width, height, options, field)


def logs(title: str, description: str, target: Target, width: int = 24, height: int = 9) -> Panel:
    """Log lines, the newest first; an opened line links to its trace."""
    options = {
        "dedupStrategy": "none",
        "enableInfiniteScrolling": True,
        "enableLogDetails": True,
        "prettifyLogMessage": False,
        "showCommonLabels": False,
        "showLabels": False,
        "showLogContextToggle": True,
        "showTime": True,
        "sortOrder": "Descending",
        "wrapLogMessage": True,
    }
    return Panel("logs", title, description, (target,), width, height, options, {"unit": "none"})


def _field(unit: str, limits: Steps, links: Sequence[Json] = ()) -> dict[str, Any]:
    field: dict[str, Any] = {"unit": unit, "thresholds": thresholds.as_json(limits)}
    return {**field, "links": list(links)} if links else field
