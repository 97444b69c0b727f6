"""What a dashboard looks like in Grafana, where a schema cannot tell: each of these was seen to be wrong."""

import re
from collections.abc import Iterator, Mapping

import pytest

from dashboards import colors
from tests.grafana import Json, dashboards, panels

UIDS = sorted(dashboards())
ALL = [(uid, panel) for uid in UIDS for panel in panels(dashboards()[uid])]


def of_kind(*kinds: str) -> list[object]:
    found = [(uid, panel) for uid, panel in ALL if panel["type"] in kinds]
    assert found, f"no panel of {kinds}: this test would prove nothing"
    return [pytest.param(panel, id=f"{uid}: {panel['title']}") for uid, panel in found]


def defaults(panel: Json) -> Json:
    field: Json = panel["fieldConfig"]["defaults"]
    return field


def limits(panel: Json) -> list[float]:
    return [step["value"] for step in defaults(panel)["thresholds"]["steps"] if step["value"] is not None]


@pytest.mark.parametrize("panel", of_kind("state-timeline"))
def test_a_state_timeline_takes_its_colours_from_its_states(panel: Json) -> None:
    """By thresholds it shows a grey `-∞+` for all of them."""
    assert defaults(panel)["color"]["mode"] == "palette-classic"
    assert defaults(panel)["mappings"]


@pytest.mark.parametrize("panel", of_kind("timeseries"))
def test_an_axis_has_an_end_though_all_is_zero(panel: Json) -> None:
    """Else one of percents goes to 10,000 %."""
    field = defaults(panel)
    assert field["custom"]["axisSoftMax"] > 0
    if field["unit"] == "percentunit":
        assert field.get("max", field["custom"]["axisSoftMax"]) <= 1


@pytest.mark.parametrize("panel", of_kind("timeseries"))
def test_every_limit_of_a_share_or_count_is_on_the_axis_and_none_lies_on_zero(panel: Json) -> None:
    field = defaults(panel)
    if not limits(panel) or field["unit"] == "s":
        return
    top = max(field.get("max", 0), field["custom"]["axisSoftMax"])
    assert max(limits(panel)) < top <= 2 * max(limits(panel))
    if field["custom"]["thresholdsStyle"]["mode"] == "dashed":
        assert min(limits(panel)) > 1e-6


@pytest.mark.parametrize("panel", of_kind("timeseries"))
def test_a_line_has_the_colour_of_what_is_above_it(panel: Json) -> None:
    """So a limit that must not be fallen below is an area."""
    falls = defaults(panel)["thresholds"]["steps"][0]["color"] == colors.BAD
    if falls:
        assert defaults(panel)["custom"]["thresholdsStyle"]["mode"] == "area"


@pytest.mark.parametrize("panel", of_kind("stat"))
def test_a_number_of_no_traffic_is_grey(panel: Json) -> None:
    [mapping] = defaults(panel)["mappings"]
    assert mapping["options"]["match"] == "nan"
    assert mapping["options"]["result"]["color"] == colors.NEUTRAL


@pytest.mark.parametrize("panel", of_kind("table"))
def test_a_coloured_cell_of_no_traffic_is_grey(panel: Json) -> None:
    for override in panel["fieldConfig"]["overrides"]:
        properties = {each["id"]: each["value"] for each in override["properties"]}
        if "thresholds" in properties:
            [mapping] = properties["mappings"]
            assert mapping["options"] == {
                "match": "nan",
                "result": {"text": "no traffic", "color": colors.NEUTRAL, "index": 0},
            }


# Labels that say which state, outcome or status a series is of.
STATES = ("status", "outcome", "state", "severity", "detected_level", "http_response_status_code")


def states_in(panel: Json) -> list[str]:
    legends = [target.get("legendFormat", "") for target in panel["targets"]]
    return [legend for legend in legends if re.search(rf"{{{{({'|'.join(STATES)}|event_outcome)}}}}", legend)]


@pytest.mark.parametrize("panel", of_kind("timeseries", "bargauge"))
def test_a_series_of_a_state_has_its_colour(panel: Json) -> None:
    """But where they are told apart by something else first."""
    told_apart = "{{event_type}}"
    if any(told_apart not in legend for legend in states_in(panel)):
        assert panel["fieldConfig"]["overrides"]


def colours_of(panel: Json) -> Iterator[tuple[str, str]]:
    """Every word or pattern with a colour of its own, and that."""
    for override in panel["fieldConfig"]["overrides"]:
        for each in override["properties"]:
            if each["id"] == "color":
                yield override["matcher"]["options"], each["value"]["fixedColor"]
            elif each["id"] == "mappings":
                yield from of_mappings(each["value"])
    yield from of_mappings(defaults(panel).get("mappings", []))


def of_mappings(mappings: list[Json]) -> Iterator[tuple[str, str]]:
    for mapping in mappings:
        if mapping["type"] == "value":
            yield from ((result["text"], result["color"]) for result in mapping["options"].values())


def test_a_word_has_the_same_colour_on_every_panel_and_it_is_that_of_the_map() -> None:
    by_pattern = {f"/{colors.pattern(word)}/": color for word, color in colors.COLORS.items()}
    used = {pair for _, panel in ALL for pair in colours_of(panel)}
    assert len(used) > 30
    assert used <= set(by_pattern.items()) | set(colors.COLORS.items())


# What nobody should have to look up, by hand.
MEANINGS: Mapping[str, set[str]] = {
    "green": {"CONFIRMED", "CAPTURED", "sent", "handled", "2xx", "OK", "up", "closed", "info"},
    "red": {"5xx", "failed", "dead", "open", "down", "timed_out", "error", "INTERNAL", "UNAVAILABLE", "page"},
    "orange": {"CANCELLED", "DECLINED", "REJECTED", "refused"},
    "yellow": {"4xx", "retried", "warn", "half-open", "NOT_FOUND", "ticket"},
    "blue": {"PENDING", "RESERVED", "AUTHORIZED", "3xx"},
}


