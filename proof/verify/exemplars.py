"""Exemplars: those of the request histogram lead to traces that exist."""

from collections.abc import Collection, Iterable, Sequence

from glasshouse_telemetry import names
from proof.verify.findings import Check, Defect, Finding, check_of
from stackctl.query import Exemplar, Jaeger

BUCKETS = f"{names.HTTP_SERVER_REQUEST_DURATION}_bucket"
_MOST = 200


def sample_trace_ids(exemplars: Iterable[Exemplar]) -> list[str]:
    """Pick at most 200 different trace ids, spread over all."""
    distinct = sorted({exemplar.trace_id for exemplar in exemplars if exemplar.trace_id})
    step = max(1, -(-len(distinct) // _MOST))
    return distinct[::step]


def reconcile_exemplars(
    trace_ids: Sequence[str], in_jaeger: Collection[str], jaeger: Jaeger, *, some_expected: bool = True
) -> Check:
    """Compare exemplars' trace ids with the traces found; where some are due, none is one missing."""
    if not trace_ids and some_expected:
        none = Finding(Defect.MISSING, "exemplars", "there is not one", BUCKETS)
        return check_of("metrics", "exemplars to traces", 1, [(1, none)])
    dangling = [
        (1, Finding(Defect.MISSING, f"trace {trace_id}", "an exemplar leads to it", jaeger.command(trace_id)))
        for trace_id in trace_ids
        if trace_id not in in_jaeger
    ]
    return check_of("metrics", "exemplars to traces", len(trace_ids), dangling)
