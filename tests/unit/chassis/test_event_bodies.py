"""Bodies of events: what is needed is checked, what is not is left alone, and nothing is quoted."""

from typing import Any

import pytest
from opentelemetry import trace

from chassis.event_bodies import OfOrder, read_body
from chassis.events import PermanentError, new_message
from glasshouse_telemetry.testing import capture_spans


class Paid(OfOrder):
    amount_cents: int


def test_what_a_newer_sender_adds_is_left_alone() -> None:
    body = {"order_id": "1", "amount_cents": 5, "currency": "EUR"}
    assert read_body(Paid, new_message("payment_events", "Paid", body)) == Paid(order_id="1", amount_cents=5)


@pytest.mark.parametrize("body", [{}, {"order_id": 7}, {"order_id": "1", "amount_cents": "a secret"}])
def test_a_body_that_lacks_what_is_needed_is_poison_and_not_quoted(body: dict[str, Any]) -> None:
    with pytest.raises(PermanentError, match="its body is no Paid: ") as poison:
        read_body(Paid, new_message("payment_events", "Paid", body))
    assert "secret" not in str(poison.value)
    assert poison.value.__cause__ is None


def test_the_span_says_which_order_it_is_about() -> None:
    message = new_message("payment_events", "Paid", {"order_id": "1"})
    with capture_spans() as spans, trace.get_tracer("test").start_as_current_span("process payment_events"):
        read_body(OfOrder, message)
    assert [dict(span.attributes or {}) for span in spans] == [{"order.id": "1"}]
