"""Every query of the dashboards returns what it should, to the number, for series that are known."""

from math import isnan
from pathlib import Path
from typing import Any, Final

import pytest

from alerts.profiles import PRODUCTION
from tests.grafana import all_queries, dashboards, interpolated, panels
from tests.rules.golden import (
    backends,
    business,
    databases,
    dependencies,
    messaging,
    objectives,
    pipeline,
    requests,
    runtime,
)
from tests.rules.golden.shown import SHOWN
from tests.rules.golden.worlds import ASKED_AT_S, SCRAPED_EVERY_S, VARIABLES, Golden, Result, Topic
from tests.rules.promtool import promtool_says

TOPICS: Final = (
    requests.TOPIC,
    runtime.TOPIC,
    business.TOPIC,
    messaging.TOPIC,
    databases.TOPIC,
    dependencies.TOPIC,
    objectives.TOPIC,
    pipeline.TOPIC,
    backends.TOPIC,
    backends.CARDINALITY,
    backends.QUIET,
)
NO_NUMBER: Final = -1e9
BY_TOPIC: Final = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)


def asked(query: Golden, topic: Topic, result: Result) -> dict[str, Any]:
    expr = interpolated(query.expr, {**VARIABLES, **topic.world.chosen, **query.chosen})
    return {
        "expr": expr if "by (__name__)" in expr else comparable(expr),
        "eval_time": f"{ASKED_AT_S}s",
        "exp_samples": [
            {"labels": labels, "value": NO_NUMBER if isnan(value) else value}
            for labels, value in result.items()
        ],
    }


def comparable(expr: str) -> str:
    """To six digits, and with a number for NaN, which promtool takes for unequal to itself.

    Names are lost, so where they are what is asked for, it is not for that query.
    """
    rounded = f"round({expr}, 1e-6)"
    return f"{rounded} == {rounded} or {NO_NUMBER} * ({rounded} != bool {rounded})"


def complaint_about(series: list[dict[str, str]], questions: list[dict[str, Any]], folder: Path) -> str:
    story = {
        "interval": f"{SCRAPED_EVERY_S}s",
        "input_series": series,
        "promql_expr_test": questions,
    }
    return promtool_says([story], PRODUCTION, [], SCRAPED_EVERY_S, folder)


@BY_TOPIC
def test_it_is_right_when_all_is_busy(topic: Topic, tmp_path: Path) -> None:
    questions = [asked(query, topic, query.busy) for query in topic.queries]
    complaint = complaint_about(topic.world.busy(), questions, tmp_path)
    assert not complaint, complaint


@BY_TOPIC
def test_a_restart_changes_nothing(topic: Topic, tmp_path: Path) -> None:
    questions = [asked(query, topic, query.busy) for query in topic.queries]
    complaint = complaint_about(topic.world.restarted(), questions, tmp_path)
    assert not complaint, complaint


@BY_TOPIC
def test_it_is_right_when_nobody_does_anything(topic: Topic, tmp_path: Path) -> None:
    questions = [
        asked(query, topic, query.busy if query.idle is None else query.idle) for query in topic.queries
    ]
    complaint = complaint_about(topic.world.idle(), questions, tmp_path)
    assert not complaint, complaint


@BY_TOPIC
def test_it_is_right_before_there_is_anything(topic: Topic, tmp_path: Path) -> None:
    questions = [asked(query, topic, query.empty) for query in topic.queries]
    complaint = complaint_about([], questions, tmp_path)
    assert not complaint, complaint


def test_every_query_of_every_dashboard_is_golden() -> None:
    known = {query.expr for topic in TOPICS for query in topic.queries}
    of_prometheus = [query for query in all_queries() if query.target["datasource"]["type"] == "prometheus"]
    assert len(of_prometheus) > 150
    assert [str(query) for query in of_prometheus if query.target["expr"] not in known] == []


@pytest.mark.parametrize("uid", SHOWN)
def test_every_panel_shows_what_its_title_says(uid: str) -> None:
    found = {
        panel["title"]: {
            target.get("legendFormat", target["refId"]): target["expr"]
            for target in panel["targets"]
            if target["datasource"]["type"] == "prometheus"
        }
        for panel in panels(dashboards()[uid])
    }
    assert {title: queries for title, queries in found.items() if queries} == SHOWN[uid]


def test_what_every_dashboard_shows_is_written_down() -> None:
    assert set(SHOWN) == set(dashboards())


def test_what_is_not_as_written_is_found(tmp_path: Path) -> None:
    """The proof can fail: by a value, by a label, by a series too many or too few."""
    series = [{"series": 'a{x="1"}', "values": "0+5x300"}]
    right = {"expr": "rate(a[20s])", "eval_time": "1002s"}
    results: list[dict[str, float]] = [{'{x="1"}': 1.01}, {'{x="2"}': 1}, {}, {'{x="1"}': 1, '{x="2"}': 1}]
    for result in results:
        samples = [{"labels": labels, "value": value} for labels, value in result.items()]
        assert complaint_about(series, [{**right, "exp_samples": samples}], tmp_path)
    fits = [{"labels": '{x="1"}', "value": 1}]
    assert not complaint_about(series, [{**right, "exp_samples": fits}], tmp_path)
