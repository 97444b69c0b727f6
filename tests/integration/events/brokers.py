"""The brokers under test: to connect to, to break, and to slip something foreign into."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pika

from chassis.events import Broker, broker_from_url
from tests.rabbitmq import RabbitMQNode


class BrokerUnderTest(Protocol):
    url: str
    # What "soon" is for a consumer that has gone silent.
    shortest_visibility_timeout_s: float

    def connect(self, visibility_timeout_s: float = 10.0) -> Broker: ...

    def slip_in(self, queue: str, raw: bytes) -> None:
        """Put bytes into a queue that no publisher of ours would."""

    def crash_and_recover(self) -> None: ...


class EmbeddedBroker:
    shortest_visibility_timeout_s = 0.3

    def __init__(self, folder: Path) -> None:
        self._file = folder / "broker" / "broker.db"
        self.url = f"sqlite:///{self._file}"

    def connect(self, visibility_timeout_s: float = 10.0) -> Broker:
        return broker_from_url(self.url, visibility_timeout_s)

    def slip_in(self, queue: str, raw: bytes) -> None:
        with closing(sqlite3.connect(self._file)) as connection, connection:
            connection.execute(
                "INSERT INTO messages (queue, message_id, raw, published_at) VALUES (?, '', ?, ?)",
                (queue, raw, time.time()),
            )

    def crash_and_recover(self) -> None:
        """Nothing runs that could crash: the file is all there is."""


class RealRabbitMQ:
    shortest_visibility_timeout_s = 2.0

    def __init__(self, node: RabbitMQNode) -> None:
        self._node = node
        self.url = node.url

    def connect(self, visibility_timeout_s: float = 10.0) -> Broker:
        return broker_from_url(self.url, visibility_timeout_s)

    def slip_in(self, queue: str, raw: bytes) -> None:
        with closing(pika.BlockingConnection(pika.URLParameters(self.url))) as connection:
            connection.channel().basic_publish("", queue, raw)

    def crash_and_recover(self) -> None:
        self._node.kill()
        self._node.start()
