"""The history of orders: a copy for reading, fed by events and a little behind (CQRS)."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from apps.orders.order import Reason, Status


class Entry(BaseModel):
    """An order as an event has it; other fields of the event do not matter here."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    order_id: str
    user_id: str
    status: Status
    reason: Reason | None
    version: int
    units: int
    total_cents: int
    placed_at: datetime
    changed_at: datetime
