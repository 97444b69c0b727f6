"""Products, as they were before there were revisions: a database of that time is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    name = sa.String(200).with_variant(sa.String(200, collation="C"), "postgresql")
    op.create_table(
        "products",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", name, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("price_cents", sa.BigInteger, nullable=False),
        sa.Column("description", sa.String(2_000), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    for column in ("name", "category", "price_cents", "created_at"):
        op.create_index(f"ix_products_{column}", "products", [column], if_not_exists=True)
