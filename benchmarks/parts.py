"""One thread serving the trivial handler without a server, as far as one part of `telemetry` goes.

python -m benchmarks.parts PART REQUESTS     # what `python -m benchmarks.instructions --parts` counts
"""

import io
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Final

from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome

PARTS: Final = {
    "bare": "the bare app",
    "request": "the request's own thread, on top of bare",
    "settle": "in a row, later: span, measurement, line",
    "encode": "encoding",
    "send": "taking from the queue, joining, counting",
}
_ENVIRON: Final = {
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/hello/Ada",
    "QUERY_STRING": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "15100",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "HTTP_HOST": "127.0.0.1:15100",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.input": io.BytesIO(),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


class Nowhere:
    """Takes every batch, and joins it before where that is to be counted."""

    def __init__(self, join: Callable[[Sequence[Any]], object] = len) -> None:
        self._join = join

    def send(self, batch: Sequence[Any]) -> Outcome:
        self._join(batch)
        return DELIVERED

    def close(self) -> None:
        pass


def main(part: str, requests: int) -> None:
    from benchmarks import app as benchmarked

    app = benchmarked.make_app()
    if part != "bare":
        _observe(app, part)
    for _ in range(requests):
        body = app.wsgi_app(dict(_ENVIRON), _start_response)
        b"".join(body)
        if hasattr(body, "close"):
            body.close()


def _observe(app: Any, part: str) -> None:
    import glasshouse_telemetry as telemetry
    from glasshouse_telemetry._resource import describe_service
    from glasshouse_telemetry.fast import otlp as _otlp
    from glasshouse_telemetry.logs.output import output
    from glasshouse_telemetry.spans.provider import provider_for

    destinations = {
        "encode": [Destination(Nowhere, _otlp.encoded)],
        "send": [Destination(lambda: Nowhere(_otlp.request), _otlp.encoded)],
    }
    provider_for(describe_service("benchmark", "1"), destinations=destinations.get(part, []))
    telemetry.instrument(app, service_name="benchmark", service_version="1")
    if part == "request":
        output.add = lambda severity, entry: None  # type: ignore[method-assign]


def _start_response(*_: object) -> Callable[[bytes], object]:
    return len


def by_part(counts: dict[str, float]) -> dict[str, float]:
    """Each part is what it adds to the one before."""
    names = list(PARTS)
    return {names[0]: counts[names[0]]} | {
        later: counts[later] - counts[earlier] for earlier, later in pairwise(names)
    }


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
