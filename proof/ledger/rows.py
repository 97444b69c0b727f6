"""The ledger: one row per request that was sent, written as soon as its outcome is known."""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from stackctl.errors import StackError


@dataclass(frozen=True)
class Row:
    """One request. Times are epoch seconds; without an answer `status` is None, `error` says why."""

    n: int
    kind: str
    client: str
    trace_id: str
    span_id: str
    request_id: str
    method: str
    path: str
    route: str
    intended_at: float
    sent_at: float
    done_at: float
    status: int | None
    expected_statuses: tuple[int, ...]
    created_id: str | None
    error: str | None
    latency_ms: float

    @property
    def answered(self) -> bool:
        return self.status is not None

    @property
    def as_expected(self) -> bool:
        return self.status is not None and is_expected(self.status, self.expected_statuses)


def is_expected(status: int, expected: Collection[int]) -> bool:
    """Where nothing is said of what is right, anything but a failure of the server is."""
    return status in expected if expected else status < 500


class Ledger:
    """Appends rows, each flushed at once: what was sent is known even when this process is killed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def append(self, row: Row) -> None:
        self._file.write(json.dumps(asdict(row), separators=(",", ":")) + "\n")
        self._file.flush()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def read_ledger(path: Path) -> list[Row]:
    """Read every whole row; a last one that was cut short by a kill is left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise StackError(f"The run has no ledger ({path}).", "./stack traffic makes a new run.") from None
    return list(rows(text, path))


def rows(text: str, path: Path) -> Iterator[Row]:
    """The whole rows of a ledger, or of a part of it."""
    whole, _, _ = text.rpartition("\n")
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            fields = json.loads(line)
            yield Row(**fields | {"expected_statuses": tuple(fields["expected_statuses"])})
        except (ValueError, TypeError, KeyError) as error:
            raise StackError(f"Line {number} of {path} is not a ledger row: {error}") from error
