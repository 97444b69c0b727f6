"""prometheus-client's metrics as OTLP requests (opentelemetry/proto/metrics/v1).

Names and attributes are those of the scraped series, suffixes included, and types as the OpenTelemetry
specification maps them ("Prometheus and OpenMetrics Compatibility"). So a pushed metric and a scraped one
become the same series, whichever strategy Prometheus translates OTLP with.
"""

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as pb
from opentelemetry.sdk.resources import Resource
from prometheus_client import Metric
from prometheus_client.samples import Exemplar, Sample

from glasshouse_telemetry import names
from glasshouse_telemetry.export import otlp_values

_log = logging.getLogger("telemetry.export")
_CUMULATIVE: Final = pb.AGGREGATION_TEMPORALITY_CUMULATIVE
_MAX_BYTES: Final = 1024 * 1024  # of one request; gRPC receivers refuse more than 4 MiB
# Prometheus refuses a whole request for one sample that is too old (an hour) or in the future (ten minutes).
_OLDEST: Final = 30 * 60 * 10**9
_NEWEST: Final = 60 * 10**9
_INFINITE: Final = float("inf")
_TARGET: Final = "target"  # the family of target_info, which tells of the resource

# The words that Prometheus ends names with, and the UCUM units that OpenTelemetry wants.
_UNITS: Final = {
    "days": "d",
    "hours": "h",
    "minutes": "min",
    "seconds": "s",
    "milliseconds": "ms",
    "microseconds": "us",
    "nanoseconds": "ns",
    "bytes": "By",
    "kibibytes": "KiBy",
    "mebibytes": "MiBy",
    "gibibytes": "GiBy",
    "meters": "m",
    "volts": "V",
    "amperes": "A",
    "joules": "J",
    "watts": "W",
    "grams": "g",
    "celsius": "Cel",
    "hertz": "Hz",
}

Labels = tuple[tuple[str, str], ...]
SeriesKey = tuple[str, Labels]
Point = pb.NumberDataPoint | pb.HistogramDataPoint | pb.SummaryDataPoint


def labels_of(sample: Sample, *without: str) -> Labels:
    return tuple(sorted((key, value) for key, value in sample.labels.items() if key not in without))


