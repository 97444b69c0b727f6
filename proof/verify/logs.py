"""Logs: each service that a trace crossed has its access line; what is in the files is in Loki, once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from glasshouse_telemetry import names
from proof.expectations import CONVENTIONS, Served, read_served
from proof.verify.expected_calls import ExpectedCalls, compare, served
from proof.verify.findings import Check, Defect, Finding, check_of
from stackctl.query import Line

_PROTOCOLS = {convention.access_logger: protocol for protocol, convention in CONVENTIONS.items()}


@dataclass(frozen=True, order=True)
class LineId:
    """What makes a line itself and no other, in the file as in Loki."""

    time_ns: int
    service: str
    trace_id: str
    span_id: str
    logger: str
    message: str


def reconcile_access_lines(name: str, demands: Iterable[ExpectedCalls], lines: Iterable[Line]) -> Check:
    """Compare the calls of every trace with the access lines that bear its id."""
    found = access_lines(lines)
    listed = list(demands)
    findings = (finding for demand in listed for finding in _findings(demand, found[demand.trace_id]))
    return check_of("logs", name, sum(demand.calls.total() for demand in listed), findings)


def reconcile_files(in_files: Counter[LineId], in_loki: Counter[LineId]) -> Check:
    """Compare the lines of the files with the lines of Loki, by identity."""
    missing = sorted((in_files - in_loki).items())
    twice = sorted((in_loki - in_files).items())
    findings = [(amount, _line_finding(Defect.MISSING, line)) for line, amount in missing]
    findings += [(amount, _line_finding(Defect.DUPLICATED, line)) for line, amount in twice]
    return check_of("logs", "lines in files = in Loki", in_files.total(), findings)


def access_lines(lines: Iterable[Line]) -> dict[str, Counter[Served]]:
    """Group the access lines by trace id."""
    found: dict[str, Counter[Served]] = defaultdict(Counter)
    for line in lines:
        protocol = _PROTOCOLS.get(line.fields.get(names.LOGGER, ""))
        if protocol is not None:
            # Loki writes the dots of field names as underscores, as Prometheus does.
            served_call = read_served(line.service, protocol, line.fields)
            found[line.fields.get(names.TRACE_ID, "")][served_call] += 1
    return found


def line_id(line: Line) -> LineId:
    trace_id, span_id, logger = (
        line.fields.get(name, "") for name in (names.TRACE_ID, names.SPAN_ID, names.LOGGER)
    )
    return LineId(line.time_ns, line.service, trace_id, span_id, logger, line.text)


def _findings(demand: ExpectedCalls, found: Counter[Served]) -> Iterator[tuple[int, Finding]]:
    demanded, allowed = served(demand.calls.elements()), served(demand.allowed.elements())
    too_few, too_many = compare(demanded, allowed, found)
    for request, amount in too_few.items():
        yield amount, _access_finding(demand.lacking, demand, request, amount)
    for request, amount in too_many.items():
        yield amount, _access_finding(Defect.DUPLICATED, demand, request, amount)


def _access_finding(defect: Defect, demand: ExpectedCalls, request: Served, amount: int) -> Finding:
    query = f'{{service_name="{request.service}"}} | trace_id="{demand.trace_id}"'
    return Finding(defect, demand.label, f"{amount} access line of {request}", query)


def _line_finding(defect: Defect, line: LineId) -> Finding:
    span = f' | span_id="{line.span_id}"' if line.span_id else ""
    query = f'{{service_name="{line.service}"}}{span} |= {_quoted(line.message[:80])}'
    return Finding(defect, f"{line.service} at {line.time_ns} ns", line.message[:80], query)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
