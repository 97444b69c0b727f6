"""From a URL to a broker."""

from pathlib import Path

from sqlalchemy import make_url

from chassis.events._broker import Broker


def broker_from_url(url: str, visibility_timeout_s: float = 10.0) -> Broker:
    """`sqlite:////absolute/broker.db` or `amqp(s)://user:password@host:port/%2F`. Connects to nothing yet.

    A consumer that takes longer than `visibility_timeout_s` over one message, or has died, loses it to the
    next.
    """
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        from chassis.events._sqlite import SQLiteBroker

        if not (file := make_url(url).database):
            raise ValueError("a SQLite broker needs a file: processes could not share one in memory")
        return SQLiteBroker(Path(file), visibility_timeout_s)
    if scheme in ("amqp", "amqps"):
        from chassis.events._rabbitmq import RabbitMQBroker

        return RabbitMQBroker(url, visibility_timeout_s)
    raise ValueError(f"no broker speaks {scheme!r}: use sqlite, amqp or amqps")