@dataclass
class Encoding:
    """One collection of a registry, encoded.

    `now`, `started`: nanoseconds since the epoch; `started` is when counting began where a series does not
    say. `known`: cumulative series that the receiver has already. A series that is new begins with a point of
    0 at its start, so that `increase` counts what happened before the first push.
    """

    now: int
    started: int
    known: frozenset[SeriesKey] = frozenset()
    cumulative: set[SeriesKey] = field(default_factory=set)
    _taken: set[SeriesKey] = field(default_factory=set)

    def requests(self, families: Iterable[Metric], resource: Resource) -> list[bytes]:
        """Serialized ExportMetricsServiceRequests, of about a mebibyte at most.

        A family that cannot be encoded costs itself and no other.
        """
        families = list(families)
        packer = _Packer(_described(resource, families))
        for family in families:
            if family.name != _TARGET:
                try:
                    encoded = [(header, list(points)) for header, points in self._metrics(family)]
                except Exception as error:
                    _log.warning("metric %s cannot be pushed: %r", family.name, error)
                else:
                    for header, points in encoded:
                        packer.add(header, points)
        return packer.requests()

    def _metrics(self, family: Metric) -> Iterator[tuple[pb.Metric, Iterable[Point]]]:
        match family.type:
            case "histogram":
                yield self._histogram(family)
            case "summary":
                yield self._summary(family)
            case "counter":
                yield from self._counters(family)
            case "info" | "stateset":
                for name, points in self._numbers(family).items():
                    header = _header(family, name)
                    header.sum.aggregation_temporality = _CUMULATIVE
                    yield header, points
            case _:
                for name, points in self._numbers(family).items():
                    header = _header(family, name)
                    header.gauge.SetInParent()
                    yield header, points

    def _numbers(self, family: Metric) -> dict[str, list[Point]]:
        """A point for each sample, by the names of the samples."""
        found: dict[str, list[Point]] = {}
        for sample in family.samples:
            time = self._time(sample)
            if time is not None and self._take(sample.name, labels_of(sample)):
                point = pb.NumberDataPoint(
                    attributes=otlp_values.attributes(sample.labels),
                    time_unix_nano=time,
                    as_double=sample.value,
                )
                found.setdefault(sample.name, []).append(point)
        return found

    def _counters(self, family: Metric) -> Iterator[tuple[pb.Metric, Iterable[Point]]]:
        created_name = f"{family.name}_created"
        created = {labels_of(each): each.value for each in family.samples if each.name == created_name}
        found: dict[str, list[Point]] = {}
        for sample in family.samples:
            labels = labels_of(sample)
            time = self._time(sample)
            if sample.name == created_name or time is None or not self._take(sample.name, labels):
                continue
            start = self._start(created.get(labels), time)
            point = pb.NumberDataPoint(
                attributes=otlp_values.attributes(sample.labels),
                start_time_unix_nano=start,
                time_unix_nano=time,
                as_double=sample.value,
                exemplars=[_exemplar(sample.exemplar, time)] if sample.exemplar else [],
            )
            points = found.setdefault(sample.name, [])
            if self._is_new((sample.name, labels), labels in created and sample.value != 0, start, time):
                points.append(
                    pb.NumberDataPoint(
                        attributes=point.attributes,
                        start_time_unix_nano=start,
                        time_unix_nano=start,
                        as_double=0.0,
                    )
                )
            points.append(point)
        for name, points in found.items():
            header = _header(family, name)
            header.sum.aggregation_temporality = _CUMULATIVE
            header.sum.is_monotonic = True
            yield header, points

    def _histogram(self, family: Metric) -> tuple[pb.Metric, Iterable[Point]]:
        header = _header(family, family.name)
        header.histogram.aggregation_temporality = _CUMULATIVE
        points: list[Point] = []
        for labels, parts in _by_labels(family, "le").items():
            time = self._time(next(each for samples in parts.values() for each in samples))
            if time is None or not self._take(family.name, labels):
                continue
            buckets = sorted(parts.get("_bucket", ()), key=_bound)
            bounds = [bound for each in buckets if (bound := _bound(each)) != _INFINITE]
            counts = [int(each.value) for each in buckets]  # those of all lower buckets included
            if len(counts) == len(bounds):
                counts.append(int(_value(parts, "_count") or 0))
            total, created = _value(parts, "_sum"), _value(parts, "_created")
            start = self._start(created, time)
            point = pb.HistogramDataPoint(
                attributes=otlp_values.attributes(dict(labels)),
                start_time_unix_nano=start,
                time_unix_nano=time,
                count=counts[-1],
                sum=total,
                explicit_bounds=bounds,
                bucket_counts=[upper - lower for lower, upper in pairwise([0, *counts])],
                exemplars=[_exemplar(each.exemplar, time) for each in buckets if each.exemplar],
            )
            if self._is_new((family.name, labels), created is not None and counts[-1] != 0, start, time):
                points.append(
                    pb.HistogramDataPoint(
                        attributes=point.attributes,
                        start_time_unix_nano=start,
                        time_unix_nano=start,
                        sum=None if total is None else 0.0,
                        explicit_bounds=bounds,
                        bucket_counts=[0] * len(counts),
                    )
                )
            points.append(point)
        return header, points

    def _summary(self, family: Metric) -> tuple[pb.Metric, Iterable[Point]]:
        header = _header(family, family.name)
        header.summary.SetInParent()
        points: list[Point] = []
        for labels, parts in _by_labels(family, "quantile").items():
            time = self._time(next(each for samples in parts.values() for each in samples))
            if time is None or not self._take(family.name, labels):
                continue
            created, count = _value(parts, "_created"), int(_value(parts, "_count") or 0)
            start = self._start(created, time)
            point = pb.SummaryDataPoint(
                attributes=otlp_values.attributes(dict(labels)),
                start_time_unix_nano=start,
                time_unix_nano=time,
                count=count,
                sum=_value(parts, "_sum") or 0.0,
                quantile_values=[
                    pb.SummaryDataPoint.ValueAtQuantile(
                        quantile=float(each.labels["quantile"]), value=each.value
                    )
                    for each in parts.get("", ())
                ],
            )
            if self._is_new((family.name, labels), created is not None and count != 0, start, time):
                points.append(
                    pb.SummaryDataPoint(
                        attributes=point.attributes, start_time_unix_nano=start, time_unix_nano=start
                    )
                )
            points.append(point)
        return header, points

    def _time(self, sample: Sample) -> int | None:
        """When the sample was measured: now, where it does not say. None for one that nobody would take."""
        if sample.native_histogram is not None:
            return None
        if sample.timestamp is None:
            return self.now
        time = int(float(sample.timestamp) * 1e9)
        return time if -_OLDEST < time - self.now < _NEWEST else None

    def _start(self, created: float | None, time: int) -> int:
        return min(self.started if created is None else int(created * 1e9), time)

    def _take(self, name: str, labels: Labels) -> bool:
        """False for a series that was there before: receivers refuse a second value for the same time."""
        key = name, labels
        if key in self._taken:
            return False
        self._taken.add(key)
        return True

    def _is_new(self, key: SeriesKey, has_begun: bool, start: int, time: int) -> bool:
        self.cumulative.add(key)
        return has_begun and key not in self.known and 0 < time - start < _OLDEST


