"""The broker that takes the services' events to each other: a SQLite file, or RabbitMQ."""

from stackctl import ports
from stackctl.paths import data_dir
from stackctl.settings import credentials
from stackctl.settings.saved_options import RABBITMQ, SavedOptions

USER = "glasshouse"
PASSWORD = "rabbitmq-password"


def url(chosen: SavedOptions) -> str:
    if RABBITMQ not in chosen.parts:
        return f"sqlite:///{data_dir('broker')}/broker.db"
    password = credentials.read(PASSWORD)
    return chosen.parts[RABBITMQ] or f"amqp://{USER}:{password}@{ports.address(ports.RABBITMQ)}/%2F"
