"""What holds for RabbitMQ alone."""

from collections.abc import Iterator
from contextlib import closing

import pika
from pytest import fixture

from chassis.events import Broker, broker_from_url, new_message
from tests.rabbitmq import RabbitMQNode


@fixture
def broker(rabbitmq_node: RabbitMQNode) -> Iterator[Broker]:
    broker = broker_from_url(rabbitmq_node.url)
    yield broker
    broker.close()


def test_a_retry_that_falls_due_while_its_queue_is_away_comes_within_seconds(
    rabbitmq_node: RabbitMQNode, broker: Broker, queue: str, exchange: str
) -> None:
    """As after a crash, when the delay is over before the queue it goes back to has a leader."""
    broker.declare(queue, [exchange])
    broker.publish(new_message(exchange, "OrderPlaced", {}, key="1"))
    delivery = broker.receive(queue, 5)
    assert delivery is not None
    broker.retry(delivery, delay_s=0.2)
    broker.close()
    with closing(pika.BlockingConnection(pika.URLParameters(rabbitmq_node.url))) as connection:
        connection.channel().queue_delete(queue)
        connection.sleep(2)
    broker.declare(queue, [exchange])
    assert broker.receive(queue, 0.1) is None
    again = broker.receive(queue, 15)
    assert again is not None
    assert again.tries == 2
    broker.ack(again)