class _Packer:
    """Fills requests up to their size."""

    def __init__(self, resource: Resource) -> None:
        self._resource = otlp_values.resource_message(resource)
        self._schema_url = resource.schema_url
        self._requests: list[bytes] = []
        self._request = self._empty()
        self._size = 0

    def add(self, header: pb.Metric, points: Iterable[Point]) -> None:
        metric: pb.Metric | None = None
        for point in points:
            size = point.ByteSize()
            if self._size + size > _MAX_BYTES:
                self._close()
                metric = None
            if metric is None:
                metric = self._request.resource_metrics[0].scope_metrics[0].metrics.add()
                metric.CopyFrom(header)
                self._size += header.ByteSize()
            data = getattr(metric, header.WhichOneof("data") or "gauge")
            data.data_points.append(point)
            self._size += size

    def requests(self) -> list[bytes]:
        self._close()
        return self._requests

    def _close(self) -> None:
        if self._size:
            self._requests.append(self._request.SerializeToString())
            self._request = self._empty()
            self._size = 0

    def _empty(self) -> ExportMetricsServiceRequest:
        request = ExportMetricsServiceRequest()
        group = request.resource_metrics.add(resource=self._resource, schema_url=self._schema_url)
        group.scope_metrics.add().scope.name = names.SCOPE
        return request


def _described(resource: Resource, families: Iterable[Metric]) -> Resource:
    """The resource, and what the app's own target_info adds to it."""
    present = {names.label(key) for key in resource.attributes}
    added = {
        key: value
        for family in families
        if family.name == _TARGET
        for sample in family.samples
        for key, value in sample.labels.items()
        if key not in present
    }
    return resource.merge(Resource(added)) if added else resource


def _header(family: Metric, name: str) -> pb.Metric:
    return pb.Metric(
        name=otlp_values.text(name),
        description=otlp_values.text(family.documentation),
        unit=_unit(family),
    )


def _unit(family: Metric) -> str:
    """Only a unit that the name says already: translated back, it must not be added a second time."""
    word = family.unit or family.name.rpartition("_")[2]
    return _UNITS.get(word, f"{{{family.unit}}}" if family.unit else "")


def _by_labels(family: Metric, bound: str) -> dict[Labels, dict[str, list[Sample]]]:
    """The samples of each series, by the suffix of their names."""
    found: dict[Labels, dict[str, list[Sample]]] = {}
    for sample in family.samples:
        parts = found.setdefault(labels_of(sample, bound), {})
        parts.setdefault(sample.name.removeprefix(family.name), []).append(sample)
    return found


def _value(parts: Mapping[str, list[Sample]], suffix: str) -> float | None:
    samples = parts.get(suffix)
    return samples[0].value if samples else None


def _bound(bucket: Sample) -> float:
    return float(bucket.labels["le"])


def _exemplar(exemplar: Exemplar, now: int) -> pb.Exemplar:
    labels = dict(exemplar.labels)
    message = pb.Exemplar(
        as_double=exemplar.value,
        time_unix_nano=now if exemplar.timestamp is None else int(float(exemplar.timestamp) * 1e9),
    )
    if (trace_id := otlp_values.id_bytes(labels.get(names.TRACE_ID), 16)) is not None:
        message.trace_id = trace_id
        del labels[names.TRACE_ID]
    if (span_id := otlp_values.id_bytes(labels.get(names.SPAN_ID), 8)) is not None:
        message.span_id = span_id
        del labels[names.SPAN_ID]
    message.filtered_attributes.extend(otlp_values.attributes(labels))
    return message
