"""How the tables of payments came to be: see chassis/migrations."""

from apps.payments.store import Base
from chassis import idempotency_keys

TABLES = (Base.metadata, idempotency_keys.Base.metadata)
