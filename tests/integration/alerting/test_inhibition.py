"""A real Alertmanager with our file: a cause silences its consequences, and nothing else."""

import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from alerts.alertmanager import placed
from alerts.build import ALERTMANAGER, ROOT
from alerts.profiles import DEMO
from stackctl.fetch import ensure
from stackctl.run.alert_profiles import PLACES
from stackctl.system.polling import NotYet, poll_until

Labels = dict[str, str]

ORDERS = {"service_name": "orders"}
AVAILABILITY = {**ORDERS, "alertname": "AvailabilityBudgetBurn", "slo": "availability"}


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Its receivers are not there: whom it would tell is not the question."""
    config = tmp_path / "alertmanager.yml"
    text = (ROOT / ALERTMANAGER[DEMO]).read_text(encoding="utf-8")
    config.write_text(placed(text, PLACES), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        address = f"127.0.0.1:{unused.getsockname()[1]}"
    program = ensure(["alertmanager"])["alertmanager"].path
    arguments = (f"--config.file={config}", f"--storage.path={tmp_path}", f"--web.listen-address={address}")
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [program, *arguments, "--cluster.listen-address="], stdout=log, stderr=subprocess.STDOUT
        )
        try:
            poll_until(lambda: is_ready(f"http://{address}"), "Alertmanager to be ready", 30)
            yield f"http://{address}"
        finally:
            process.terminate()
            process.wait(timeout=20)


def is_ready(url: str) -> bool | NotYet:
    try:
        return requests.get(f"{url}/-/ready", timeout=2).ok
    except requests.ConnectionError as error:
        return NotYet(error)


def assert_states(url: str, expected: dict[str, str], *alerts: Labels) -> None:
    """Of each alert by its name: active or suppressed. It may be asked before it has looked at them all."""
    body = [{"labels": labels} for labels in alerts]
    requests.post(f"{url}/api/v2/alerts", json=body, timeout=5).raise_for_status()

    def as_expected() -> bool | NotYet:
        answer = requests.get(f"{url}/api/v2/alerts", timeout=5).json()
        found = {
            f"{each['labels']['alertname']} {each['labels'].get('severity', '')}".strip(): each["status"][
                "state"
            ]
            for each in answer
        }
        return found == expected or NotYet(found)

    poll_until(as_expected, f"{expected} in Alertmanager", 20)


def test_a_dead_backend_silences_its_queue_and_not_that_of_another(url: str) -> None:
    assert_states(
        url,
        {"BackendDown": "active", "ExporterQueueFilling": "suppressed", "TelemetryRefused": "active"},
        {"alertname": "BackendDown", "backend": "loki"},
        {"alertname": "ExporterQueueFilling", "backend": "loki"},
        {"alertname": "TelemetryRefused", "backend": "jaeger"},
    )


def test_a_dead_service_silences_the_circuit_to_it_and_its_own_objectives(url: str) -> None:
    assert_states(
        url,
        {
            "TargetDown": "active",
            "CircuitOpen": "suppressed",
            "ConsumerLagging": "suppressed",
            "OrderJourneyBudgetBurn": "active",
        },
        {"alertname": "TargetDown", "service_name": "inventory", "peer": "inventory"},
        {"alertname": "CircuitOpen", "service_name": "gateway", "peer": "inventory"},
        {"alertname": "ConsumerLagging", "service_name": "inventory"},
        {"alertname": "OrderJourneyBudgetBurn", "service_name": "orders", "slo": "order-journey"},
    )


def test_a_page_silences_the_ticket_of_the_same_objective_alone(url: str) -> None:
    assert_states(
        url,
        {
            "AvailabilityBudgetBurn page": "active",
            "AvailabilityBudgetBurn ticket": "suppressed",
            "LatencyBudgetBurn ticket": "active",
            "DatabaseSlow ticket": "active",
        },
        {**AVAILABILITY, "severity": "page"},
        {**AVAILABILITY, "severity": "ticket"},
        {**ORDERS, "alertname": "LatencyBudgetBurn", "slo": "latency", "severity": "ticket"},
        {**ORDERS, "alertname": "DatabaseSlow", "severity": "ticket"},
    )


def test_without_the_collector_only_its_own_absence_is_told(url: str) -> None:
    assert_states(
        url,
        {
            "CollectorDown": "active",
            "TargetDown": "suppressed",
            "TelemetryMissing": "suppressed",
            "Watchdog": "active",
            "ErrorBurst": "active",
        },
        {"alertname": "CollectorDown", "service_name": "otel-collector"},
        {"alertname": "TargetDown", "service_name": "orders"},
        {"alertname": "TelemetryMissing", "service_name": "orders"},
        {"alertname": "Watchdog"},
        {"alertname": "ErrorBurst", "service_name": "orders"},
    )


def test_mails_that_fail_silence_the_queue_in_which_they_wait(url: str) -> None:
    assert_states(
        url,
        {"EmailsFailing": "active", "ConsumerLagging": "suppressed"},
        {"alertname": "EmailsFailing", "service_name": "notifications"},
        {"alertname": "ConsumerLagging", "service_name": "notifications"},
    )