@pytest.mark.parametrize("color", MEANINGS)
def test_green_is_good_and_red_is_bad(color: str) -> None:
    assert {word for word in MEANINGS[color] if colors.COLORS[word] != color} == set()


def test_no_other_colour_is_used_for_thresholds() -> None:
    steps = [
        step["color"] for _, panel in ALL for step in defaults(panel).get("thresholds", {}).get("steps", [])
    ]
    assert set(steps) == {colors.GOOD, colors.WARNING, colors.BAD, "text"}


# Which row of a table is the first: what is worst, or largest.
FIRST = {
    ("shop-overview", "Objectives"): ("Burn (1 h)", True),
    ("slos", "Objectives"): ("Budget left", False),
    ("dependencies", "Calls between services"): ("Per second", True),
    ("messaging", "Statements by time spent"): ("Time spent", True),
    ("backends", "Metrics with the most series"): ("Series", True),
    ("backends", "Services with the most series"): ("Series", True),
}


def test_a_table_begins_with_the_worst_row() -> None:
    found = {
        (uid, panel["title"]): (order["displayName"], order["desc"])
        for uid, panel in ALL
        for order in panel["options"].get("sortBy", [])
    }
    assert found == FIRST


# In pixels, at 1,600 of the page.
UNIT_OF_WIDTH, OF_THE_EDGES = 64, 32


@pytest.mark.parametrize("panel", of_kind("table"))
def test_all_columns_of_a_table_have_room(panel: Json) -> None:
    least = defaults(panel)["custom"]["minWidth"]
    shown = [
        name
        for step in panel.get("transformations", [])
        if step["id"] == "organize"
        for name in step["options"]["indexByName"]
    ]
    assert len(shown) * max(least, 100) <= panel["gridPos"]["w"] * UNIT_OF_WIDTH - OF_THE_EDGES


def test_no_table_shows_a_value_that_is_always_one() -> None:
    hidden = {
        (uid, panel["title"])
        for uid, panel in ALL
        for step in panel.get("transformations", [])
        if step["id"] == "organize" and "Value" in step["options"]["excludeByName"]
    }
    assert hidden == {("shop-overview", "Alerts"), ("slos", "Profile of the rules")}


@pytest.mark.parametrize("panel", of_kind("stat"))
def test_a_number_is_not_higher_than_it_must_be(panel: Json) -> None:
    assert panel["gridPos"]["h"] == 4


def test_the_dashboard_of_a_service_begins_with_a_row_of_numbers() -> None:
    first = panels(dashboards()["service"])[:6]
    assert {panel["type"] for panel in first} == {"stat"}
    assert sum(panel["gridPos"]["w"] for panel in first) == 24


@pytest.mark.parametrize("panel", of_kind("heatmap"))
def test_no_exemplars_hide_a_heat_map(panel: Json) -> None:
    assert [target["exemplar"] for target in panel["targets"]] == [False]


@pytest.mark.parametrize("panel", of_kind("logs"))
def test_a_long_line_does_not_fill_the_panel(panel: Json) -> None:
    assert panel["options"]["wrapLogMessage"] is False


def test_money_has_a_currency() -> None:
    money = {
        panel["title"]: defaults(panel)["unit"]
        for _, panel in ALL
        if "_cents" in "".join(target.get("expr", "") for target in panel["targets"])
    }
    assert money == dict.fromkeys(["Revenue", "Money per minute", "Value of an order"], "currencyEUR")


def test_the_map_writes_units_as_people_do_and_paints_what_fails() -> None:
    [graph] = [panel for _, panel in ALL if panel["type"] == "nodeGraph"]
    for what in ("edges", "nodes"):
        units = graph["options"][what]
        assert (units["mainStatUnit"], units["secondaryStatUnit"]) == ("req/s", "failed/s")
    assert f'"color", "{colors.BAD_CSS}"' in graph["targets"][0]["expr"]


# Of more series than lines of a legend can name.
MANY = {
    ("slos", "Error budget left"),
    ("slos", "Events and bad events"),
    ("slos", "Burn rate: 1h and 5m"),
    ("slos", "Burn rate: 6h and 30m"),
    ("slos", "Burn rate: 1d and 2h"),
    ("slos", "Burn rate: 3d and 6h"),
    ("service", "Messages handled"),
    ("backends", "Series by service"),
    ("pipeline", "Age of the newest sample"),
}


def test_a_long_legend_stands_beside_its_panel_and_scrolls() -> None:
    beside = {
        (uid, panel["title"])
        for uid, panel in ALL
        if panel["options"].get("legend", {}).get("placement") == "right"
    }
    assert beside == MANY


def test_what_counts_now_and_then_is_drawn_as_bars() -> None:
    bars = {
        panel["title"] for _, panel in ALL if defaults(panel).get("custom", {}).get("drawStyle") == "bars"
    }
    assert bars >= {
        "Warnings and errors in logs",
        "Log lines by severity",
        "Cancelled and refused (per minute)",
    }


def test_the_steps_of_an_order_are_in_the_order_of_the_saga_and_whole() -> None:
    [steps] = [panel for _, panel in ALL if panel["title"] == "Steps reached"]
    assert [target["legendFormat"] for target in steps["targets"]] == [
        "order placed",
        "payment authorized",
        "stock reserved",
        "order confirmed",
        "payment captured",
        "order cancelled",
    ]
    assert defaults(steps)["decimals"] == 0
