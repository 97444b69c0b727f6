"""How to connect to RabbitMQ, and what counts as its being away."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pika
from pika.exceptions import AMQPError, UnroutableError

from chassis.events._broker import BrokerUnavailable


def connect(url: str, heartbeat_s: int) -> pika.BlockingConnection:
    """Fails soon and leaves trying again to the caller: whoever waits in here cannot be stopped."""
    # pika reports a lost connection on several lines; we say it once, where it is tried again.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    parameters = pika.URLParameters(url)
    parameters.heartbeat = heartbeat_s
    parameters.connection_attempts = 1
    parameters.socket_timeout = 2.0
    parameters.stack_timeout = 5.0
    parameters.blocked_connection_timeout = 5.0
    return pika.BlockingConnection(parameters)


@contextmanager
def raising_unavailable() -> Iterator[None]:
    try:
        yield
    except UnroutableError:
        raise
    except (AMQPError, OSError) as error:
        raise BrokerUnavailable(f"rabbitmq: {type(error).__name__} {error}".rstrip()) from error
