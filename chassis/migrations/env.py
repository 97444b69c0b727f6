"""Alembic's environment, the same for every service. Whoever calls it has begun the transaction."""

import logging
from typing import Any, Literal

from alembic import context

from chassis.sqlalchemy_types import UtcDateTime


def _render(kind: str, item: Any, _: Any) -> str | Literal[False]:
    """Revisions name no type of ours, so that those can change."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


def _tell(step: Any, **_: Any) -> None:
    logging.getLogger("chassis.migrations").info("revision %s: %s", step.up_revision_id, step.up_revision.doc)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["tables"],
    compare_server_default=True,
    render_as_batch=True,  # SQLite changes a table by making it anew; elsewhere a batch is just ALTER
    render_item=_render,
    on_version_apply=_tell,  # type: ignore[arg-type]  # it is called with keywords
)
context.run_migrations()
