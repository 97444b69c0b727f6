"""How the tables of products came to be: see chassis/migrations."""

from apps.products.store import Base

TABLES = (Base.metadata,)
