"""Alerts that Alertmanager tells: a mail for each group, once, and word when alerting itself is silent."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import glasshouse_telemetry as telemetry
from apps.notifications.alert_composer import AlertMailComposer
from apps.notifications.notification import MailFailed, MailRefused
from apps.notifications.watchdog import Watchdog
from glasshouse_telemetry.testing import capture_logs, capture_metrics
from tests.unit.apps.notifications.fakes import FakeMailer
from tests.unit.chassis.fake_clock import FakeClock

LETTERS = AlertMailComposer("Glasshouse <shop@example.com>", "On call <oncall@example.com>")


@pytest.fixture(autouse=True)
def lines_are_written_as_in_the_service() -> None:
    telemetry.use_loguru()


def alert(status: str = "firing", **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "TargetDown", "severity": "page", "service_name": "orders", **labels},
        "annotations": {
            "summary": "orders cannot be scraped",
            "description": "up = 0",
            "runbook_url": "https://runbooks.example/TargetDown.md",
            "dashboard": "http://127.0.0.1:3000/d/shop-overview",
            "logs": "./stack logs orders",
        },
        "startsAt": "2026-11-21T05:00:00Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus:9090/graph",
        "fingerprint": labels.get("fingerprint", "5ef77f1f8a3ecf8d"),
    }


def group(*alerts: dict[str, Any], status: str = "firing") -> dict[str, Any]:
    return {
        "version": "4",
        "groupKey": '{}:{alertname="TargetDown"}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "page",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager:9093",
        "alerts": list(alerts or (alert(status),)),
    }


def watchdog(status: str = "firing") -> dict[str, Any]:
    return group(alert(status, alertname="Watchdog", severity="none"), status=status)


def test_a_group_of_alerts_is_a_mail_with_all_that_leads_on(client: FlaskClient, mailer: FakeMailer) -> None:
    assert client.post("/alerts", json=group()).status_code == 204
    [mail] = mailer.sent
    assert mail["Subject"] == "[FIRING page] TargetDown: orders cannot be scraped"
    assert mail["To"] == "On call <oncall@example.com>"
    text = mail.get_content()
    assert "up = 0\n" in text
    assert "runbook_url: https://runbooks.example/TargetDown.md\n" in text
    assert "dashboard: http://127.0.0.1:3000/d/shop-overview\n" in text


def test_the_same_alerts_told_again_are_not_told_again(client: FlaskClient, mailer: FakeMailer) -> None:
    for _ in range(3):
        assert client.post("/alerts", json=group()).status_code == 204
    assert len(mailer.sent) == 1


def test_their_end_is_told_too_and_so_is_one_more(client: FlaskClient, mailer: FakeMailer) -> None:
    client.post("/alerts", json=group())
    client.post("/alerts", json=group(alert(), alert(service_name="users", fingerprint="2")))
    client.post("/alerts", json=group(status="resolved"))
    assert mailer.subjects == [
        "[FIRING page] TargetDown: orders cannot be scraped",
        "[FIRING page] TargetDown: orders cannot be scraped and 1 more",
        "[RESOLVED page] TargetDown: orders cannot be scraped",
    ]


def test_a_mail_that_fails_is_for_alertmanager_to_try_again(client: FlaskClient, mailer: FakeMailer) -> None:
    mailer.failures = [MailFailed("mail", "ConnectionRefusedError")]
    assert client.post("/alerts", json=group()).status_code == 502
    assert client.post("/alerts", json=group()).status_code == 204
    assert len(mailer.sent) == 1


def test_while_a_mail_server_keeps_one_waiting_others_are_told_to_come_again(
    app: Flask, client: FlaskClient, mailer: FakeMailer
) -> None:
    mailer.answers.clear()
    with ThreadPoolExecutor(1) as other:
        first = other.submit(app.test_client().post, "/alerts", json=group())
        assert mailer.asked.wait(10)
        assert client.post("/alerts", json=group(status="resolved")).status_code == 502
        assert client.post("/alerts", json=watchdog()).status_code == 204
        mailer.answers.set()
        assert first.result().status_code == 204
    assert client.post("/alerts", json=group(status="resolved")).status_code == 204
    assert len(mailer.sent) == 2


def test_a_mail_that_is_refused_for_good_is_not_tried_again(client: FlaskClient, mailer: FakeMailer) -> None:
    mailer.failures = [MailRefused("mail", "550")]
    assert client.post("/alerts", json=group()).status_code == 204
    assert client.post("/alerts", json=group()).status_code == 204
    assert mailer.sent == []


def test_an_alert_is_a_line_and_a_count(client: FlaskClient) -> None:
    with capture_logs() as lines, capture_metrics() as metrics:
        client.post("/alerts", json=group(alert(service_name="gateway", severity="made-up")))
    [line] = [each for each in lines if each.get("alert.name")]
    assert line["message"] == "alert firing: TargetDown: orders cannot be scraped"
    assert line["alert.runbook_url"] == "https://runbooks.example/TargetDown.md"
    assert metrics.increase("notifications_alerts_total", status="firing", severity="other") == 1


def test_what_a_label_says_cannot_add_a_header_to_the_mail(client: FlaskClient, mailer: FakeMailer) -> None:
    body = group()
    body["alerts"][0]["annotations"]["summary"] = "bad\r\nBcc: everybody@example.com"
    assert client.post("/alerts", json=body).status_code == 204
    assert mailer.sent[0]["Bcc"] is None
    assert mailer.subjects == ["[FIRING page] TargetDown: bad Bcc: everybody@example.com"]


@pytest.mark.parametrize("change", [{"alerts": []}, {"status": "unheard of"}, {"version": "3"}])
def test_what_is_no_group_of_alerts_is_refused(
    client: FlaskClient, mailer: FakeMailer, change: dict[str, object]
) -> None:
    assert client.post("/alerts", json=group() | change).status_code == 422
    assert mailer.sent == []


def test_the_watchdog_is_no_mail_while_it_fires(client: FlaskClient, mailer: FakeMailer) -> None:
    assert client.post("/alerts", json=watchdog()).status_code == 204
    assert mailer.sent == []


def test_a_watchdog_that_is_resolved_means_that_prometheus_is_silent(
    client: FlaskClient, mailer: FakeMailer
) -> None:
    client.post("/alerts", json=watchdog("resolved"))
    client.post("/alerts", json=watchdog())
    assert mailer.subjects == [
        "[FIRING page] Watchdog: alerting is silent",
        "[RESOLVED page] Watchdog: alerting works again",
    ]


def test_silence_is_told_once_when_it_lasts_too_long() -> None:
    clock, mailer = FakeClock(), FakeMailer()
    switch = Watchdog(LETTERS, mailer, patience_s=180, clock=clock)
    clock.sleep(179)
    switch.look()
    assert mailer.sent == []
    clock.sleep(2)
    with capture_logs() as lines:
        switch.look()
        switch.look()
    assert [line["severity"] for line in lines] == ["ERROR"]
    assert mailer.subjects == ["[FIRING page] Watchdog: alerting is silent"]


def test_silence_that_nobody_can_be_told_of_by_mail_is_still_a_line_and_a_metric() -> None:
    clock, mailer = FakeClock(), FakeMailer(failures=[MailFailed("mail", "ConnectionRefusedError")])
    switch = Watchdog(LETTERS, mailer, patience_s=180, clock=clock)
    clock.sleep(181)
    with capture_logs() as lines, capture_metrics() as metrics:
        switch.look()
    assert len(lines) == 2
    assert metrics.value("notifications_watchdog_missing") == 1


def test_without_patience_nobody_looks() -> None:
    clock, mailer = FakeClock(), FakeMailer()
    switch = Watchdog(LETTERS, mailer, patience_s=0, clock=clock)
    clock.sleep(100_000)
    switch.look()
    assert mailer.sent == []
