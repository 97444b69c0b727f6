"""Drills are data: each is well-formed, breaks something that there is, and proves an alert that there is."""

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from alerts.logs import ALERTS as LOG_ALERTS
from alerts.slos import SLOS
from alerts.symptoms import SYMPTOMS
from chassis.faults import Fault
from stackctl.drills.catalogue import FOLDER, catalogue
from stackctl.drills.fault_types import KINDS
from stackctl.paths import ROOT
from stackctl.ports import SERVICES

SCHEMA = json.loads((Path(__file__).parent / "drill.schema.json").read_text(encoding="utf-8"))
DRILLS = list(catalogue().values())

# Switched by other means than drills: what a new version of products is judged by (docs/delivery.md).
NOT_DRILLED = {"products-slow"}

# Of the command line, not of a service: a drill stops it, and nobody else.
OTHER_COMPONENTS = {"mail", "otel-collector", "prometheus", "loki", "jaeger", "alertmanager"}


def alert_names() -> set[str]:
    symptoms = {alert.name for alerts in SYMPTOMS.values() for alert in alerts}
    kinds = {"availability": "AvailabilityBudgetBurn", "latency": "LatencyBudgetBurn"}
    budgets = {kinds.get(slo.name, "OrderJourneyBudgetBurn") for slo in SLOS}
    return symptoms | budgets | {alert.name for alert in LOG_ALERTS}


def faults() -> Mapping[str, Fault]:
    """Every fault of every service, by the name of its flag."""
    paths = [path for path in (ROOT / "apps").glob("*/faults.py") if path.parent.name in SERVICES]
    modules = [importlib.import_module(f"apps.{path.parent.name}.faults") for path in paths]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Fault)]
    assert len({fault.name for fault in found}) == len(found), "two faults share a name"
    return {fault.name: fault for fault in found}


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.stem)
def test_each_drill_is_as_its_schema_says(path: Path) -> None:
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(SCHEMA).iter_errors(document)] == []
    assert path.suffix == ".yml"


def test_the_schema_knows_every_kind_of_fault_and_no_other() -> None:
    kinds = {each["properties"]["kind"]["const"] for each in SCHEMA["properties"]["fault"]["oneOf"]}
    assert kinds == set(KINDS)


def test_every_flag_that_a_drill_switches_is_a_fault_of_a_service_with_these_knobs() -> None:
    known = faults()
    wrong = {
        drill.name: drill.fault
        for drill in DRILLS
        if drill.kind == "flag"
        and not set(drill.fault.get("value", {})) <= set(known[drill.fault["flag"]].knobs)
    }
    assert wrong == {}


def test_every_fault_of_a_service_has_a_drill() -> None:
    drilled = {drill.fault["flag"] for drill in DRILLS if drill.kind == "flag"}
    assert set(faults()) - drilled == NOT_DRILLED


def test_every_component_that_a_drill_kills_is_one_of_ours() -> None:
    killed = {drill.fault["component"] for drill in DRILLS if drill.kind == "kill"}
    assert killed <= {*SERVICES, *OTHER_COMPONENTS}


def test_the_alerts_are_those_of_the_drills() -> None:
    drilled = {expected.name for drill in DRILLS for expected in drill.alerts}
    assert drilled == alert_names()


def test_every_alert_has_a_runbook_and_there_are_no_others() -> None:
    assert {path.stem for path in (ROOT / "docs" / "runbooks").glob("*.md")} == alert_names()


def test_every_alert_of_a_drill_has_its_runbook_and_every_drill_its_dashboard() -> None:
    lacking = [drill.runbook for drill in DRILLS if not (ROOT / drill.runbook).is_file()]
    dashboards = {path.stem for path in (ROOT / "dashboards" / "json").glob("*.json")}
    assert lacking == []
    assert {drill.dashboard.partition("?")[0] for drill in DRILLS} <= dashboards


def test_at_least_ten_drills_run_in_ci() -> None:
    assert sum(drill.in_ci for drill in DRILLS) >= 10


def test_every_drill_has_its_row_in_the_documentation() -> None:
    text = (ROOT / "docs" / "drills.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line.count("✓") for line in text.splitlines() if line.startswith("| `")}
    assert rows == {drill.name: int(drill.in_ci) for drill in DRILLS}
