"""Look after queues from outside a service: `python -m chassis.events --help`. Answers in JSON lines.

A dead letter's body is not shown: it may hold personal data.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from chassis.events._broker import Broker, BrokerUnavailable, DeadLetter
from chassis.events._message import MalformedMessage, decode, new_message
from chassis.events._urls import broker_from_url

Lines = Iterator[Mapping[str, object]]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        broker = broker_from_url(options.broker_url)
    except ValueError as error:
        print(f"--broker-url: {error}", file=sys.stderr)
        return 2
    try:
        for line in options.run(broker, options):
            print(json.dumps(line))
    except ValueError as error:
        print(f"This is no event: {error}", file=sys.stderr)
        return 2
    except BrokerUnavailable as error:
        print(f"The broker does not answer: {error}", file=sys.stderr)
        return 1
    finally:
        broker.close()
    return 0


def _stats(broker: Broker, options: argparse.Namespace) -> Lines:
    for queue in options.queues:
        stats = broker.stats(queue)
        yield {
            "queue": queue,
            "depth": stats.depth,
            "in_flight": stats.in_flight,
            "dead": stats.dead,
            "oldest_age_seconds": stats.oldest_age_s(),
        }


def _declare(broker: Broker, options: argparse.Namespace) -> Lines:
    broker.declare(options.queue, options.exchanges)
    yield {"queue": options.queue, "exchanges": options.exchanges}


def _list(broker: Broker, options: argparse.Namespace) -> Lines:
    for queue in options.queues:
        for letter in broker.dead_letters(queue, options.limit):
            yield {"queue": queue, **_describe(letter)}


def _replay(broker: Broker, options: argparse.Namespace) -> Lines:
    yield {"queue": options.queue, "replayed": broker.replay(options.queue, options.message_id)}


def _purge(broker: Broker, options: argparse.Namespace) -> Lines:
    yield {"queue": options.queue, "purged": broker.purge(options.queue, options.message_id)}


def _publish(broker: Broker, options: argparse.Namespace) -> Lines:
    body = json.loads(options.body)
    for _ in range(options.times):
        message = new_message(options.exchange, options.type, body, options.key)
        broker.publish(message)
        yield {"exchange": message.exchange, "type": message.type, "message_id": message.id}


def _describe(letter: DeadLetter) -> Mapping[str, object]:
    account = {
        "message_id": letter.message_id,
        "reason": letter.reason,
        "tries": letter.tries,
        "died_at": letter.died_at.isoformat(),
    }
    try:
        message = decode(letter.raw)
    except MalformedMessage:
        return account
    trace = {"traceparent": message.headers.get("traceparent")}
    return {"exchange": message.exchange, "type": message.type, "key": message.key, **account, **trace}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chassis.events", description=__doc__.partition("\n")[0])
    parser.add_argument("--broker-url", default=os.environ.get("BROKER_URL", ""), help="default: $BROKER_URL")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str, several: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        if several:
            added.add_argument("queues", metavar="queue", nargs="+")
        else:
            added.add_argument("queue")
        return added

    command("stats", _stats, "how many messages queues hold, and how old the oldest is", several=True)
    declare = command("declare", _declare, "make a queue before its consumer runs, so that it misses nothing")
    declare.add_argument("exchanges", nargs="+")
    listing = command("list", _list, "the dead letters of queues, the oldest first", several=True)
    listing.add_argument("--limit", type=int, default=100, help="of each queue (%(default)s)")
    replay = command("replay", _replay, "put dead letters back into their queue")
    replay.add_argument("message_id", nargs="?", help="default: all")
    purge = command("purge", _purge, "forget all dead letters of a queue, or one")
    purge.add_argument("message_id", nargs="?", help="default: all")
    publish = commands.add_parser("publish", help="say that something has happened: for tests and drills")
    publish.set_defaults(run=_publish)
    publish.add_argument("exchange")
    publish.add_argument("type", help="as PaymentRequested")
    publish.add_argument("--body", default="{}", help="a JSON object (%(default)s)")
    publish.add_argument("--key", default="", help="what it is about")
    publish.add_argument("--times", type=int, default=1, help="(%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
