"""What of a request and of its answer is passed on."""

from typing import Any

import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.gateway.forwarding import (
    HOP_BY_HOP,
    NOT_FORWARDED,
    NOT_RETURNED,
    Client,
    request_headers,
    response_headers,
)
from chassis.transport import HttpResponse

# Neither the load of the machine nor an earlier run decides.
PATIENT = settings(deadline=None, database=None)
CLIENT = Client("192.0.2.7", "https", "shop.example")
TOKEN = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1, max_size=12)
NAMES = st.one_of(
    TOKEN, st.sampled_from(sorted(HOP_BY_HOP | NOT_FORWARDED | NOT_RETURNED | {"x-forwarded-for"}))
)
CASED = NAMES.flatmap(lambda name: st.sampled_from([name, name.title(), name.upper()]))
CONNECTION = st.lists(TOKEN, max_size=3).map(lambda names: ("Connection", " , ".join(["close", *names])))
HEADERS = st.lists(st.one_of(st.tuples(CASED, st.text("abc, ", max_size=5)), CONNECTION), max_size=12)


def names_of(headers: Any) -> set[str]:
    return {name.lower() for name, _ in headers}


def options_of(headers: Any) -> set[str]:
    """Those that `Connection` names."""
    values = [value for name, value in headers if name.lower() == "connection"]
    return {option.strip().lower() for value in values for option in value.split(",")}


@PATIENT
@given(HEADERS)
def test_no_header_of_one_connection_is_passed_on_in_either_direction(headers: Any) -> None:
    ours = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "via"}
    for passed in (request_headers(headers, CLIENT), response_headers(HttpResponse(200, headers))):
        assert not names_of(passed) & HOP_BY_HOP
        assert not (names_of(passed) - ours) & options_of(headers)


@PATIENT
@given(HEADERS)
def test_every_other_header_is_passed_on_in_order(headers: Any) -> None:
    dropped = HOP_BY_HOP | NOT_FORWARDED | options_of(headers)
    expected = [
        (name, value.strip())
        for name, value in headers
        if name.lower() not in dropped and not name.lower().startswith("x-forwarded-")
    ]
    passed = [header for header in request_headers(headers, CLIENT) if header[0] not in _OURS]
    assert passed == expected


_OURS = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Via")


# What gunicorn lets pass: any Latin-1 but line ends and NUL, without blanks and tabs around it.
VALUES = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0")).map(
    lambda text: text.strip(" \t")
)


@PATIENT
@given(VALUES, VALUES)
def test_whatever_a_header_holds_can_be_sent(value: str, host: str) -> None:
    passed = request_headers([("X-Any", value)], Client("192.0.2.7", "http", host))
    requests.Request("GET", "http://a/", dict(passed)).prepare()


@PATIENT
@given(HEADERS)
def test_who_the_client_is_is_ours_to_say(headers: Any) -> None:
    passed = [(name, value) for name, value in request_headers(headers, CLIENT)]
    said = {name.lower(): value for name, value in passed if name.lower().startswith("x-forwarded-")}
    assert said == {
        "x-forwarded-for": "192.0.2.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
    }
