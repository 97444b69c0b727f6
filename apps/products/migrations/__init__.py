"""How the tables of products came to be: see chassis/migrations."""

from apps.products.repository import Base

TABLES = (Base.metadata,)
