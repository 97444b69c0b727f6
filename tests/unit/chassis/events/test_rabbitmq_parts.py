"""What of RabbitMQ's side can be known without RabbitMQ."""

from typing import Any

from pika import BasicProperties
from pytest import approx, mark

from chassis.events import _rabbitmq_topology as topology
from chassis.events import decode, new_message
from chassis.events._amqp_message import AmqpMessage, to_amqp_message
from chassis.events._rabbitmq_in_flight import InFlightMessages
from tests.unit.chassis.fake_clock import FakeClock

NOON = 1_700_000_000


def amqp_message(
    message_id: str = "m1", timestamp: int = NOON, owner: object = None, headers: dict[str, Any] | None = None
) -> AmqpMessage:
    properties = BasicProperties(message_id=message_id, timestamp=timestamp, headers=headers)
    return AmqpMessage(b"raw", properties, owner)


@mark.parametrize(
    ("delay_s", "queue"),
    [(0, "q.retry.1s"), (1, "q.retry.1s"), (1.1, "q.retry.8s"), (60, "q.retry.64s"), (3600, "q.retry.64s")],
)
def test_a_retry_waits_in_the_first_queue_that_is_long_enough(delay_s: float, queue: str) -> None:
    assert topology.delay_queue("q", delay_s) == queue


def test_everything_that_can_be_dead_lettered_has_somewhere_to_go() -> None:
    specs = topology.specs("q")
    names = [spec.name for spec in specs]
    assert names == ["q.dead", "q", *topology.delay_queues("q")]
    for position, spec in enumerate(specs):
        target = spec.arguments.get("x-dead-letter-routing-key", "q.dead")
        assert target in names[: position + 1], spec.name


def test_a_parcel_says_beside_the_message_what_other_programs_want_to_know() -> None:
    message = new_message("order_events", "OrderPlaced", {}, headers={"traceparent": "00-x"})
    sent = to_amqp_message(message)
    assert decode(sent.raw) == message
    properties = sent.properties
    assert (properties.message_id, properties.type) == (message.id, "OrderPlaced")
    assert (properties.delivery_mode, properties.content_type) == (2, "application/json")
    assert properties.headers == {"traceparent": "00-x"}


def test_tries_are_added_up_over_retries_and_lost_consumers() -> None:
    assert amqp_message().past_tries == 0
    assert amqp_message(headers={"x-delivery-count": 2}).past_tries == 2
    retried = amqp_message(
        headers={"x-delivery-count": 2, "x-death": [], "x-first-death-queue": "q"}
    ).to_retry(3, 0.25)
    assert (retried.past_tries, retried.headers, retried.properties.expiration) == (3, {"x-tries": 3}, "250")


def test_a_dead_letter_has_its_account_and_a_replay_has_none() -> None:
    dead = amqp_message(headers={"traceparent": "00-x"}).to_give_up(tries=5, reason="broken")
    assert (dead.past_tries, dead.reason, dead.message_id) == (5, "broken", "m1")
    assert dead.died_at > dead.published_at
    again = dead.to_replay()
    assert (again.past_tries, again.reason, again.headers) == (0, "", {"traceparent": "00-x"})


def test_what_rabbitmq_itself_gave_up_says_why() -> None:
    dropped = amqp_message(headers={"x-first-death-reason": "delivery_limit"})
    assert (dropped.reason, dropped.died_at) == ("delivery_limit", dropped.published_at)


def test_a_strangers_parcel_may_lack_everything() -> None:
    bare = AmqpMessage(b"raw", BasicProperties())
    assert (bare.message_id, bare.past_tries, bare.reason) == ("", 0, "")
    assert bare.to_retry(1, 0).past_tries == 1


def test_the_oldest_of_what_is_held_is_known() -> None:
    held = InFlightMessages()
    older, newer = amqp_message("m1", NOON), amqp_message("m2", NOON + 60)
    for each in (newer, older):
        held.take("q", each)
    assert (held.count("q"), held.oldest("q")) == (2, older.published_at)
    held.settle("q", older)
    assert (held.count("q"), held.oldest("q")) == (1, newer.published_at)
    assert (held.count("another"), held.oldest("another")) == (0, None)


def test_a_retried_message_still_ages_until_it_comes_back() -> None:
    held = InFlightMessages()
    first = amqp_message("m1", NOON)
    held.take("q", first)
    held.delay("q", first, delay_s=30)
    held.settle("q", first)
    assert (held.count("q"), held.oldest("q")) == (0, first.published_at)
    back = amqp_message("m1", NOON)
    held.take("q", back)
    held.settle("q", back)
    assert held.oldest("q") is None


def test_a_retried_message_that_another_process_got_is_forgotten() -> None:
    clock = FakeClock()
    held = InFlightMessages(clock)
    held.delay("q", amqp_message(), delay_s=30)
    clock.now += 29
    assert held.oldest("q") is not None
    clock.now += 10
    assert held.oldest("q") is None


def test_a_lost_connection_takes_with_it_what_it_held() -> None:
    held, lost, kept = InFlightMessages(), object(), object()
    for owner in (lost, kept):
        held.take("q", amqp_message(owner=owner))
    held.forget(lost)
    assert held.count("q") == 1


def test_times_are_instants() -> None:
    assert amqp_message().published_at.timestamp() == approx(NOON)
