"""Poison: events that no consumer can read. They end as dead letters, known by their key."""

import json
from dataclasses import dataclass

from stackctl.run import queues

_KEY = "drill"


@dataclass(frozen=True)
class PoisonEvents:
    """`times` events of this `type`, without the body that it should have, for `queue` by `exchange`."""

    exchange: str
    type: str
    queue: str
    times: int
    restarts: tuple[str, ...] = ()

    def inject(self, drill: str, owner: int | None) -> None:
        body = json.dumps({"released_by": "a producer of tomorrow"})
        queues.ask(
            "publish", self.exchange, self.type, "--body", body, "--key", _KEY, "--times", str(self.times)
        )

    def undo(self, drill: str) -> None:
        """Only ours: other dead letters may be somebody's orders."""
        for letter in queues.ask("list", self.queue, "--limit", "10000"):
            if letter.get("key") == _KEY:
                queues.ask("purge", self.queue, letter["message_id"])
