"""A consumer's process, to be killed: BROKER_URL QUEUE EXCHANGE DATABASE_URL VISIBILITY_TIMEOUT_S.

It kills itself over a message whose body says `die`: "while handling", or "after the commit" and before the
acknowledgement.
"""

import os
import signal
import sys

from sqlalchemy import event
from sqlalchemy.orm import Session

from chassis.events import Consumer, Message, broker_from_url
from tests.integration.events.effects import open_database, write_down

MAX_TRIES = 3


def handle(session: Session, message: Message) -> None:
    write_down(session, message)
    match message.body.get("die"):
        case "while handling":
            die()
        case "after the commit":
            event.listen(session, "after_commit", die)


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    broker_url, queue, exchange, database_url, visibility_timeout_s = sys.argv[1:]
    broker = broker_from_url(broker_url, float(visibility_timeout_s))
    database = open_database(database_url)
    consumer = Consumer(broker, queue, [exchange], {"OrderPlaced": handle}, database, max_tries=MAX_TRIES)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0 if consumer.stop() else 1))
    consumer.start()
    signal.pause()


if __name__ == "__main__":
    main()
