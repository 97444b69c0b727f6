"""Panels find their places; ids and refIds are given; files are compared."""

import re
from pathlib import Path

import pytest

from dashboards import build
from dashboards.colors import pattern
from dashboards.layout import Dashboard, Row
from dashboards.panels import Panel, budget, stat, time_series
from dashboards.tables import edges, table, value_names
from dashboards.targets import now, over_time, traces
from dashboards.thresholds import PLAIN, Steps, as_json, bad_above, bad_below


def panel(title: str, width: int = 12, height: int = 8) -> Panel:
    return time_series(
        title, "Look at it.", over_time("up", "a"), over_time("up", "b"), unit="s", width=width, height=height
    )


def laid_out(*rows: Row) -> list[dict[str, object]]:
    panels: list[dict[str, object]] = Dashboard("x", "X", "An example.", rows).as_json()["panels"]
    return panels


def places(*rows: Row) -> dict[object, tuple[int, ...]]:
    return {
        each["title"]: tuple(each["gridPos"][key] for key in "xywh")  # type: ignore[index]
        for each in laid_out(*rows)
    }


def test_panels_stand_side_by_side_as_long_as_they_fit() -> None:
    row = Row("row", [panel("a"), panel("b"), panel("c", 8), panel("d", 16)])
    assert places(row) == {
        "row": (0, 0, 24, 1),
        "a": (0, 1, 12, 8),
        "b": (12, 1, 12, 8),
        "c": (0, 9, 8, 8),
        "d": (8, 9, 16, 8),
    }


def test_what_follows_begins_below_the_tallest() -> None:
    found = places(Row("one", [panel("a", 8, 4), panel("b", 8, 9)]), Row("two", [panel("c")]))
    assert (found["two"], found["c"]) == ((0, 10, 24, 1), (0, 11, 12, 8))


def test_every_panel_has_an_id_and_every_query_a_letter() -> None:
    panels = laid_out(Row("row", [panel("a"), panel("b")]))
    assert [each["id"] for each in panels] == [1, 2, 3]
    assert [target["refId"] for target in panels[1]["targets"]] == ["A", "B"]  # type: ignore[attr-defined]


def test_thresholds_begin_without_a_value_and_rise() -> None:
    steps = as_json(bad_above(0.5, 0.9))["steps"]
    assert [(step["color"], step["value"]) for step in steps] == [
        ("green", None),
        ("yellow", 0.5),
        ("red", 0.9),
    ]
    assert [color for _, color in bad_below(0, 0.25)] == ["red", "yellow", "green"]


def test_limits_are_drawn_only_where_there_are_some() -> None:
    lines = [
        time_series("a", "b", over_time("up", ""), unit="s", limits=limits)
        for limits in (PLAIN, bad_above(1))
    ]
    assert [each.field["custom"]["thresholdsStyle"]["mode"] for each in lines] == ["off", "dashed"]


def test_a_number_has_its_course_behind_it_where_the_query_has_one() -> None:
    numbers = [stat("a", "b", target, unit="s") for target in (over_time("up", ""), now("up"))]
    assert [each.options["graphMode"] for each in numbers] == ["area", "none"]


def test_the_columns_of_a_table_are_called_as_grafana_calls_the_values_of_its_queries() -> None:
    assert value_names({"One": now("up")}) == {"Value": "One"}
    assert value_names({"One": now("up"), "Two": now("up")}) == {"Value #A": "One", "Value #B": "Two"}


def test_a_table_joins_its_queries_and_hides_the_time() -> None:
    columns = {"One": ("s", bad_above(1)), "Two": ("s", PLAIN)}
    rows = table("a", "b", {"One": now("up"), "Two": now("up")}, {"job": "Job"}, columns)
    merge, organize = rows.transformations
    assert merge["id"] == "merge"
    assert organize["options"]["excludeByName"] == {"Time": True}
    assert list(organize["options"]["renameByName"].values()) == ["Job", "One", "Two"]


def test_a_value_without_a_column_only_makes_rows() -> None:
    rows = table("a", "b", {"Value": now("up")}, {"job": "Job"}, {})
    assert rows.transformations[-1]["options"]["excludeByName"] == {"Time": True, "Value": True}


def test_an_axis_reaches_to_the_highest_limit_and_is_small_where_all_is_zero() -> None:
    def soft_max(unit: str, limits: Steps) -> object:
        lines = time_series("a", "b", over_time("up", ""), unit=unit, limits=limits)
        return lines.field["custom"]["axisSoftMax"]

    assert soft_max("percentunit", bad_above(0.0025, 0.005)) == pytest.approx(0.0055)
    assert soft_max("none", bad_above(14.4)) == pytest.approx(15.84)
    assert soft_max("s", bad_above(15, 120)) == 0.05
    assert soft_max("reqps", PLAIN) == 1


def test_a_word_is_found_alone_and_a_class_of_status_in_each_of_its_members() -> None:
    def matches(meaning: str, series: str) -> bool:
        return re.search(pattern(meaning), series) is not None

    assert matches("DECLINED", "DECLINED card_declined") and not matches("DECLINED", "UNDECLINED")
    assert matches("4xx", "404") and matches("4xx", "orders 4xx")
    assert not matches("4xx", "200") and not matches("4xx", "4040")


def test_what_is_left_of_a_budget_may_be_less_than_nothing() -> None:
    panel = budget("a", "b", over_time("up", ""), bad_below(0, 0.5))
    assert "min" not in panel.field
    assert panel.field["custom"]["thresholdsStyle"] == {"mode": "area"}


def test_the_numbers_of_a_graph_are_fields_of_the_names_that_grafana_looks_for() -> None:
    graph = edges("a", "b", {"mainstat": now("up"), "secondarystat": now("up")})
    made = [step["options"] for step in graph.transformations if step["id"] == "calculateField"]
    assert {each["alias"]: each["reduce"]["include"] for each in made} == {
        "mainstat": ["Value #A"],
        "secondarystat": ["Value #B"],
    }
    assert graph.transformations[-1]["options"]["excludeByName"] == {
        "Time": True,
        "Value #A": True,
        "Value #B": True,
    }


def test_a_search_of_traces_asks_only_for_what_is_given() -> None:
    assert set(traces("orders")) == {"datasource", "queryType", "service", "limit"}
    assert traces("orders", tags="error=true")["tags"] == "error=true"


def test_a_stale_file_is_named_and_written_anew(tmp_path: Path) -> None:
    build.write(tmp_path)
    assert build.stale(tmp_path) == []
    (tmp_path / "service.json").write_text("{}")
    (tmp_path / "slos.json").unlink()
    (tmp_path / "of-yesterday.json").write_text("{}")
    assert build.stale(tmp_path) == ["of-yesterday.json", "service.json", "slos.json"]
    build.write(tmp_path)
    assert build.stale(tmp_path) == []


def test_the_command_says_whether_all_is_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["build", "--check"])
    assert build.main() == 0
