"""Tables and the node graph: panels that are made of rows rather than of series over time."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards import thresholds
from dashboards.panels import Json, Panel
from dashboards.targets import Target
from dashboards.thresholds import Steps

Column = tuple[str, Steps]  # unit and limits


def table(
    title: str,
    description: str,
    values: Mapping[str, Target],
    keys: Mapping[str, str],
    columns: Mapping[str, Column],
    links: Mapping[str, Json] | None = None,
    sort_by: str | None = None,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Queries side by side, a row for each combination of labels.

    `values` gives each query its column's title, `keys` the labels that are shown theirs; `columns` says how
    a column is written, `links` where a cell leads.
    """
    names = value_names(values)
    shown = {**keys, **names}
    overrides = [_column(column, style) for column, style in columns.items()]
    overrides += [_override(column, links=[link]) for column, link in (links or {}).items()]
    return Panel(
        "table",
        title,
        description,
        tuple(values.values()),
        width,
        height,
        _options(sort_by),
        {"unit": "none", "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}},
        overrides,
        [_MERGED, _organized(shown, hidden=["Time"])],
    )


def found_traces(title: str, description: str, search: Target, width: int = 12, height: int = 9) -> Panel:
    """What a search of Jaeger finds; the trace id links to the trace."""
    field = {"unit": "none", "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False}}
    return Panel("table", title, description, (search,), width, height, _options(None), field)


def edges(
    title: str, description: str, values: Mapping[str, Target], width: int = 24, height: int = 14
) -> Panel:
    """A graph of who calls whom.

    The queries have the labels `id`, `source` and `target`; `values` names the fields that Grafana's node
    graph knows (mainstat, secondarystat, detail__…). It makes the nodes of the edges: a node's numbers are
    the sums of what comes in.
    """
    options = {
        "edges": {"mainStatUnit": "reqps", "secondaryStatUnit": "reqps"},
        "nodes": {"mainStatUnit": "reqps", "secondaryStatUnit": "reqps", "arcs": []},
        "layoutAlgorithm": "layered",
        "zoomMode": "cooperative",
    }
    queries = tuple(values.values())
    steps = [_MERGED, *(_copied(*names) for names in value_names(values).items())]
    steps.append(_organized({}, hidden=["Time", *value_names(values)]))
    return Panel(
        "nodeGraph", title, description, queries, width, height, options, {"unit": "reqps"}, (), steps
    )


def value_names(values: Mapping[str, Target]) -> dict[str, str]:
    """What Grafana calls the value of each query (refIds are A, B, …), and its title."""
    if len(values) == 1:
        return {"Value": next(iter(values))}
    return {f"Value #{ref_id(position)}": title for position, title in enumerate(values)}


def ref_id(position: int) -> str:
    return chr(ord("A") + position)


_MERGED: Json = {"id": "merge", "options": {}}


def _copied(name: str, to: str) -> Json:
    """A field of that very name: renaming gives it a title only, which the node graph does not look at."""
    options = {
        "mode": "reduceRow",
        "reduce": {"reducer": "sum", "include": [name]},
        "alias": to,
        "replaceFields": False,
        "timeSeries": False,
    }
    return {"id": "calculateField", "options": options}


def _organized(shown: Mapping[str, str], hidden: Sequence[str]) -> Json:
    return {
        "id": "organize",
        "options": {
            "excludeByName": dict.fromkeys(hidden, True),
            "indexByName": {name: index for index, name in enumerate(shown)},
            "renameByName": dict(shown),
        },
    }


def _options(sort_by: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {"cellHeight": "sm", "frameIndex": 0, "showHeader": True}
    return {**options, "sortBy": [{"displayName": sort_by, "desc": True}]} if sort_by else options


def _column(name: str, style: Column) -> Json:
    unit, limits = style
    if limits is thresholds.PLAIN:
        return _override(name, unit=unit)
    colored = {"type": "color-text"}
    more = {"custom.cellOptions": colored, "thresholds": thresholds.as_json(limits)}
    return _override(name, unit=unit, **more)


def _override(name: str, **properties: Any) -> Json:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }
