"""When only some traces are kept (TRACES_KEPT_PERCENT), one that is wholly absent need not be lost."""

from collections.abc import Container, Iterable

from proof.ledger.rows import Row
from stackctl.run.backends import traces_kept_percent

# The sampler's decision_wait and the way to Jaeger: what is not there by then was not kept.
DECISION_SECONDS = 8.0


def all_traces_kept() -> bool:
    return float(traces_kept_percent()) >= 100


def surely_kept(rows: Iterable[Row], in_jaeger: Container[str]) -> list[Row]:
    """Rows whose trace is there, if only in part, or had to be kept because it failed."""
    return [row for row in rows if row.trace_id in in_jaeger or (row.status or 0) >= 500]
