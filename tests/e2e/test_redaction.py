"""The Collector as the second line of defence: what a careless service lets slip is masked."""

import json
import time
import uuid
from datetime import UTC, datetime

from stackctl.paths import logs_dir
from stackctl.polling import NotYet, poll_until
from stackctl.query import Jaeger, Loki
from tests.e2e import otlp

WITHIN = 30.0
MAIL = "somebody@example.org"
MASKED = "****"


def test_a_mail_address_and_a_password_in_a_log_line_are_masked(stack: None) -> None:
    service = f"careless-{uuid.uuid4().hex[:8]}"
    line = {
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "severity": "INFO",
        "message": f"a letter to {MAIL}",
        "logger": "careless",
        "service": service,
        "recipient": MAIL,
        "user_password": "hunter2",
    }
    began = time.time_ns() - 10**9
    (logs_dir() / f"{service}.jsonl").write_text(json.dumps(line) + "\n")
    stored = poll_until(
        lambda: next(
            Loki().lines(f'{{service_name="{service}"}}', began - 10**9, time.time_ns()), NotYet("no line")
        ),
        f"the line of {service} in Loki",
        WITHIN,
    )
    assert stored.text == f"a letter to {MASKED}"
    assert (stored.fields["recipient"], stored.fields["user_password"]) == (MASKED, MASKED)


def test_a_card_number_and_a_token_in_a_span_are_masked(stack: None) -> None:
    trace_id = uuid.uuid4().hex
    secrets = {"note": "card 4111111111111111", "http.request.header.authorization": "Bearer abc.def"}
    otlp.send("careless", [otlp.span(trace_id, secrets)])
    (stored,) = poll_until(lambda: Jaeger().trace(trace_id), f"the trace {trace_id} in Jaeger", WITHIN)
    assert stored.attributes["note"] == f"card {MASKED}"
    assert stored.attributes["http.request.header.authorization"] == MASKED
