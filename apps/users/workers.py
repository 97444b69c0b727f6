"""The thread of users: what has happened goes out to the others."""

from apps.users.settings import Settings
from chassis.background import Background
from chassis.database import Database
from chassis.events import Outbox, Relay, broker_from_url


def background(settings: Settings, outbox: Outbox, database: Database) -> Background:
    if not settings.broker_url:
        return Background()
    return Background(Relay(outbox, database, broker_from_url(settings.broker_url)))
