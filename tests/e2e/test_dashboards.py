"""No panel is dead: after traffic, every query of every dashboard returns data from the real backends."""

import time

import pytest

from dashboards.empty_when_healthy import EMPTY_WHEN_HEALTHY
from proof.ledger.runs import Run
from proof.verify.report import Report
from stackctl.system.polling import NotYet, poll_until
from tests.e2e import asking
from tests.e2e.asking import Asked, Moment
from tests.grafana import Json, Query, dashboards, panels, queries

UIDS = sorted(dashboards())
WITHIN = 60.0

# A dashboard's uid; how many panels and queries it has; how many of these returned data.
Figures = tuple[str, int, int, int]


@pytest.fixture(scope="module")
def ended_at(run: Run, report: Report) -> float:
    assert run.ended_at
    return run.ended_at


def moments(ended_at: float) -> list[Moment]:
    """When somebody looks: as the traffic ends, and now (rules are evaluated every 30 s only)."""
    return [Moment(ended_at + 10), Moment(time.time())]


def silent(uid: str, ended_at: float) -> list[Query]:
    """The queries that return nothing, whenever one looks and whatever is chosen."""
    asked = [
        Asked(values, moment)
        for moment in moments(ended_at)
        for values in asking.choices(dashboards()[uid], moment)
    ]
    return [query for query in queries(dashboards()[uid]) if not any(each.answers(query) for each in asked)]


@pytest.mark.parametrize("uid", UIDS)
def test_every_query_returns_data(ended_at: float, uid: str, figures: list[Figures]) -> None:
    def without_excuse() -> bool | NotYet:
        left = [each for each in silent(uid, ended_at) if (uid, each.panel) not in EMPTY_WHEN_HEALTHY]
        return not left or NotYet([str(each) for each in left])

    poll_until(without_excuse, f"data for every query of {uid}", WITHIN, interval=5)
    all_queries = queries(dashboards()[uid])
    filled = len(all_queries) - len(silent(uid, ended_at))
    figures.append((uid, len(panels(dashboards()[uid])), len(all_queries), filled))


@pytest.mark.parametrize("uid", UIDS)
def test_no_panel_is_empty_as_the_dashboard_opens(ended_at: float, uid: str) -> None:
    def filled() -> bool | NotYet:
        opened = [Asked(asking.chosen(dashboards()[uid], each), each) for each in moments(ended_at)]
        full = {
            query.panel for query in queries(dashboards()[uid]) if any(each.answers(query) for each in opened)
        }
        empty = {panel["title"] for panel in panels(dashboards()[uid])} - full
        return not (left := {each for each in empty if (uid, each) not in EMPTY_WHEN_HEALTHY}) or NotYet(left)

    poll_until(filled, f"data in every panel of {uid}", WITHIN, interval=5)


@pytest.mark.parametrize("uid", UIDS)
def test_every_variable_offers_values_and_its_first_is_one_of_them(ended_at: float, uid: str) -> None:
    moment = Moment(ended_at)
    values = asking.chosen(dashboards()[uid], moment)
    for variable in dashboards()[uid]["templating"]["list"]:
        offered = asking.options(variable, values, moment)
        assert offered, variable["name"]
        assert variable["includeAll"] or variable["current"]["value"] in offered


def test_every_service_can_be_chosen_and_tells_of_itself(ended_at: float) -> None:
    moment, dashboard = Moment(ended_at + 10), dashboards()["service"]
    for service in asking.services(moment):
        chosen = Asked(asking.chosen(dashboard, moment, service=service), moment)
        filled = {query.panel for query in queries(dashboard) if chosen.answers(query)}
        expected = {"Processor", "Memory", "Garbage collection", "Log lines"}
        if service == "console":  # at which nobody has looked: it has answered no request, and logged none
            expected.remove("Log lines")
        assert expected <= filled, service


def test_exemplars_of_every_query_that_shows_them_are_there(ended_at: float) -> None:
    moment = Moment(ended_at + 10)
    without = [
        str(query)
        for dashboard in dashboards().values()
        for query in queries(dashboard)
        if query.target.get("exemplar")
        and not any(Asked(values, moment).exemplars(query) for values in asking.choices(dashboard, moment))
    ]
    assert without == []


def test_a_query_of_something_that_does_not_exist_returns_nothing(stack: None) -> None:
    """The proof can fail, for each of the data sources."""
    targets: dict[str, Json] = {
        "prometheus": {"expr": "no_such_metric", "instant": True},
        "loki": {"expr": '{service_name="none"}'},
        "jaeger": {"service": "none", "limit": 1},
    }
    asked = Asked({}, Moment(time.time()))
    for uid, target in targets.items():
        query = Query("none", "none", {**target, "refId": "A", "datasource": {"uid": uid}})
        assert not asked.answers(query)


def test_what_is_excused_from_having_data_is_there() -> None:
    known = {(uid, panel["title"]) for uid in UIDS for panel in panels(dashboards()[uid])}
    assert set(EMPTY_WHEN_HEALTHY) <= known
