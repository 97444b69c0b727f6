"""The check of a running Grafana, on answers as its HTTP API documents them."""

import importlib.util
from typing import Any

import pytest

from stackctl.paths import ROOT

_SPEC = importlib.util.spec_from_file_location("check_grafana", ROOT / ".github" / "check_grafana.py")
assert _SPEC and _SPEC.loader
check_grafana = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(check_grafana)

SOURCES = {"prometheus", "alertmanager"}
ANSWERS: dict[str, Any] = {
    "/api/health": {"database": "ok"},
    "/api/datasources": [{"uid": "prometheus"}, {"uid": "alertmanager"}],
    "/api/datasources/uid/prometheus/health": {"status": "OK"},
    "/api/datasources/proxy/uid/alertmanager/api/v2/status": {"versionInfo": {}},
    "/api/search?type=dash-db&limit=5000": [{"uid": "service"}],
    "/api/prometheus/prometheus/api/v1/rules": {"data": {"groups": [{"rules": [{"name": "TargetDown"}]}]}},
}


def problems(changes: dict[str, Any]) -> list[str]:
    answers = ANSWERS | changes
    return list(
        check_grafana.problems(answers.__getitem__, {"service"}, SOURCES, {"prometheus": {"TargetDown"}})
    )


def test_a_grafana_that_has_all_has_no_problem() -> None:
    assert problems({}) == []


@pytest.mark.parametrize(
    ("path", "answer", "problem"),
    [
        ("/api/health", {"database": "failing"}, "Grafana's database is not ok"),
        ("/api/datasources", [{"uid": "prometheus"}], "data source alertmanager is not there"),
        (
            "/api/datasources/uid/prometheus/health",
            {"status": "ERROR", "message": "connection refused"},
            "data source prometheus: connection refused",
        ),
        (
            "/api/datasources/proxy/uid/alertmanager/api/v2/status",
            {"message": "502"},
            "data source alertmanager: no answer through the proxy",
        ),
        ("/api/search?type=dash-db&limit=5000", [], "dashboard service is not there"),
        (
            "/api/prometheus/prometheus/api/v1/rules",
            {"data": {"groups": []}},
            "prometheus's alert rule TargetDown is not there",
        ),
    ],
)
def test_what_is_wrong_is_named(path: str, answer: Any, problem: str) -> None:
    assert problems({path: answer}) == [problem]


def test_it_expects_what_the_repository_provisions() -> None:
    assert check_grafana.named("uid", "grafana/provisioning/datasources/*.y*ml") == {
        *("prometheus", "loki", "jaeger", "alertmanager")
    }
    assert {"TargetDown", "Watchdog"} <= check_grafana.named("alert", "prometheus/rules/production/*.yml")
    assert check_grafana.named("alert", "loki/rules/production/*/*.y*ml")
    assert "shop-overview" in check_grafana.dashboards()
