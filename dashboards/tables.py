"""Tables and the node graph: panels that are made of rows rather than of series over time."""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboards import colors, thresholds
from dashboards.panels import Json, Panel
from dashboards.targets import Target
from dashboards.thresholds import Steps

Column = tuple[str, Steps]  # unit and limits

# Columns may get narrow: with the width that Grafana gives each at least, the last of five is cut off.
_FIELD: Json = {
    "unit": "none",
    "custom": {"align": "auto", "cellOptions": {"type": "auto"}, "inspect": False, "minWidth": 60},
}


def table(
    title: str,
    description: str,
    values: Mapping[str, Target],
    keys: Mapping[str, str],
    columns: Mapping[str, Column],
    links: Mapping[str, Json] | None = None,
    states: Mapping[str, Sequence[str]] | None = None,
    sort_by: str | None = None,
    ascending: bool = False,
    width: int = 12,
    height: int = 8,
) -> Panel:
    """Queries side by side, a row for each combination of labels.

    `values` gives each query its column's title, `keys` the labels that are shown theirs; `columns` says how
    a column is written (a value that is not among them only makes rows, and is hidden), `links` where a cell
    leads, `states` the words in a column that have a colour.
    """
    names = value_names(values)
    shown = {**keys, **{name: title for name, title in names.items() if title in columns}}
    overrides = [_column(column, style) for column, style in columns.items()]
    overrides += [_override(column, links=[link]) for column, link in (links or {}).items()]
    overrides += [_state(column, meanings) for column, meanings in (states or {}).items()]
    return Panel(
        "table",
        title,
        description,
        tuple(values.values()),
        width,
        height,
        _options(sort_by, ascending),
        _FIELD,
        overrides,
        [_MERGED, _organized(shown, hidden=["Time", *(names.keys() - shown.keys())])],
    )


def found_traces(title: str, description: str, search: Target, width: int = 12, height: int = 9) -> Panel:
    """What a search of Jaeger finds; the trace id links to the trace."""
    return Panel("table", title, description, (search,), width, height, _options(None), _FIELD)


def edges(
    title: str, description: str, values: Mapping[str, Target], width: int = 24, height: int = 14
) -> Panel:
    """A graph of who calls whom.

    The queries have the labels `id`, `source` and `target`; `values` names the fields that Grafana's node
    graph knows (mainstat, secondarystat, detail__…); the first has a label `color`, too. It makes the nodes
    of the edges: a node's numbers are the sums of what comes in. Units are written after numbers as they are.
    """
    units = {"mainStatUnit": "req/s", "secondaryStatUnit": "failed/s"}
    options = {
        "edges": units,
        "nodes": {**units, "arcs": []},
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


def _options(sort_by: str | None, ascending: bool = False) -> dict[str, Any]:
    options: dict[str, Any] = {"cellHeight": "sm", "frameIndex": 0, "showHeader": True}
    return {**options, "sortBy": [{"displayName": sort_by, "desc": not ascending}]} if sort_by else options


_COLORED: Json = {"custom.cellOptions": {"type": "color-text"}}


def _column(name: str, style: Column) -> Json:
    unit, limits = style
    if limits is thresholds.PLAIN:
        return _override(name, unit=unit)
    more = {"thresholds": thresholds.as_json(limits), "mappings": [colors.no_traffic()]}
    return _override(name, unit=unit, **_COLORED, **more)


def _state(name: str, meanings: Sequence[str]) -> Json:
    words = {meaning: meaning for meaning in meanings}
    return _override(name, **_COLORED, mappings=[colors.of_values(words)])


def _override(name: str, **properties: Any) -> Json:
    return {
        "matcher": {"id": "byName", "options": name},
        "properties": [{"id": key, "value": value} for key, value in properties.items()],
    }
