"""The kinds of panels, with what all of a kind have in common. A panel knows neither its place nor its id.

A `Panel` is a definition that more than one viewer draws: layout.py makes Grafana's JSON of it, and anything
else that draws dashboards reads the same object. Settings have Grafana's words because they are documented.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dashboards import colors, thresholds
from dashboards.targets import Target
from dashboards.thresholds import Steps

Json = Mapping[str, Any]
Overrides = Sequence[Json]

_LAST = {"calcs": ["lastNotNull"], "fields": "", "values": False}
_LEGEND = {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
# For many series: a list that scrolls, the highest first, instead of lines that take the panel's place.
_LONG_LEGEND = {
    **_LEGEND,
    "calcs": ["max"],
    "displayMode": "table",
    "placement": "right",
    "sortBy": "Max",
    "sortDesc": True,
}
_TOOLTIP = {"mode": "multi", "sort": "desc"}

_SOFT_MAX = {"s": 0.05, "percentunit": 0.01, "bytes": 2**20}


@dataclass(frozen=True)
class Panel:
    """What is asked (`targets`) and how it is drawn.

    `kind` is Grafana's name for the kind of panel; `options` are the panel's settings, `field` those of its
    fields, `overrides` those of some of them, `transformations` what is done to the rows of a table before.
    `width` and `height` are units of the grid (24 in a row, a unit is about 30 px high).
    """

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
    bars: bool = False,
    most: float | None = None,
    many: bool = False,
    links: Sequence[Json] = (),
    meanings: Sequence[str] = (),
) -> Panel:
    """Lines over time, from zero; `limits` are drawn as dashed lines, and the axis reaches to the highest.

    `bars` for counts with gaps between them, `many` for more series than a legend in lines can name;
    `meanings` are the states among them (colors.py).
    """
    custom = {
        "axisSoftMax": _soft_max(unit, limits),
        "drawStyle": "bars" if bars else "line",
        "lineWidth": 1,
        "fillOpacity": 80 if bars else 40 if stacked else 10,
        "showPoints": "never" if bars else "auto",
        "pointSize": 4,
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "off" if limits is thresholds.PLAIN else "dashed"},
    }
    field = {**_field(unit, limits, links), "min": 0, "color": {"mode": "palette-classic"}, "custom": custom}
    if most is not None:
        field["max"] = most
    options = {"legend": _LONG_LEGEND if many else _LEGEND, "tooltip": _TOOLTIP}
    overrides = colors.of_series(*meanings)
    return Panel("timeseries", title, description, targets, width, height, options, field, overrides)


def budget(title: str, description: str, target: Target, limits: Steps, height: int = 8) -> Panel:
    """What is left of a share, over time: below zero when overdrawn, with the limits as areas.

    A line has the colour of what is above it: right for what must stay below, wrong for what must not fall.
    """
    panel = time_series(
        title, description, target, unit="percentunit", height=height, limits=limits, most=1, many=True
    )
    custom = panel.field["custom"] | {"axisSoftMin": 0, "fillOpacity": 0, "thresholdsStyle": {"mode": "area"}}
    field = {key: value for key, value in panel.field.items() if key != "min"} | {"custom": custom}
    return replace(panel, field=field)


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
    field = {
        **_field(unit, limits, links),
        "color": {"mode": "thresholds"},
        "mappings": [colors.no_traffic()],
    }
    if decimals is not None:
        field["decimals"] = decimals
    return Panel("stat", title, description, (target,), width, height, options, field)


def heatmap(
    title: str, description: str, target: Target, unit: str, width: int = 12, height: int = 8
) -> Panel:
    """A histogram over time. Without exemplars, whose squares would hide it: lines of quantiles show them."""
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
        "exemplars": {"color": colors.NEUTRAL},
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
    meanings: Sequence[str] = (),
) -> Panel:
    """One bar for each series, by its last value, in whole numbers; `meanings` as in time_series."""
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
    field = {**_field(unit, limits), "min": 0, "decimals": 0, "color": color}
    overrides = colors.of_series(*meanings)
    return Panel("bargauge", title, description, targets, width, height, options, field, overrides)


def states(
    title: str,
    description: str,
    target: Target,
    meanings: Mapping[str, str],
    width: int = 12,
    height: int = 8,
) -> Panel:
    """What state each series was in; `meanings` says what a value stands for (colors.py).

    The colours are those of the mapping. With threshold colours Grafana would name the threshold's range
    (`-∞+`) instead of the state, and colour by that.
    """
    options = {
        "alignValue": "left",
        "legend": {**_LEGEND, "showLegend": False},
        "mergeValues": True,
        "rowHeight": 0.8,
        "showValue": "auto",
        "tooltip": {"mode": "single", "sort": "none"},
    }
    field = {
        "unit": "none",
        "color": {"mode": "palette-classic"},
        "custom": {"fillOpacity": 70, "lineWidth": 0},
        "mappings": [colors.of_values(meanings)],
        "thresholds": thresholds.as_json(thresholds.PLAIN),
    }
    return Panel("state-timeline", title, description, (target,), width, height, options, field)


def logs(title: str, description: str, target: Target, width: int = 24, height: int = 9) -> Panel:
    """Log lines, the newest first, one row each however long; an opened line links to its trace."""
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
        "wrapLogMessage": False,
    }
    return Panel("logs", title, description, (target,), width, height, options, {"unit": "none"})


def _soft_max(unit: str, limits: Steps) -> float:
    """Up to where the axis goes at least. Of what is all zero Grafana would draw one up to 100, or 10,000 %.

    Limits come into sight, but those of durations: what takes a millisecond would be a flat line below them.
    """
    highest = limits[-1][0]
    if highest is None or unit == "s":
        return _SOFT_MAX.get(unit, 1)
    return round(highest * 1.1, 6)


def _field(unit: str, limits: Steps, links: Sequence[Json] = ()) -> dict[str, Any]:
    field: dict[str, Any] = {"unit": unit, "thresholds": thresholds.as_json(limits)}
    return {**field, "links": list(links)} if links else field
