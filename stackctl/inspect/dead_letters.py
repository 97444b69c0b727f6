"""Dead letters: messages whose consumer has given up on them, to be looked at and put back in their queue."""

import json
from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from stackctl.run.queues import QUEUES, Line, ask
from stackctl.system.terminal import visible

_LISTED_OF_EACH_QUEUE = 100


def show(console: Console, queue: str | None, as_json: bool) -> None:
    """The oldest dead letters of one queue, or of each."""
    letters = ask("list", *_asked(queue), f"--limit={_LISTED_OF_EACH_QUEUE}")
    if as_json:
        print(json.dumps(letters, indent=2))
        return
    for letter in letters:
        console.print(readable(letter), soft_wrap=True)
    dead = sum(_dead(queue).values())
    console.print(
        f"Dead letters: {dead}. To try them again: ./stack dlq replay" if dead else "No dead letters.",
        style="dim",
    )


def replay(console: Console, queue: str | None, message_id: str | None) -> bool:
    """Put them back, all of them or one, with all their tries before them; false when there was none."""
    replayed = 0
    for name in _dead(queue):
        [answer] = ask("replay", name, *([message_id] if message_id else []))
        if answer["replayed"]:
            console.print(f"{name}: {answer['replayed']} put back")
        replayed += answer["replayed"]
    if not replayed:
        console.print(f"No dead letter{f' {message_id}' if message_id else ''}.")
    return replayed > 0


def readable(letter: Line) -> Text:
    """Two lines: what became of it, and what leads to more."""
    text = Text(f"{letter['queue']:<14} ", "bold")
    text.append(visible(letter.get("type") or "no message"), "none")
    died_at = datetime.fromisoformat(letter["died_at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    text.append(
        f"  dead since {died_at}, tried {letter['tries']} times: {visible(letter['reason'])}\n", "none"
    )
    text.append(f"{'':<14} message {visible(letter['message_id'] or 'without an id')}", "dim")
    if key := letter.get("key"):
        text.append(f"  about {visible(key)}", "dim")
    if traceparent := letter.get("traceparent"):
        text.append(f"  ./stack trace {visible(traceparent).split('-')[1]}", "dim")
    return text


def _asked(queue: str | None) -> Sequence[str]:
    return (queue,) if queue else QUEUES


def _dead(queue: str | None) -> dict[str, int]:
    """How many, of the queues that have any."""
    return {line["queue"]: line["dead"] for line in ask("stats", *_asked(queue)) if line["dead"]}
