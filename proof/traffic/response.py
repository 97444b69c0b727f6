"""What came of a request."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Response:
    """A status and the body, or no status and the reason. Times are seconds since the epoch."""

    sent_at: float
    done_at: float
    span_id: str
    status: int | None = None
    body: bytes = b""
    error: str | None = None

    @property
    def created_id(self) -> str | None:
        return self.field("id") if self.status == 201 else None

    def field(self, name: str) -> str | None:
        """A field of the body, when that is a JSON object that has it."""
        try:
            return str(json.loads(self.body)[name])
        except (ValueError, KeyError, TypeError):
            return None
