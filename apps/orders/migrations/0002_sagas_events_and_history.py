"""Orders get versions and reasons; beside them sagas, events, idempotency keys and the history."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _version_orders()
    op.create_table(
        "saga_state",
        sa.Column("order_id", sa.String(36), primary_key=True),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card_token", sa.String(64)),
        sa.Column("origin", sa.JSON, nullable=False),
    )
    under_way = sa.text("step != 'done'")
    op.create_index(
        "ix_saga_state_under_way",
        "saga_state",
        ["next_at"],
        sqlite_where=under_way,
        postgresql_where=under_way,
    )
    op.create_table(
        "order_history",
        sa.Column("order_id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("units", sa.BigInteger, nullable=False),
        sa.Column("total_cents", sa.BigInteger, nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_order_history_user_id_placed_at", "order_history", ["user_id", "placed_at"])
    op.create_index("ix_order_history_changed_at", "order_history", ["changed_at"])
    _create_idempotency_keys()
    _create_events()


def _version_orders() -> None:
    """An order of before is at its first version, which it has had since it was placed."""
    with op.batch_alter_table("orders") as batch:
        batch.add_column(sa.Column("reason", sa.String(32)))
        batch.add_column(sa.Column("version", sa.Integer))
        batch.add_column(sa.Column("changed_at", sa.DateTime(timezone=True)))
        batch.add_column(sa.Column("wish_key", sa.String(64)))
    op.execute("UPDATE orders SET version = 1, changed_at = created_at")
    op.execute("UPDATE orders SET reason = 'cancelled_on_request' WHERE status = 'CANCELLED'")
    with op.batch_alter_table("orders") as batch:
        batch.alter_column("version", existing_type=sa.Integer, nullable=False)
        batch.alter_column("changed_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch.create_unique_constraint("uq_orders_wish_key", ["wish_key"])
    op.create_index("ix_orders_changed_at", "orders", ["changed_at"])


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("key_digest", sa.String(64), primary_key=True),
        sa.Column("request_digest", sa.String(64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer),
        sa.Column("headers", sa.JSON),
        sa.Column("body", sa.LargeBinary),
    )
    op.create_index("ix_idempotency_keys_started_at", "idempotency_keys", ["started_at"])


def _create_events() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("message_id", sa.String(36), nullable=False, unique=True),
        sa.Column("exchange", sa.String(64), nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("headers", sa.Text, nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
    )
    unpublished = sa.text("published_at IS NULL")
    op.create_index(
        "outbox_unpublished",
        "outbox",
        ["position"],
        sqlite_where=unpublished,
        postgresql_where=unpublished,
    )
    op.create_index("outbox_published_at", "outbox", ["published_at"])
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.String(64), primary_key=True),
        sa.Column("message_id", sa.String(36), primary_key=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("inbox_handled_at", "inbox", ["handled_at"])
