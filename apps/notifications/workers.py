"""The threads of notifications: events come in, mails go out; one looks for signs of life of alerting."""

from collections.abc import Mapping
from typing import Final

from apps.notifications.events import LISTENS_TO, QUEUE
from apps.notifications.settings import Settings
from apps.notifications.watchdog import Watchdog
from chassis.background import Background, Repeated
from chassis.database import Database
from chassis.events import Backoff, Consumer, Handler, broker_from_url

# Of what fails, the mail server's outages last longest.
BACKOFF: Final = Backoff(first_s=0.2, longest_s=60.0)


def background(
    settings: Settings, database: Database, handlers: Mapping[str, Handler], watchdog: Watchdog
) -> Background:
    looking = Repeated("watchdog", watchdog.look)
    if not settings.broker_url:
        return Background(looking)
    consumer = Consumer(
        broker_from_url(settings.broker_url),
        QUEUE,
        LISTENS_TO,
        handlers,
        database,
        max_tries=settings.mail_tries,
        backoff=BACKOFF,
        threads=settings.mail_threads,
    )
    return Background(consumer, looking)
