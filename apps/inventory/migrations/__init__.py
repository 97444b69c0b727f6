"""How the tables of inventory came to be: see chassis/migrations."""

from apps.inventory.repository import Base
from chassis import events

TABLES = (Base.metadata, events.metadata)
