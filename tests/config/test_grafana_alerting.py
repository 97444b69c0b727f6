"""Grafana's alerting files: closed schemas, and what stops Grafana at its start or is passed over in
silence."""

import copy
import re
from typing import Any

import pytest
import yaml

from alerts.build import GRAFANA, ROOT
from stackctl import ports
from stackctl.run import backends
from tests.config.closed_schemas import defects, written_here
from tests.config.test_grafana_provisioning import PROVIDERS, SOURCES
from tests.rules import promises


def document(name: str) -> Any:
    return yaml.safe_load((ROOT / GRAFANA / f"{name}.yml").read_text(encoding="utf-8"))


GROUPS: list[dict[str, Any]] = document("rules")["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
TITLES = [rule["title"] for rule in RULES]
BY_RULE = pytest.mark.parametrize("rule", RULES, ids=TITLES)


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("rules", "alert_rules_file"),
        ("contact_points", "contact_points_file"),
        ("policies", "policies_file"),
    ],
)
def test_a_file_fits_its_schema(name: str, schema: str) -> None:
    assert defects(document(name), written_here(schema)) == []


@pytest.mark.parametrize("missing", ["uid", "title", "condition", "data", "for"])
def test_a_rule_without_what_grafana_needs_is_found(missing: str) -> None:
    broken = copy.deepcopy(document("rules"))
    del broken["groups"][0]["rules"][0][missing]
    assert defects(broken, written_here("alert_rules_file"))


def test_a_query_without_a_time_range_or_with_an_unknown_key_is_found() -> None:
    for change in ({"relativeTimeRange": None}, {"datasourceUID": "prometheus"}):
        broken = copy.deepcopy(document("rules"))
        broken["groups"][0]["rules"][0]["data"][0].update(change)
        assert defects(broken, written_here("alert_rules_file"))


def test_uids_and_titles_are_unique() -> None:
    assert len({rule["uid"] for rule in RULES}) == len(set(TITLES)) == len(RULES)


@BY_RULE
def test_its_condition_and_its_expressions_name_queries_that_are_there(rule: dict[str, Any]) -> None:
    refs = [query["refId"] for query in rule["data"]]
    used = {
        name
        for query in rule["data"]
        for name in re.findall(r"\$(\w+)", query["model"].get("expression", ""))
    }
    assert len(refs) == len(set(refs))
    assert {rule["condition"], *used} <= set(refs)
    assert all(query["model"]["refId"] == query["refId"] for query in rule["data"])


@BY_RULE
def test_its_queries_ask_data_sources_that_are_there_and_can_alert(rule: dict[str, Any]) -> None:
    can_alert = {uid for uid, source in SOURCES.items() if source["type"] in ("prometheus", "loki")}
    assert {query["datasourceUid"] for query in rule["data"]} <= can_alert | {"__expr__"}


def test_groups_are_evaluated_every_multiple_of_ten_seconds() -> None:
    assert all(int(group["interval"].removesuffix("s")) % 10 == 0 for group in GROUPS)


def test_the_policy_leads_to_a_contact_point_that_is_there() -> None:
    there = {point["name"] for point in document("contact_points")["contactPoints"]}
    assert {policy["receiver"] for policy in document("policies")["policies"]} <= there


def test_the_webhook_is_that_of_notifications() -> None:
    [point] = document("contact_points")["contactPoints"]
    url = f"http://${{NOTIFICATIONS_HOST}}:{ports.SERVICES['notifications']}/alerts"
    assert [receiver["settings"]["url"] for receiver in point["receivers"]] == [url]
    assert "NOTIFICATIONS_HOST" in backends.environment()


@BY_RULE
def test_it_stands_still_while_alertmanager_tells_of_the_same_alert(rule: dict[str, Any]) -> None:
    assert rule["isPaused"] is True


@BY_RULE
def test_a_dollar_in_a_label_or_title_is_doubled(rule: dict[str, Any]) -> None:
    expanded = [rule["title"], *rule["labels"].values()]
    assert [text for text in expanded if "$" in text.replace("$$", "")] == []


@BY_RULE
def test_an_annotation_uses_the_value_as_grafana_calls_it(rule: dict[str, Any]) -> None:
    """And not at all without data: a function of no value is an error in Grafana's log, every few seconds."""
    description = rule["annotations"]["description"]
    assert re.search(r"\{\{ with \$values\.A \}\}\{\{ \.Value( \| [^{}]+)? \}\}\{\{ end \}\}", description)
    assert "$value " not in str(rule["annotations"]) and "$$" not in str(rule["annotations"])
    assert description.count("$values") == description.count("{{ with $values.A }}")


def test_rules_are_in_a_folder_of_their_own() -> None:
    """Grafana makes it under a uid of its own; the dashboards' folder must have the uid that is given."""
    folders = {provider["folder"] for provider in PROVIDERS["providers"]}
    assert {group["folder"] for group in GROUPS}.isdisjoint(folders)


# What Grafana is to evaluate as well, and of the budgets the fast burn alone.
ALSO_GRAFANAS = {
    "AvailabilityBudgetBurn": promises.of_budget("availability", promises.BURNS[0]),
    **{
        name: {**promises.SYMPTOMS, **promises.LOGS}[name]
        for name in (
            "PaymentsDeclined",
            "SagaStuck",
            "DatabaseSlow",
            "DeadLetters",
            "TargetDown",
            "ErrorBurst",
        )
    },
}


def test_grafana_promises_what_prometheus_and_loki_do() -> None:
    expected = {name: (promise.severity, promise.waits[0] or "0s") for name, promise in ALSO_GRAFANAS.items()}
    assert {rule["title"]: (rule["labels"]["severity"], rule["for"]) for rule in RULES} == expected
