"""What notifications tells of itself, by loguru: the same lines as the others, and nothing about people."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from opentelemetry.trace import SpanKind

from apps import notifications
from apps.notifications.notification import MailFailed
from apps.notifications.settings import Settings
from chassis.background import Background
from chassis.database import Database
from chassis.events import Broker, new_message
from chassis.service import resolve
from glasshouse_telemetry.testing import capture_logs, capture_spans
from stackctl.paths import ROOT
from stackctl.system.polling import poll_until
from tests.databases import NewDatabase
from tests.unit.apps.notifications.fakes import FakeContacts, FakeMailer, mail_server


def publish(broker: Broker, user_id: str = "user-1") -> None:
    headers = {"traceparent": f"00-{'4bf92f35' * 4}-00f067aa0ba902b7-01", "x-request-id": "request-1"}
    broker.publish(new_message("user_events", "UserRegistered", {"user_id": user_id}, user_id, headers))
    poll_until(lambda: broker.stats("notifications").depth == 0, "an empty queue", timeout=10, interval=0.01)


def test_a_mail_is_a_line_of_the_same_schema_with_the_trace_and_the_request(
    app: Flask, broker: Broker
) -> None:
    with capture_logs() as lines, capture_spans() as spans:
        publish(broker)
    schema = Draft202012Validator(json.loads((ROOT / "docs" / "log-line.schema.json").read_text()))
    assert [error.message for line in lines for error in schema.iter_errors(line)] == []
    sent = next(line for line in lines if line["message"] == "mail sent")
    processed = next(span for span in spans if span.kind is SpanKind.CONSUMER)
    assert processed.context is not None
    assert {name: sent.get(name) for name in ("logger", "service", "severity", "request_id", "trace_id")} == {
        "logger": "apps.notifications.notifications",
        "service": "notifications",
        "severity": "INFO",
        "request_id": "request-1",
        "trace_id": f"{processed.context.trace_id:032x}",
    }
    assert (sent["email.template"], sent["user.id"]) == ("welcome", "user-1")


def test_the_trace_of_a_mail_links_to_that_of_the_registration(app: Flask, broker: Broker) -> None:
    with capture_spans() as spans:
        publish(broker)
    processed = next(span for span in spans if span.kind is SpanKind.CONSUMER)
    assert [f"{link.context.trace_id:032x}" for link in processed.links] == ["4bf92f35" * 4]


def test_nobodys_name_or_address_is_in_any_signal(
    broker: Broker, client: FlaskClient, mailer: FakeMailer
) -> None:
    mailer.failures = [MailFailed("mail", "TimeoutError")]
    with capture_logs() as lines, capture_spans() as spans:
        publish(broker)
    told = [str(lines), *(span.to_json() for span in spans), client.get("/metrics").text]
    assert len(mailer.sent) == 1
    assert len(spans) > 3
    assert [text for text in told if "secret" in text.lower()] == []


@pytest.mark.parametrize("answer", ["450 busy", "550 no such user"])
def test_a_server_that_quotes_an_address_is_not_quoted(
    new_database: NewDatabase, broker: Broker, broker_url: str, answer: str
) -> None:
    with mail_server({"RCPT": f"{answer} <ada.secret@example.com>"}) as server:
        smtp_url = f"smtp://127.0.0.1:{server.port}"
        settings = Settings(new_database("notifications"), broker_url, smtp_url=smtp_url, mail_tries=2)
        app = notifications.create_app(settings, FakeContacts())
        with capture_logs() as lines, capture_spans() as spans:
            publish(broker)
        resolve(Background, app).stop()
        resolve(Database, app).close()
    [letter] = broker.dead_letters("notifications")
    told = [str(lines), letter.reason, *(span.to_json() for span in spans)]
    assert any(command.startswith("rcpt TO:<ada.secret@") for command in server.commands)
    assert [text for text in told if "secret" in text.lower()] == []
