"""What the Collector's redaction leaves unread: nobody who sends a request can put a secret there."""

import json
import random
import re
from typing import Any

import pytest
import yaml
from flask import Flask
from opentelemetry.semconv.attributes import service_attributes

import glasshouse_telemetry as telemetry
from glasshouse_telemetry import names, testing
from stackctl.paths import ROOT

CARD = "4111111111111111"
CONFIG = yaml.safe_load((ROOT / "otel-collector" / "config.yaml").read_text(encoding="utf-8"))
UNREAD = frozenset(CONFIG["processors"]["redaction"]["ignored_keys"])

BLOCKED = [re.compile(pattern) for pattern in CONFIG["processors"]["redaction"]["blocked_values"]]
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl"

Fields = dict[str, Any]


def known_keys() -> set[str]:
    ours = {value for name, value in vars(names).items() if name.isupper()}
    return ours | {service_attributes.SERVICE_INSTANCE_ID}


def chosen_by_a_client(**request: Any) -> list[Fields]:
    """The attributes and the lines of one request to an app with a route that has a parameter."""
    app = Flask("shop")
    telemetry.instrument(app, service_name="shop", service_version="1")
    app.add_url_rule("/cards/<number>", "card", lambda number: number)
    with testing.capture_spans() as spans, testing.capture_logs() as lines:
        app.test_client().open(**request)
    return [*(dict(span.attributes or {}) for span in spans), *lines]


@pytest.fixture(autouse=True)
def no_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")


def test_every_key_left_unread_is_one_that_our_code_writes() -> None:
    assert UNREAD - known_keys() == set()


@pytest.mark.parametrize(
    "request_",
    [
        {"path": f"/cards/{CARD}", "query_string": {"card": CARD}, "json": {"card": CARD}},
        {"path": f"/nowhere/{CARD}"},
        {"path": "/cards/1", "method": f"CARD{CARD}"},
        {"path": "/cards/1", "headers": {"Host": f"shop:{CARD}"}},
        {"path": "/cards/1", "headers": {"Host": f"{CARD}:5000"}},
        {"path": "/cards/1", "headers": {"User-Agent": CARD, "Referer": CARD, "X-Request-ID": CARD}},
        {"path": "/cards/1", "headers": {"X-Forwarded-Proto": CARD, "X-Forwarded-Host": CARD}},
        {"path": "/cards/1", "headers": {"traceparent": CARD, "tracestate": f"card={CARD}"}},
        {"path": "/cards/1", "headers": {"baggage": ",".join(f"{key}={CARD}" for key in sorted(UNREAD))}},
    ],
    ids=lambda request_: json.dumps(request_)[:60],
)
def test_nobody_who_sends_a_request_chooses_what_is_left_unread(request_: dict[str, Any]) -> None:
    found = chosen_by_a_client(**request_)
    assert [fields for fields in found for key in UNREAD & fields.keys() if CARD in str(fields[key])] == []
    assert UNREAD & set().union(*found) >= {names.HTTP_REQUEST_METHOD, names.URL_SCHEME, names.LOGGER}


def test_what_a_client_chooses_is_in_the_signals_and_is_read() -> None:
    headers = {"Host": f"{CARD}:5000", "User-Agent": CARD, "X-Request-ID": CARD}
    found = chosen_by_a_client(path=f"/cards/{CARD}", method=f"CARD{CARD}", headers=headers)
    chosen = {key for fields in found for key, value in fields.items() if CARD in str(value)}
    assert chosen >= {names.URL_PATH, names.SERVER_ADDRESS, names.USER_AGENT_ORIGINAL, names.REQUEST_ID}
    assert chosen & UNREAD == set()


def masked(text: str) -> str:
    """As the processor does it; its patterns are written so that Go and Python understand the same."""
    for pattern in BLOCKED:
        text = pattern.sub("****", text)
    return text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("to ada@example.com.", "ada@example.com"),
        ("to ö1@münchen.example", "ö1@münchen.example"),
        ("/users?email=ada%40example.com", "ada%40example.com"),
        ("/users?email=ada%252540example.com", "ada%252540example.com"),
        ("card 4111111111111111", "4111111111111111"),
        ("card 4111 1111 1111 1111 exp", "4111 1111 1111 1111"),
        ("card 5500-0000-0000-0004", "5500-0000-0000-0004"),
        ("/pay/4111%201111%201111%201111", "4111%201111%201111%201111"),
        ("/pay/3782%2520822463%252010005", "3782%2520822463%252010005"),
        ("card 378282246310005", "378282246310005"),
        ("amex 3782 822463 10005", "3782 822463 10005"),
        ("Authorization: Bearer abc.def", "Bearer abc.def"),
        ("q=bearer%20abc.def", "bearer%20abc.def"),
        (f"/reset/{JWT}", JWT),
        (f"curl/8 ({JWT})", JWT),
    ],
)
def test_a_secret_is_masked_in_whatever_form(text: str, secret: str) -> None:
    assert masked(text) == text.replace(secret, "****")


@pytest.mark.parametrize(
    "text",
    [
        "order 5f53afa2-d671-5fd7-8058-7d500cefd870 is paid",
        "order 51096884-5948-4313-b265-5c592e8a8d2f is paid",
        "0af7651916cd43dd8448eb211c80319c",
        "image@sha256:0123456789abcdef",
        'File "/srv/app@2/main.py", line 4111',
        "2026-11-29T17:40:20.123456Z",
        "the bearer of this letter",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert masked(text) in (text, text.replace("bearer of", "****"))


def test_no_identifier_is_taken_for_a_card() -> None:
    """The worst UUIDs: those whose free digits all happen to be decimal."""
    digits = random.Random(1)

    def uuid() -> str:
        free = "".join(digits.choice("0123456789") for _ in range(30))
        return f"{free[:8]}-{free[8:12]}-4{free[12:15]}-{digits.choice('89ab')}{free[15:18]}-{free[18:]}"

    assert [each for each in (uuid() for _ in range(20_000)) if masked(each) != each] == []
