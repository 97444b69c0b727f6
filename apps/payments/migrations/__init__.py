"""How the tables of payments came to be: see chassis/migrations."""

from apps.payments.repository import Base
from chassis import events, idempotency_keys

TABLES = (Base.metadata, events.metadata, idempotency_keys.Base.metadata)
