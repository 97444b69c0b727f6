"""How the tables of notifications came to be: see chassis/migrations."""

from apps.notifications.repository import Base
from chassis import events

TABLES = (Base.metadata, events.metadata)
