"""A message: what happened, when and to what. On the wire it is one JSON object, on every broker the same."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

# Names of exchanges and queues: valid everywhere, and safe as a label and in a file of settings.
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
EventType = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]*$", max_length=64)]


class MalformedMessage(ValueError):
    """The bytes are no message. Says what is wrong, but never quotes them: they may hold personal data."""


def _finite(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """NaN and Infinity are not JSON, although Python reads and writes them."""
    json.dumps(body, allow_nan=False)
    return body


@dataclass(frozen=True)
class Message:
    """`type` is a past participle (OrderPlaced); `key` names what it is about, such as the order's id."""

    __pydantic_config__ = ConfigDict(strict=True)

    id: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
    exchange: Name
    type: EventType
    key: Annotated[str, StringConstraints(max_length=200)]
    occurred_at: AwareDatetime
    body: Annotated[dict[str, JsonValue], AfterValidator(_finite)]
    headers: dict[str, str] = field(default_factory=dict)


_adapter: TypeAdapter[Message] = TypeAdapter(Message)


def new_message(
    exchange: str, type: str, body: Mapping[str, Any], key: str = "", headers: Mapping[str, str] | None = None
) -> Message:
    """A message that says now what has happened; raises MalformedMessage where no consumer could read it."""
    message = Message(str(uuid4()), exchange, type, key, datetime.now(UTC), dict(body), dict(headers or {}))
    return decode(encode(message))


def encode(message: Message) -> bytes:
    fields = asdict(message) | {"occurred_at": message.occurred_at.isoformat()}
    try:
        return json.dumps(fields, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedMessage(f"body is not JSON: {error}") from None


def decode(raw: bytes) -> Message:
    """Nothing is converted ("1" is not 1). Unknown fields are left alone: a newer sender may have them."""
    try:
        return _adapter.validate_json(raw)
    except ValidationError as error:
        raise MalformedMessage(_describe(error)) from None


def _describe(error: ValidationError) -> str:
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(map(str, each['loc'])) or 'message'}: {each['msg']}" for each in problems[:3]
    )
