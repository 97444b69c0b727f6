"""What every broker promises. Each test runs on all of them."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from pytest import mark, raises

from chassis.events import (
    Broker,
    BrokerUnavailable,
    DeadLetter,
    Delivery,
    Message,
    QueueStats,
    Unroutable,
    decode,
    new_message,
)
from stackctl.system.polling import NotYet, poll_until
from tests.integration.events.brokers import BrokerUnderTest

WAIT_S = 5.0
NOT_AT_ALL_S = 0.2


def placed(exchange: str, number: int = 0) -> Message:
    return new_message(exchange, "OrderPlaced", {"number": number}, key=str(number))


def take(broker: Broker, queue: str, wait_s: float = WAIT_S) -> Delivery:
    delivery = broker.receive(queue, wait_s)
    assert delivery is not None, f"nothing came out of {queue} within {wait_s} s"
    return delivery


def number_in(found: Delivery | DeadLetter) -> int:
    number = decode(found.raw).body["number"]
    assert isinstance(number, int)
    return number


def take_numbers(broker: Broker, queue: str, count: int) -> list[int]:
    numbers = []
    for _ in range(count):
        delivery = take(broker, queue)
        numbers.append(number_in(delivery))
        broker.ack(delivery)
    return numbers


def test_a_message_arrives_as_it_was_sent(broker: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    message = new_message(
        exchange, "OrderPlaced", {"ünïcode": ["☃", 1.5, None]}, "k", {"traceparent": "00-x"}
    )
    broker.publish(message)
    delivery = take(broker, queue)
    assert (decode(delivery.raw), delivery.tries) == (message, 1)


def test_every_queue_bound_to_the_exchange_gets_the_message(broker: Broker, run: str, exchange: str) -> None:
    for consumer in ("payments", "inventory"):
        broker.declare(f"{consumer}_{run}", [exchange])
    broker.publish(placed(exchange))
    for consumer in ("payments", "inventory"):
        assert take_numbers(broker, f"{consumer}_{run}", 1) == [0]


def test_a_queue_gets_the_messages_of_all_its_exchanges(broker: Broker, queue: str, run: str) -> None:
    exchanges = [f"order_events_{run}", f"stock_events_{run}"]
    broker.declare(queue, exchanges)
    for number, exchange in enumerate(exchanges):
        broker.publish(placed(exchange, number))
    assert take_numbers(broker, queue, 2) == [0, 1]


def test_a_queue_declared_later_gets_only_later_messages(broker: Broker, run: str, exchange: str) -> None:
    broker.declare(f"early_{run}", [exchange])
    broker.publish(placed(exchange, 1))
    broker.declare(f"late_{run}", [exchange])
    broker.publish(placed(exchange, 2))
    assert take_numbers(broker, f"early_{run}", 2) == [1, 2]
    assert take_numbers(broker, f"late_{run}", 1) == [2]


def test_declaring_again_keeps_the_messages_and_adds_no_copies(
    broker: Broker, queue: str, exchange: str
) -> None:
    broker.declare(queue, [exchange])
    broker.publish(placed(exchange))
    broker.declare(queue, [exchange])
    assert take_numbers(broker, queue, 1) == [0]
    assert broker.receive(queue, NOT_AT_ALL_S) is None


def test_publishing_to_nobody_is_said(broker: Broker, queue: str, exchange: str) -> None:
    with raises(Unroutable):
        broker.publish(placed(exchange))
    broker.declare(queue, [exchange])
    broker.publish(placed(exchange, 1))
    assert take_numbers(broker, queue, 1) == [1]


def test_messages_come_in_the_order_of_publishing(broker: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    for number in range(50):
        broker.publish(placed(exchange, number))
    assert take_numbers(broker, queue, 50) == list(range(50))


def test_a_waiting_consumer_gets_a_message_at_once(broker: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(_receive_and_close, broker, queue)
        broker.publish(placed(exchange))
        published_at = time.monotonic()
        waiting.result(WAIT_S)
        assert time.monotonic() - published_at < 0.5


def test_two_consumers_share_a_queue_and_get_no_message_twice(
    broker: Broker, other: Broker, queue: str, exchange: str
) -> None:
    broker.declare(queue, [exchange])
    for number in range(60):
        broker.publish(placed(exchange, number))
    with ThreadPoolExecutor() as pool:
        both_have_one = Barrier(2, timeout=WAIT_S)
        shares = [pool.submit(_take_until_empty, each, queue, both_have_one) for each in (broker, other)]
        first, second = (share.result(WAIT_S * 2) for share in shares)
    assert sorted([*first, *second]) == list(range(60))


def test_a_settled_message_never_comes_back(broker: Broker, other: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    broker.publish(placed(exchange))
    broker.ack(take(broker, queue))
    broker.close()
    assert other.receive(queue, NOT_AT_ALL_S) is None


def test_a_silent_consumer_loses_its_message_to_another(
    under_test: BrokerUnderTest, other: Broker, queue: str, exchange: str
) -> None:
    timeout_s = under_test.shortest_visibility_timeout_s
    silent = under_test.connect(visibility_timeout_s=timeout_s)
    silent.declare(queue, [exchange])
    silent.publish(placed(exchange))
    late = take(silent, queue)
    started = time.monotonic()
    again = take(other, queue, wait_s=3 * timeout_s + 1)
    waited_s = time.monotonic() - started
    assert timeout_s * 0.8 <= waited_s
    assert (number_in(again), again.tries) == (0, 2)
    _settle_too_late(silent, late)
    assert other.stats(queue).in_flight == 1
    silent.close()


def test_a_retried_message_comes_back_after_its_delay(broker: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    for number in (1, 2):
        broker.publish(placed(exchange, number))
    broker.retry(take(broker, queue), delay_s=0.4)
    started = time.monotonic()
    assert take_numbers(broker, queue, 1) == [2]
    again = take(broker, queue)
    assert (number_in(again), again.tries) == (1, 2)
    assert 0.3 <= time.monotonic() - started <= 1.5
    broker.retry(again, delay_s=0)
    assert take(broker, queue).tries == 3


def test_a_dead_letter_is_kept_with_its_reason_until_it_is_replayed(
    broker: Broker, run: str, exchange: str
) -> None:
    queue, bystander = f"payments_{run}", f"inventory_{run}"
    for each in (queue, bystander):
        broker.declare(each, [exchange])
    messages = [placed(exchange, number) for number in (1, 2)]
    for message in messages:
        broker.publish(message)
        broker.dead_letter(take(broker, queue), reason="no such card")
    letters = broker.dead_letters(queue)
    assert [(each.message_id, each.reason, each.tries) for each in letters] == [
        (message.id, "no such card", 1) for message in messages
    ]
    assert broker.dead_letters(queue) == letters
    assert broker.receive(queue, NOT_AT_ALL_S) is None

    assert broker.replay(queue, messages[1].id) == 1
    replayed = take(broker, queue)
    assert (number_in(replayed), replayed.tries) == (2, 1)
    broker.ack(replayed)
    assert [each.message_id for each in broker.dead_letters(queue)] == [messages[0].id]
    assert take_numbers(broker, bystander, 2) == [1, 2]
    assert broker.receive(bystander, NOT_AT_ALL_S) is None


def test_all_dead_letters_can_be_replayed_or_forgotten(broker: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    for number in range(3):
        broker.publish(placed(exchange, number))
        broker.dead_letter(take(broker, queue), "broken")
    assert (broker.replay(queue, "no such message"), broker.replay(queue), broker.replay(queue)) == (0, 3, 0)
    for _ in range(3):
        broker.dead_letter(take(broker, queue), "still broken")
    assert [number_in(each) for each in broker.dead_letters(queue, limit=2)] == [0, 1]
    one = broker.dead_letters(queue)[1].message_id
    assert (broker.purge(queue, "no such message"), broker.purge(queue, one)) == (0, 1)
    assert [number_in(each) for each in broker.dead_letters(queue)] == [0, 2]
    assert (broker.purge(queue), broker.purge(queue)) == (2, 0)
    assert broker.dead_letters(queue) == []


def test_bytes_that_are_no_message_can_be_given_up_and_replayed(
    under_test: BrokerUnderTest, broker: Broker, queue: str, exchange: str
) -> None:
    broker.declare(queue, [exchange])
    under_test.slip_in(queue, b"\xff not JSON")
    broker.dead_letter(take(broker, queue), "malformed")
    (letter,) = broker.dead_letters(queue)
    assert (letter.raw, letter.reason, letter.message_id) == (b"\xff not JSON", "malformed", "")
    assert broker.replay(queue) == 1
    assert take(broker, queue).raw == b"\xff not JSON"


def test_the_state_of_a_queue_is_known(broker: Broker, queue: str, exchange: str) -> None:
    assert broker.stats(queue) == QueueStats(depth=0, in_flight=0, dead=0, oldest=None)
    broker.declare(queue, [exchange])
    for number in range(4):
        broker.publish(placed(exchange, number))
    broker.dead_letter(take(broker, queue), "broken")
    broker.retry(take(broker, queue), delay_s=30)
    in_hand = take(broker, queue)
    stats = poll_until(lambda: _settled(broker.stats(queue)), f"the state of {queue}")
    assert (stats.depth, stats.dead) == (3, 1)
    assert stats.in_flight >= 1
    assert 0 <= stats.oldest_age_s() < 5
    broker.ack(in_hand)


@mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_has_a_connection_of_its_own(broker: Broker, queue: str, exchange: str) -> None:
    broker.declare(queue, [exchange])
    broker.publish(placed(exchange, 1))
    in_hand = take(broker, queue)
    if (child := os.fork()) == 0:
        broker.publish(placed(exchange, 2))
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    broker.ack(in_hand)
    assert take_numbers(broker, queue, 1) == [2]


def test_what_was_published_outlives_a_crash_of_the_broker(
    under_test: BrokerUnderTest, other: Broker, queue: str, exchange: str
) -> None:
    broker = under_test.connect(under_test.shortest_visibility_timeout_s)
    broker.declare(queue, [exchange])
    for number in range(5):
        broker.publish(placed(exchange, number))
    broker.dead_letter(take(broker, queue), "broken")
    broker.retry(take(broker, queue), delay_s=0.5)
    broker.ack(take(broker, queue))
    in_hand = take(broker, queue)
    under_test.crash_and_recover()
    broker.close()
    assert [number_in(each) for each in other.dead_letters(queue)] == [0]
    settled = 2  # its acknowledgement may have been on the way still: at least once
    assert number_in(in_hand) == 3
    found: set[int] = set()

    def all_are_back() -> bool | NotYet:
        found.update(set(_take_all(other, queue, wait_s=1.0)) - {settled})
        return found >= {1, 3, 4} or NotYet(f"{found} of {{1, 3, 4}}")

    # RabbitMQ tries again what fell due before the queue it goes to was back.
    poll_until(all_are_back, f"the messages in {queue}", timeout=30)
    assert found == {1, 3, 4}


def _receive_and_close(broker: Broker, queue: str) -> None:
    broker.ack(take(broker, queue))
    broker.close()


def _take_until_empty(broker: Broker, queue: str, both_have_one: Barrier) -> list[int]:
    first = take(broker, queue)
    both_have_one.wait()
    broker.ack(first)
    numbers = [number_in(first), *_take_all(broker, queue, wait_s=0.5)]
    broker.close()
    return numbers


def _take_all(broker: Broker, queue: str, wait_s: float) -> list[int]:
    numbers = []
    while (delivery := broker.receive(queue, wait_s)) is not None:
        numbers.append(number_in(delivery))
        broker.ack(delivery)
    return numbers


def _settle_too_late(broker: Broker, delivery: Delivery) -> None:
    """It has no effect; a broker that notices only now that it lost the connection may say so."""
    try:
        broker.ack(delivery)
    except BrokerUnavailable:
        assert broker.system == "rabbitmq"


def _settled(stats: QueueStats) -> QueueStats | NotYet:
    """RabbitMQ counts a message as ready only some time after it confirmed it."""
    return stats if (stats.depth, stats.dead) == (3, 1) else NotYet(stats)
