"""The card processor that is not one: its decisions are those of the table."""

import pytest

from apps.payments.fake_card_processor import FakeCardProcessor
from chassis.errors import UpstreamFailed


@pytest.mark.parametrize(
    ("card_token", "declined"),
    [
        ("tok_visa", None),
        ("tok_slow", None),
        ("tok_declined", "card_declined"),
        ("tok_insufficient_funds", "insufficient_funds"),
        ("tok_expired", "expired_card"),
        ("tok_unheard_of", "invalid_card"),
    ],
)
def test_the_card_decides_the_same_each_time(card_token: str, declined: str | None) -> None:
    processor = FakeCardProcessor(slow_for_s=0)
    assert [processor.authorize("payment-1", 1, card_token) for _ in range(2)] == [declined] * 2


def test_a_slow_card_takes_the_time_that_is_set() -> None:
    waits: list[float] = []
    processor = FakeCardProcessor(slow_for_s=1.5, wait=waits.append)
    processor.authorize("payment-1", 1, "tok_slow")
    processor.authorize("payment-2", 1, "tok_visa")
    assert waits == [1.5]


def test_the_failing_card_fails_and_may_be_tried_again() -> None:
    processor = FakeCardProcessor(slow_for_s=0)
    with pytest.raises(UpstreamFailed, match="card-processor: answered 503"):
        processor.authorize("payment-1", 1, "tok_error")
