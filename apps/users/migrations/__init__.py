"""How the tables of users came to be: see chassis/migrations."""

from apps.users.repository import Base
from chassis import events

TABLES = (Base.metadata, events.metadata)
