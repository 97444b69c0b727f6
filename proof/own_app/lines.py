"""Access lines of an app: one for each answered request, found by its trace id, if the app writes any."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from glasshouse_telemetry import names
from proof.ledger.rows import Row
from proof.own_app.outages import Outages
from proof.verify.findings import Defect, Finding, NotChecked, check_of
from proof.verify.retry_until_complete import Checks, NothingYet
from stackctl.query import Line, Loki

SIGNAL = "logs"
NAME = "access lines by trace"

# Loki writes the dots of field names as underscores.
_STATUSES = ("http_response_status_code", "http_status_code")

# A line is written after the answer, and may wait for others.
_MARGIN_SECONDS = 60.0

# Whoever writes no access lines at all is not waited for much longer than lines take.
_ARRIVED_WITHIN_SECONDS = 15.0


class LineChecks:
    """`entries`: the ids of the app's server spans by trace. `not_checked` says why nothing can be said."""

    def __init__(
        self,
        app: str,
        rows: Sequence[Row],
        entries: Mapping[str, frozenset[str]],
        loki: Loki,
        outages: Callable[[str], Outages],
    ) -> None:
        self._app = app
        self._rows = [row for row in rows if row.answered]
        self._entries = entries
        self._loki = loki
        self._outages = outages
        self.not_checked: NotChecked | None = None

    def __call__(self) -> Checks:
        start = round((min(row.sent_at for row in self._rows) - 1) * 1e9)
        end = round((max(row.done_at for row in self._rows) + _MARGIN_SECONDS) * 1e9)
        stream = f"{{service_name={json.dumps(self._app)}}}"
        ours = {row.trace_id for row in self._rows}
        traced = [
            line
            for line in self._loki.lines(f'{stream} | trace_id != ""', start, end)
            if line.fields.get(names.TRACE_ID) in ours
        ]
        access = _access_lines(traced)
        self.not_checked = None
        if not access:
            some = next(iter(self._loki.lines(stream, start, end)), None)
            reason = self._reason(traced, some)
            self.not_checked = NotChecked(SIGNAL, NAME, reason)
            if time.time() < max(row.done_at for row in self._rows) + _ARRIVED_WITHIN_SECONDS:
                raise NothingYet(reason)
            return ()
        return (check_of(SIGNAL, NAME, len(self._rows), self._findings(access)),)

    def _findings(self, access: Sequence[Line]) -> list[tuple[int, Finding]]:
        by_trace: dict[str, list[Line]] = defaultdict(list)
        for line in access:
            by_trace[line.fields[names.TRACE_ID]].append(line)
        found = {row.trace_id: self._of_entry(row, by_trace[row.trace_id]) for row in self._rows}
        lacking = any(not lines for lines in found.values())
        outages = self._outages(self._app) if lacking else Outages()
        amounts: list[tuple[int, Finding]] = []
        for row in self._rows:
            statuses = Counter(_status(line) for line in found[row.trace_id])
            if not statuses[str(row.status)]:
                defect = Defect.LOST if outages.excuse(row) else Defect.MISSING
                said = f"; it says {', '.join(sorted(statuses))}" if statuses else ""
                amounts.append(
                    (1, self._finding(defect, row, f"an access line of status {row.status}{said}"))
                )
            if (more := statuses.total() - 1) > 0:
                amounts.append((more, self._finding(Defect.DUPLICATED, row, f"{more + 1} access lines")))
        return amounts

    def _of_entry(self, row: Row, lines: Sequence[Line]) -> Sequence[Line]:
        """An app that calls itself has others in the same trace: those of the server span are meant."""
        entry = self._entries.get(row.trace_id, frozenset())
        return [line for line in lines if line.fields.get(names.SPAN_ID) in entry] or lines

    def _finding(self, defect: Defect, row: Row, detail: str) -> Finding:
        query = f'{{service_name="{self._app}"}} | trace_id="{row.trace_id}"'
        return Finding(defect, f"{row.method} {row.path}"[:100], detail, query)

    def _reason(self, traced: Sequence[Line], some: Line | None) -> str:
        if traced:
            return (
                f"none of the {len(traced):,} lines of {self._app} that bear the trace id of a request "
                "has a field http.response.status_code"
            )
        if some is not None:
            return f"no line of {self._app} bears the trace id of a request"
        return f"Loki has no line of {self._app}"


def _access_lines(traced: Sequence[Line]) -> Sequence[Line]:
    """Those of this repository's library by their logger; of others, whatever says a status."""
    saying = [line for line in traced if _status(line)]
    return [line for line in saying if line.fields.get(names.LOGGER) == names.ACCESS_LOGGER] or saying


def _status(line: Line) -> str:
    return next((line.fields[name] for name in _STATUSES if name in line.fields), "")
