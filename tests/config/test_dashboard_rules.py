"""What makes a dashboard work beyond its schema: names that exist, rates of counters, links that lead on."""

import re
from collections import Counter
from itertools import combinations
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml

from alerts.alert import Alert
from alerts.build import PROMETHEUS_RULES
from alerts.profiles import PRODUCTION
from alerts.symptoms import SYMPTOMS
from dashboards import build
from dashboards.limits import FIRES_ABOVE
from stackctl.paths import ROOT
from tests.config.promql_names import readings
from tests.grafana import (
    Json,
    Query,
    all_queries,
    dashboards,
    interpolated,
    panels,
    queries,
    texts,
    variables_in,
)

UIDS = sorted(dashboards())
PANELS = [
    pytest.param(panel, id=f"{uid}-{panel['id']}") for uid in UIDS for panel in panels(dashboards()[uid])
]
PROMQL = [query for query in all_queries() if query.target["datasource"]["type"] == "prometheus"]

# What Grafana puts in by itself.
BUILT_IN = {"__rate_interval", "__range", "__interval", "__auto"}
# In links, of what was clicked on.
IN_LINKS = {"__url_time_range", "__field", "__value"}
# Values with which an expression can be parsed.
SAMPLES = {"__rate_interval": "20s", "__range": "900s"}
WINDOWS = (20, 900)

WINDOWED = {"rate", "increase"}
# Those that are named as if they were counters.
GAUGES = {"db_client_connection_count"}
ALERTS = {alert.name: alert for topic in SYMPTOMS.values() for alert in topic}
RECORDED = {
    rule["record"]
    for path in (ROOT / PROMETHEUS_RULES[PRODUCTION]).glob("*.yml")
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
    if "record" in rule
}
UPSTREAM = {
    line
    for line in (Path(__file__).parent / "upstream_metrics.txt").read_text().splitlines()
    if line and not line.startswith("#")
}


def test_the_committed_files_are_what_the_code_makes() -> None:
    assert build.stale() == [], "run: python -m dashboards.build"


def test_the_dashboards_are_those_that_alerts_and_runbooks_link_to() -> None:
    assert set(UIDS) == {
        "shop-overview",
        "service",
        "business",
        "messaging",
        "slos",
        "dependencies",
        "pipeline",
        "backends",
    }


def test_no_uid_and_no_title_stands_twice() -> None:
    """Grafana would keep one of them, and say nothing."""
    assert len(list(build.FOLDER.glob("*.json"))) == len(UIDS)
    titles = Counter(dashboard["title"] for dashboard in dashboards().values())
    assert [title for title, uses in titles.items() if uses > 1] == []


@pytest.mark.parametrize("uid", UIDS)
def test_no_panel_covers_another_or_leaves_the_grid(uid: str) -> None:
    places = [panel["gridPos"] for panel in dashboards()[uid]["panels"]]
    assert [place for place in places if place["x"] + place["w"] > 24] == []
    assert [pair for pair in combinations(places, 2) if overlap(*pair)] == []


def overlap(one: Json, other: Json) -> bool:
    return bool(
        one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    )


@pytest.mark.parametrize("uid", UIDS)
def test_panels_are_told_apart_by_title_and_id(uid: str) -> None:
    titles = Counter(panel["title"] for panel in dashboards()[uid]["panels"])
    ids = Counter(panel["id"] for panel in dashboards()[uid]["panels"])
    assert [each for each, uses in (titles + ids).items() if uses > 1] == []


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_says_what_it_is_and_in_which_unit(panel: Json) -> None:
    assert panel["title"]
    assert re.fullmatch(r"[\w./].{15,}[.]", panel["description"]), "a sentence that says what to look for"
    assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_asks_one_data_source_by_its_uid(panel: Json) -> None:
    assert panel["targets"]
    assert {target["datasource"]["uid"] for target in panel["targets"]} == {panel["datasource"]["uid"]}
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize("uid", UIDS)
def test_variables_are_read_again_when_the_time_changes_and_all_are_used(uid: str) -> None:
    dashboard = dashboards()[uid]
    variables = dashboard["templating"]["list"]
    used = {
        name for query in queries(dashboard) for text in texts(query.target) for name in variables_in(text)
    }
    used |= {name for each in variables for name in variables_in(each["query"]["query"])}
    assert {each["refresh"] for each in variables} <= {2}
    assert used - BUILT_IN == {each["name"] for each in variables}


