"""`./stack dlq` on the embedded broker of a stack."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chassis.events import Broker, broker_from_url, new_message
from stackctl.cli.main import app
from stackctl.run import brokers
from stackctl.settings.saved_options import SavedOptions

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLASSHOUSE_STATE_DIR", str(tmp_path))


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = broker_from_url(brokers.url(SavedOptions()))
    broker.declare("payments", ["order_events"])
    broker.declare("notifications", ["order_events"])
    yield broker
    broker.close()


def bury(broker: Broker, queue: str, key: str) -> str:
    """Publish to both queues; one gives up, the other is content."""
    headers = {"traceparent": f"00-{TRACE_ID}-00f067aa0ba902b7-01"}
    message = new_message("order_events", "OrderCancelled", {"email": "ann@example.com"}, key, headers)
    broker.publish(message)
    for name in ("payments", "notifications"):
        delivery = broker.receive(name)
        assert delivery is not None
        if name == queue:
            broker.dead_letter(delivery, "the mail server does not answer")
        else:
            broker.ack(delivery)
    return message.id


def run(*arguments: str, exit_code: int = 0) -> str:
    result = CliRunner().invoke(app, ["dlq", *arguments])
    assert result.exit_code == exit_code, result.output
    return result.output


def test_a_dead_letter_is_shown_with_its_reason_and_what_leads_to_more(broker: Broker) -> None:
    message_id = bury(broker, "notifications", "order-1")

    shown = run("list")

    assert re.search(r"notifications +OrderCancelled  dead since .*, tried 1 times: the mail server", shown)
    assert f"message {message_id}  about order-1  ./stack trace {TRACE_ID}" in shown
    assert "Dead letters: 1." in shown
    assert "ann@example.com" not in shown


def test_one_queue_may_be_asked_for(broker: Broker) -> None:
    bury(broker, "notifications", "order-1")
    bury(broker, "payments", "order-2")

    assert [letter["key"] for letter in json.loads(run("list", "--queue", "payments", "--json"))] == [
        "order-2"
    ]
    assert len(json.loads(run("list", "--json"))) == 2


def test_all_are_put_back_where_they_were(broker: Broker) -> None:
    bury(broker, "notifications", "order-1")
    bury(broker, "payments", "order-2")

    assert sorted(run("replay").splitlines()) == ["notifications: 1 put back", "payments: 1 put back"]

    assert (broker.stats("notifications").depth, broker.stats("payments").depth) == (1, 1)
    assert "No dead letters." in run("list")


def test_one_message_may_be_put_back(broker: Broker) -> None:
    first, second = bury(broker, "payments", "order-1"), bury(broker, "payments", "order-2")

    run("replay", second)

    assert [letter["message_id"] for letter in json.loads(run("list", "--json"))] == [first]


def test_nothing_to_put_back_is_a_failure(broker: Broker) -> None:
    assert run("replay", exit_code=1) == "No dead letter.\n"
    assert run("replay", "4711", exit_code=1) == "No dead letter 4711.\n"


def test_a_broker_that_is_away_is_an_error_without_its_password() -> None:
    SavedOptions(parts={"rabbitmq": "amqp://shop:secret@127.0.0.1:1/%2F"}).save()

    shown = run("list", exit_code=1)

    assert "The broker does not answer" in shown
    assert "secret" not in shown
