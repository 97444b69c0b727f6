"""`python -m chassis.events`, on the embedded broker."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest import CaptureFixture, fixture

from chassis.events import Broker, broker_from_url, decode, new_message
from chassis.events.__main__ import main
from tests.unit.chassis.events.fakes import QUEUE


@fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'broker.db'}"


@fixture
def broker(url: str) -> Iterator[Broker]:
    broker = broker_from_url(url)
    broker.declare(QUEUE, ["order_events"])
    yield broker
    broker.close()


def run(capsys: CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(arguments) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def bury(broker: Broker, *numbers: int) -> list[str]:
    ids = []
    for number in numbers:
        message = new_message("order_events", "OrderPlaced", {"card_token": "tok_secret"}, key=f"o{number}")
        ids.append(message.id)
        broker.publish(message)
        delivery = broker.receive(QUEUE)
        assert delivery is not None
        broker.dead_letter(delivery, "broken")
    return ids


def test_dead_letters_are_listed_without_their_bodies(
    broker: Broker, url: str, capsys: CaptureFixture[str]
) -> None:
    first, _ = bury(broker, 1, 2)
    (line,) = run(capsys, "--broker-url", url, "list", QUEUE, "--limit", "1")
    assert line.pop("died_at") > "2026"
    assert line == {
        "queue": QUEUE,
        "exchange": "order_events",
        "type": "OrderPlaced",
        "key": "o1",
        "message_id": first,
        "reason": "broken",
        "tries": 1,
        "traceparent": None,
    }


def test_dead_letters_are_replayed_and_forgotten(
    broker: Broker, url: str, capsys: CaptureFixture[str]
) -> None:
    first, second, *_ = bury(broker, 1, 2, 3, 4)
    assert run(capsys, "--broker-url", url, "replay", QUEUE, first) == [{"queue": QUEUE, "replayed": 1}]
    assert run(capsys, "--broker-url", url, "purge", QUEUE, second) == [{"queue": QUEUE, "purged": 1}]
    assert run(capsys, "--broker-url", url, "purge", QUEUE) == [{"queue": QUEUE, "purged": 2}]
    (stats,) = run(capsys, "--broker-url", url, "stats", QUEUE)
    assert (stats["depth"], stats["dead"]) == (1, 0)


def test_a_queue_can_be_declared_before_its_consumer_runs(url: str, capsys: CaptureFixture[str]) -> None:
    run(capsys, "--broker-url", url, "declare", "inventory", "order_events", "payment_events")
    broker = broker_from_url(url)
    for exchange in ("order_events", "payment_events"):
        broker.publish(new_message(exchange, "OrderPlaced", {}))
    assert broker.stats("inventory").depth == 2
    broker.close()


def test_a_broker_that_is_away_or_unknown_is_said_in_one_line(capsys: CaptureFixture[str]) -> None:
    assert main(["--broker-url", "amqp://guest:secret@127.0.0.1:1/%2F", "stats", QUEUE]) == 1
    assert main(["--broker-url", "redis://localhost", "stats", QUEUE]) == 2
    away, unknown = capsys.readouterr().err.splitlines()
    assert away.startswith("The broker does not answer: rabbitmq: ")
    assert unknown == "--broker-url: no broker speaks 'redis': use sqlite, amqp or amqps"
    assert "secret" not in away


def test_several_queues_are_looked_at_at_once(broker: Broker, url: str, capsys: CaptureFixture[str]) -> None:
    bury(broker, 1, 2)
    broker.declare("inventory", ["order_events"])

    stats = run(capsys, "--broker-url", url, "stats", QUEUE, "inventory")
    letters = run(capsys, "--broker-url", url, "list", "inventory", QUEUE, "--limit=1")

    assert [(line["queue"], line["dead"]) for line in stats] == [(QUEUE, 2), ("inventory", 0)]
    assert [(line["queue"], line["key"]) for line in letters] == [(QUEUE, "o1")]


def test_an_event_can_be_published_by_hand(broker: Broker, url: str, capsys: CaptureFixture[str]) -> None:
    event = ("order_events", "OrderPlaced", "--body", '{"order_id": 7}', "--key", "by hand", "--times", "2")
    said = run(capsys, "--broker-url", url, "publish", *event)
    assert [line["type"] for line in said] == ["OrderPlaced", "OrderPlaced"]
    delivery = broker.receive(QUEUE)
    assert delivery is not None
    message = decode(delivery.raw)
    assert (message.id, message.body, message.key) == (said[0]["message_id"], {"order_id": 7}, "by hand")