@pytest.mark.parametrize("query", all_queries(), ids=str)
def test_a_dollar_in_a_query_is_a_variable(query: Query) -> None:
    """`$1` is label_replace's. `${DS_…}` is of exported dashboards, and nothing when they are provisioned."""
    for text in texts({key: value for key, value in query.target.items() if key != "legendFormat"}):
        assert "$$" not in text and "${" not in text and "[[" not in text
        assert text.count("$") == len(re.findall(r"\$(?:1\b|[a-z_]\w*)", text))


@pytest.mark.parametrize("uid", UIDS)
def test_a_link_leads_to_a_dashboard_that_is_there_at_the_same_time(uid: str) -> None:
    dashboard = dashboards()[uid]
    tags = {tag for link in dashboard["links"] for tag in link["tags"]}
    assert all(tags & set(other["tags"]) for other in dashboards().values())
    assert all(link["keepTime"] and link["includeVars"] for link in dashboard["links"])
    for url in {text for panel in panels(dashboard) for text in texts(panel) if text.startswith("/d/")}:
        address = urlsplit(url)
        there = dashboards()[address.path.removeprefix("/d/")]
        chosen = {
            name.removeprefix("var-") for name, _ in parse_qsl(address.query) if name.startswith("var-")
        }
        assert chosen <= {variable["name"] for variable in there["templating"]["list"]}
        assert "${__url_time_range}" in url
        assert variables_in(url.replace(".", "}")) <= IN_LINKS


@pytest.mark.parametrize("query", PROMQL, ids=str)
def test_counters_are_read_as_rates_over_an_interval_that_fits_the_screen(query: Query) -> None:
    read = list(readings(interpolated(query.target["expr"], SAMPLES)))
    assert read
    assert {each.window_s for each in read} <= {0, *WINDOWS}
    assert [each for each in read if is_counter(each.metric) != (each.function in WINDOWED)] == []


@pytest.mark.parametrize("query", PROMQL, ids=str)
def test_a_metric_is_one_of_ours_or_known_upstream(query: Query) -> None:
    names = {each.metric for each in readings(interpolated(query.target["expr"], SAMPLES))} - {""}
    known = UPSTREAM | RECORDED
    assert {name for name in names if name not in known and not {name, base_name(name)} & OURS} == set()


@pytest.mark.parametrize("name", FIRES_ABOVE)
def test_a_limit_is_that_of_its_alert(name: str) -> None:
    compared = re.findall(r"(?<![<>=])>=? ([\d.]+)", PRODUCTION.expand(ALERTS[name].expr))
    assert FIRES_ABOVE[name] in [float(number) for number in compared]


@pytest.mark.parametrize("alert", ALERTS.values(), ids=ALERTS)
def test_an_alert_leads_to_a_dashboard_that_is_there(alert: Alert) -> None:
    address = urlsplit(alert.dashboard)
    chosen = {name[4:] for name, _ in parse_qsl(address.query) if name.startswith("var-")}
    assert chosen <= {each["name"] for each in dashboards()[address.path]["templating"]["list"]}


def test_no_upstream_metric_is_listed_that_nobody_reads() -> None:
    rules = "".join(path.read_text() for path in (ROOT / "prometheus").rglob("*.yml"))
    asked = "".join(query.target["expr"] for query in PROMQL) + rules
    assert [name for name in sorted(UPSTREAM) if not re.search(rf"\b{name}\b", asked)] == []


def test_the_rules_can_fail() -> None:
    bare, wrong = (list(readings(expr)) for expr in ("sum(shop_orders_total)", "rate(up[5m])"))
    assert [(each.metric, each.function) for each in bare + wrong] == [
        ("shop_orders_total", ""),
        ("up", "rate"),
    ]
    assert base_name("shop_orders_totl") not in OURS
    assert overlap({"x": 0, "y": 0, "w": 12, "h": 8}, {"x": 11, "y": 7, "w": 12, "h": 8})
    with pytest.raises(ValueError):
        list(readings("sum(up"))


def is_counter(sample: str) -> bool:
    return base_name(sample) != sample and sample not in GAUGES


def base_name(sample: str) -> str:
    """Of the instrument, as the code names it."""
    return re.sub(r"_(total|count|sum|bucket)$", "", sample)


def names_in_code() -> set[str]:
    """Every text in our code that could be a metric's name."""
    code = (
        path
        for folder in ("glasshouse_telemetry", "chassis", "apps")
        for path in (ROOT / folder).rglob("*.py")
    )
    return {
        name for path in code for name in re.findall(r'"([a-z]+_[a-z_]+)"', path.read_text(encoding="utf-8"))
    }


OURS = names_in_code()
