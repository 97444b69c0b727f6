"""What a message may be, and what is no message."""

import json
import math
from typing import Any

from pytest import mark, raises

from chassis.events import MalformedMessage, Message, decode, encode, new_message


def wire(**changes: Any) -> bytes:
    fields = json.loads(encode(new_message("order_events", "OrderPlaced", {"total_cents": 100}, key="o1")))
    return json.dumps({**fields, **changes}).encode()


def test_a_message_is_the_same_after_the_wire() -> None:
    message = new_message(
        "order_events", "OrderPlaced", {"a": [1, 2.5, None, "☃"]}, "o1", {"traceparent": "x"}
    )
    assert decode(encode(message)) == message


def test_messages_have_different_ids_and_a_time_with_a_zone() -> None:
    first, second = (new_message("order_events", "OrderPlaced", {}) for _ in range(2))
    assert first.id != second.id
    assert first.occurred_at.tzinfo is not None


def test_a_message_keeps_what_it_said_when_the_sender_goes_on_changing_things() -> None:
    items = [1]
    message = new_message("order_events", "OrderPlaced", {"items": items})
    items.append(2)
    assert message.body == {"items": [1]}


def test_fields_that_a_newer_sender_added_are_left_alone() -> None:
    assert decode(wire(schema_version=2)).type == "OrderPlaced"


@mark.parametrize("body", [{"a": math.nan}, {"a": math.inf}, {"a": {1, 2}}, {"a": object()}, {"a": "\ud800"}])
def test_what_is_not_json_cannot_be_sent(body: dict[str, Any]) -> None:
    with raises(MalformedMessage):
        new_message("order_events", "OrderPlaced", body)


@mark.parametrize("name", ["", "Order_events", "order-events", "order events", "o" * 65, "9th"])
def test_an_exchange_needs_a_name_that_is_safe_everywhere(name: str) -> None:
    with raises(MalformedMessage, match="exchange"):
        new_message(name, "OrderPlaced", {})


@mark.parametrize("name", ["", "orderPlaced", "Order placed", "O" * 65])
def test_a_type_needs_a_name_that_is_safe_everywhere(name: str) -> None:
    with raises(MalformedMessage, match="type"):
        new_message("order_events", name, {})


@mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "message: Invalid JSON"),
        (b"\xff\xfe", "message: Invalid JSON"),
        (b"[]", "message: Input should be an object"),
        (b'{"body":' + b"[" * 10_000, "recursion limit"),
        (b"{}", "id: Field required"),
        (wire(id=7), "id: Input should be a valid string"),
        (wire(id="7"), "id: String should match"),
        (wire(occurred_at="2026-11-21T12:00:00"), "occurred_at: Input should have timezone info"),
        (wire(body=[]), "body: Input should be an object"),
        (wire(body=math.nan), "body"),
        (wire(body={"price": math.nan}), "body"),
        (wire(headers={"traceparent": 1}), "headers.traceparent: Input should be a valid string"),
        (wire(key=None), "key: Input should be a valid string"),
        (wire(key="k" * 201), "key: String should have at most 200"),
    ],
)
def test_anything_else_is_malformed_and_says_why(raw: bytes, problem: str) -> None:
    with raises(MalformedMessage) as caught:
        decode(raw)
    assert problem in str(caught.value)


def test_an_error_does_not_quote_the_message() -> None:
    with raises(MalformedMessage) as caught:
        decode(wire(key=["tok_secret"], headers={"a": {"b": "tok_secret"}}))
    assert "tok_secret" not in str(caught.value)


def test_a_message_cannot_be_changed() -> None:
    message: Any = new_message("order_events", "OrderPlaced", {})
    with raises(AttributeError):
        message.type = "OrderCancelled"
    assert isinstance(message, Message)
