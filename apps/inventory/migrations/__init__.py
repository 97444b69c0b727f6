"""How the tables of inventory came to be: see chassis/migrations."""

from apps.inventory.store import Base
from chassis import events

TABLES = (Base.metadata, events.metadata)
