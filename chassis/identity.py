"""Ids and instants."""

from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

SEED_NAMESPACE = UUID("6f1d3c9e-4a57-4b0e-9d5e-2f0f3a7c1b84")


def new_id() -> str:
    """Random, so that nobody can guess another's."""
    return str(uuid4())


def seed_id(kind: str, name: str) -> str:
    """The same on every machine: seed data of one service can refer to that of another without asking it."""
    return str(uuid5(SEED_NAMESPACE, f"{kind}/{name}"))


def utc_now() -> datetime:
    return datetime.now(UTC)
