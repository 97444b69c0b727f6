"""A relay's process, to be killed: BROKER_URL DATABASE_URL."""

import signal
import sys

from chassis.events import Outbox, Relay, broker_from_url
from tests.integration.events.effects import open_database


def main() -> None:
    broker_url, database_url = sys.argv[1:]
    Relay(Outbox(), open_database(database_url), broker_from_url(broker_url)).start()
    signal.pause()


if __name__ == "__main__":
    main()
