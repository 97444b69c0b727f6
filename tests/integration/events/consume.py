"""A consumer's process, to be killed: BROKER_URL QUEUE EXCHANGE DATABASE_URL VISIBILITY_TIMEOUT_S."""

import signal
import sys

from chassis.events import Consumer, broker_from_url
from tests.integration.events.effects import open_database, write_down


def main() -> None:
    broker_url, queue, exchange, database_url, visibility_timeout_s = sys.argv[1:]
    broker = broker_from_url(broker_url, float(visibility_timeout_s))
    consumer = Consumer(broker, queue, [exchange], {"OrderPlaced": write_down}, open_database(database_url))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0 if consumer.stop() else 1))
    consumer.start()
    signal.pause()


if __name__ == "__main__":
    main()
