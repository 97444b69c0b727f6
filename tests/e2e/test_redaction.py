"""The Collector as the second line of defence: what a careless service lets slip is masked."""

import json
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

import yaml

from glasshouse_telemetry import names
from stackctl.paths import ROOT, logs_dir
from stackctl.query import Jaeger, Line, Loki
from stackctl.system.polling import NotYet, poll_until
from tests.e2e import otlp

WITHIN = 30.0
MAIL = "somebody@example.org"
MASKED = "****"
CONFIG = yaml.safe_load((ROOT / "otel-collector" / "config.yaml").read_text(encoding="utf-8"))
UNREAD = frozenset(CONFIG["processors"]["redaction"]["ignored_keys"])
# What the contract names beside them, and names that nobody has thought of.
READ = {value for name, value in vars(names).items() if name.isupper() and "." in value} - UNREAD
OTHERS = sorted(READ | {"note", "customer", "http.routes", "xhttp.route", "HTTP.ROUTE", "server.ports"})


def write_line(service: str, fields: Mapping[str, str], message: str = "a line") -> None:
    line = {
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "severity": "INFO",
        "message": message,
        "logger": "careless",
        "service": service,
        **fields,
    }
    (logs_dir() / f"{service}.jsonl").write_text(json.dumps(line) + "\n")


def line_of(service: str) -> Line:
    began = time.time_ns() - 60 * 10**9
    return poll_until(
        lambda: next(Loki().lines(f'{{service_name="{service}"}}', began, time.time_ns()), NotYet("no line")),
        f"the line of {service} in Loki",
        WITHIN,
    )


def test_a_mail_address_and_a_password_in_a_log_line_are_masked(stack: None) -> None:
    service = f"careless-{uuid.uuid4().hex[:8]}"
    write_line(service, {"recipient": MAIL, "user_password": "hunter2"}, f"a letter to {MAIL}")
    stored = line_of(service)
    assert stored.text == f"a letter to {MASKED}"
    assert (stored.fields["recipient"], stored.fields["user_password"]) == (MASKED, MASKED)


def test_a_card_number_and_a_token_in_a_span_are_masked(stack: None) -> None:
    trace_id = uuid.uuid4().hex
    secrets = {"note": "card 4111111111111111", "http.request.header.authorization": "Bearer abc.def"}
    otlp.send("careless", [otlp.span(trace_id, secrets)])
    (stored,) = poll_until(lambda: Jaeger().trace(trace_id), f"the trace {trace_id} in Jaeger", WITHIN)
    assert stored.attributes["note"] == f"card {MASKED}"
    assert stored.attributes["http.request.header.authorization"] == MASKED


def test_a_secret_under_any_key_that_is_not_on_the_list_is_masked_in_a_span(stack: None) -> None:
    trace_id = uuid.uuid4().hex
    otlp.send("careless", [otlp.span(trace_id, dict.fromkeys(OTHERS, f"from {MAIL}"))])
    (stored,) = poll_until(lambda: Jaeger().trace(trace_id), f"the trace {trace_id} in Jaeger", WITHIN)
    assert {key: stored.attributes[key] for key in OTHERS} == dict.fromkeys(OTHERS, f"from {MASKED}")


def test_a_secret_under_any_key_that_is_not_on_the_list_is_masked_in_a_log_line(stack: None) -> None:
    service = f"careless-{uuid.uuid4().hex[:8]}"
    write_line(service, dict.fromkeys(OTHERS, f"from {MAIL}"))
    stored = line_of(service)
    # Loki's names have underscores where ours have dots.
    labels = {names.label(key) for key in OTHERS}
    assert {key: stored.fields[key] for key in labels} == dict.fromkeys(labels, f"from {MASKED}")
