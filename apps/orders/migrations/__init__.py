"""How the tables of orders came to be: see chassis/migrations."""

from apps.orders.tables import Base
from chassis import events, idempotency_keys

TABLES = (Base.metadata, events.metadata, idempotency_keys.Base.metadata)
