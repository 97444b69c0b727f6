"""Everything that the console may ask of a backend. What is not listed here cannot be asked.

All are reads by GET. A read names its parameters; whatever else a page sends is refused, and never passed on.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

_ANY: Final = re.compile(r"[\s\S]{1,8000}")
_SECONDS: Final = re.compile(r"\d{1,10}(\.\d{1,9})?")
_WHOLE_SECONDS: Final = re.compile(r"[1-9]\d{0,5}")
_NANOSECONDS: Final = re.compile(r"\d{16,19}")
_MICROSECONDS: Final = re.compile(r"\d{13,16}")
_DURATION: Final = re.compile(r"\d{1,9}(\.\d{1,6})?(ns|us|µs|ms|s|m|h)")
_LABEL: Final = re.compile(r"[a-zA-Z_]\w{0,99}", re.ASCII)
_TRACE_ID: Final = re.compile(r"[0-9a-f]{16,32}")
_TO_1000: Final = re.compile(r"[1-9]\d{0,2}|1000")
_TO_5000: Final = re.compile(r"[1-9]\d{0,2}|[1-4]\d{3}|5000")


def _no_headers() -> Mapping[str, str]:
    return MappingProxyType({})


class Refused(Exception):
    """A read that is not allowed, or parameters that it does not take."""


@dataclass(frozen=True)
class Read:
    """`path` may have one parameter in braces. An answer is shared for `fresh_s` seconds by all who ask the
    same; a time in `on_grid` is moved back onto a grid of the step, or of `fresh_s`, so that they do.
    """

    backend: str
    path: str
    params: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    on_grid: tuple[str, ...] = ()
    fresh_s: float = 5
    headers: Mapping[str, str] = field(default_factory=_no_headers)

    def request(self, given: Iterable[tuple[str, str]]) -> "Request":
        """Check the parameters; raises `Refused` with the reason."""
        values = dict(self._checked(name, value) for name, value in given)
        if missing := self.required - values.keys():
            raise Refused(f"{', '.join(sorted(missing))} is missing")
        step = float(values.get("step", self.fresh_s))
        for name in self.on_grid:
            if name in values:
                values[name] = f"{float(values[name]) // step * step:.0f}"
        path = re.sub(r"\{(\w+)\}", lambda found: quote(values.pop(found[1]), safe=""), self.path)
        fresh_s = min(max(step, self.fresh_s), 60)
        return Request(self.backend, path, tuple(sorted(values.items())), fresh_s, self.headers)

    def _checked(self, name: str, value: str) -> tuple[str, str]:
        allowed = self.params.get(name)
        if allowed is None:
            raise Refused(f"there is no parameter {name!r}")
        if not allowed.fullmatch(value):
            raise Refused(f"{name} is not valid")
        return name, value


@dataclass(frozen=True)
class Request:
    """What is sent to a backend; equal requests are sent once."""

    backend: str
    path: str
    params: tuple[tuple[str, str], ...]
    fresh_s: float = field(compare=False)
    headers: Mapping[str, str] = field(compare=False, default_factory=_no_headers)


_RANGE = {"query": _ANY, "start": _SECONDS, "end": _SECONDS}

READS: Mapping[str, Read] = MappingProxyType(
    {
        "prometheus/query_range": Read(
            "prometheus",
            "/api/v1/query_range",
            {**_RANGE, "step": _WHOLE_SECONDS},
            frozenset({*_RANGE, "step"}),
            ("start", "end"),
        ),
        "prometheus/query": Read(
            "prometheus",
            "/api/v1/query",
            {"query": _ANY, "time": _SECONDS},
            frozenset({"query", "time"}),
            ("time",),
        ),
        "prometheus/query_exemplars": Read(
            "prometheus", "/api/v1/query_exemplars", _RANGE, frozenset(_RANGE), ("start", "end")
        ),
        "prometheus/label_values": Read(
            "prometheus",
            "/api/v1/label/{label}/values",
            {"label": _LABEL, "match[]": _ANY, "start": _SECONDS, "end": _SECONDS},
            frozenset({"label"}),
            ("start", "end"),
            fresh_s=15,
        ),
        "prometheus/rules": Read("prometheus", "/api/v1/rules", {"type": re.compile("alert|record")}),
        "loki/query_range": Read(
            "loki",
            "/loki/api/v1/query_range",
            {
                "query": _ANY,
                "start": _NANOSECONDS,
                "end": _NANOSECONDS,
                "step": _WHOLE_SECONDS,
                "limit": _TO_5000,
                "direction": re.compile("forward|backward"),
            },
            frozenset({"query", "start", "end"}),
            fresh_s=1,
            # Makes Loki answer structured metadata apart from the stream's labels.
            headers=MappingProxyType({"X-Loki-Response-Encoding-Flags": "categorize-labels"}),
        ),
        "loki/label_values": Read(
            "loki",
            "/loki/api/v1/label/{label}/values",
            {"label": _LABEL, "start": _NANOSECONDS, "end": _NANOSECONDS},
            frozenset({"label"}),
            fresh_s=15,
        ),
        "loki/rules": Read("loki", "/prometheus/api/v1/rules"),
        "jaeger/services": Read("jaeger", "/api/services", fresh_s=15),
        "jaeger/operations": Read(
            "jaeger",
            "/api/services/{service}/operations",
            {"service": _ANY},
            frozenset({"service"}),
            fresh_s=15,
        ),
        "jaeger/traces": Read(
            "jaeger",
            "/api/traces",
            {
                "service": _ANY,
                "operation": _ANY,
                "tags": _ANY,
                "minDuration": _DURATION,
                "maxDuration": _DURATION,
                "limit": _TO_1000,
                "start": _MICROSECONDS,
                "end": _MICROSECONDS,
            },
            frozenset({"service", "start", "end"}),
        ),
        "jaeger/trace": Read(
            "jaeger", "/api/traces/{trace_id}", {"trace_id": _TRACE_ID}, frozenset({"trace_id"})
        ),
        "alertmanager/alerts": Read("alertmanager", "/api/v2/alerts"),
        "alertmanager/silences": Read("alertmanager", "/api/v2/silences"),
    }
)
