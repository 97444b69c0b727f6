"""JSON log lines on their way to an OTLP receiver."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.sdk.resources import Resource

from glasshouse_telemetry.export.exporters import LogDestinations, log_destinations
from glasshouse_telemetry.export.log_lines import LogLineQueue
from glasshouse_telemetry.export.outcome import DELIVERED, Outcome
from glasshouse_telemetry.export.settings import QueueSettings

RESOURCE = Resource({"service.name": "shop", "service.namespace": "demo"})
LINE = {
    "timestamp": "2026-11-29T16:57:47.123456Z",
    "severity": "WARNING",
    "message": "stock is low",
    "logger": "shop.stock",
    "service": "shop",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "span_id": "b7ad6b7169203331",
    "request_id": "r-1",
    "items": 3,
    "ratio": 0.5,
    "urgent": True,
    "nothing": None,
    "tags": ["a", 1],
    "place": {"shelf": "7"},
}


class FakeReceiver:
    """Takes requests, or answers with the outcomes that it is given first."""

    def __init__(self) -> None:
        self.requests: list[ExportLogsServiceRequest] = []
        self.outcomes: list[Outcome] = []
        self.most_records = 10_000
        self.let_pass = threading.Event()
        self.let_pass.set()

    def send(self, request: bytes) -> Outcome:
        self.let_pass.wait(10)
        if self.outcomes:
            return self.outcomes.pop(0)
        message = ExportLogsServiceRequest.FromString(request)
        if len(list(records_of(message))) > self.most_records:
            return Outcome("413", "too large", too_large=True)
        self.requests.append(message)
        return DELIVERED

    def close(self) -> None:
        pass

    @property
    def records(self) -> list[Any]:
        return [record for request in self.requests for record in records_of(request)]

    @property
    def bodies(self) -> list[str]:
        return [record.body.string_value for record in self.records]


def records_of(request: ExportLogsServiceRequest) -> Iterator[Any]:
    for group in request.resource_logs:
        for scope in group.scope_logs:
            yield from scope.log_records


def line(message: str, **fields: object) -> str:
    return json.dumps({"timestamp": LINE["timestamp"], "severity": "INFO", "message": message, **fields})


def plain(value: Any) -> object:
    match value.WhichOneof("value"):
        case "kvlist_value":
            return {each.key: plain(each.value) for each in value.kvlist_value.values}
        case "array_value":
            return [plain(each) for each in value.array_value.values]
        case None:
            return None
        case kind:
            return getattr(value, kind)


Start = Callable[..., LogLineQueue]


@pytest.fixture
def receiver() -> FakeReceiver:
    return FakeReceiver()


@pytest.fixture
def delivered() -> Counter[str]:
    return Counter()


@pytest.fixture
def dropped() -> Counter[str]:
    return Counter()


@pytest.fixture
def start(
    receiver: FakeReceiver, delivered: Counter[str], dropped: Counter[str]
) -> Iterator[Callable[..., LogLineQueue]]:
    started: list[LogLineQueue] = []

    def start_queue(**settings: Any) -> LogLineQueue:
        started.append(
            LogLineQueue(
                RESOURCE,
                lambda: receiver,
                QueueSettings(**{"delay": 0.01, **settings}),
                count_delivered=lambda severity, lines: delivered.update({severity: lines}),
                count_dropped=lambda reason, lines: dropped.update({reason: lines}),
            )
        )
        return started[-1]

    yield start_queue
    receiver.let_pass.set()
    for each in started:
        each.shutdown(2)


def test_a_line_becomes_the_record_that_the_collector_makes_of_it(
    receiver: FakeReceiver, start: Start
) -> None:
    queue = start()
    queue.put("WARNING", json.dumps(LINE))

    assert queue.force_flush()

    (group,) = receiver.requests[0].resource_logs
    resource = {each.key: each.value.string_value for each in group.resource.attributes}
    assert resource.pop("service.instance.id")
    assert resource == {"service.name": "shop", "service.namespace": "demo"}
    (record,) = receiver.records
    assert record.time_unix_nano == 1_795_971_467_123_456_000
    assert record.observed_time_unix_nano == record.time_unix_nano
    assert (record.severity_text, record.severity_number) == ("WARNING", 13)
    assert record.body.string_value == "stock is low"
    assert (record.trace_id.hex(), record.span_id.hex()) == (LINE["trace_id"], LINE["span_id"])
    own = {"timestamp", "severity", "message", "service", "trace_id", "span_id"}
    expected = {key: value for key, value in LINE.items() if key not in own}
    assert {each.key: plain(each.value) for each in record.attributes} == expected


@pytest.mark.parametrize("text", ["plain text", "[1]", "{", '{"message": "\ud800", "timestamp": "soon"}'])
def test_a_line_of_another_kind_is_delivered_too(receiver: FakeReceiver, start: Start, text: str) -> None:
    queue = start()
    queue.put("ERROR", text)

    assert queue.force_flush()

    (record,) = receiver.records
    assert record.body.string_value in (text, "?")
    assert (record.severity_text, record.severity_number) == ("ERROR", 17)
    assert abs(record.time_unix_nano - time.time_ns()) < 60 * 10**9


def test_lines_of_two_services_go_under_theirs(receiver: FakeReceiver, start: Start) -> None:
    queue = start(delay=60)
    for service in ("shop", "bank", "shop"):
        queue.put("INFO", line(service, service=service))

    assert queue.force_flush()

    (request,) = receiver.requests
    found = {
        next(each.value.string_value for each in group.resource.attributes if each.key == "service.name"): [
            record.body.string_value for record in group.scope_logs[0].log_records
        ]
        for group in request.resource_logs
    }
    assert found == {"shop": ["shop", "shop"], "bank": ["bank"]}


def test_lines_go_out_by_themselves_in_order_and_in_batches(
    receiver: FakeReceiver, start: Start, delivered: Counter[str]
) -> None:
    queue = start(batch_size=100)
    messages = [str(number) for number in range(1000)]
    for message in messages:
        queue.put("INFO", line(message))
    deadline = time.monotonic() + 5
    while len(receiver.bodies) < 1000:
        assert time.monotonic() < deadline, len(receiver.bodies)
        time.sleep(0.01)

    assert receiver.bodies == messages
    assert max(len(list(records_of(request))) for request in receiver.requests) <= 100
    queue.shutdown()
    assert delivered == {"INFO": 1000}


def test_an_outage_loses_and_repeats_nothing(
    receiver: FakeReceiver, start: Start, dropped: Counter[str]
) -> None:
    receiver.outcomes = [Outcome("503", "away", retryable=True)] * 3
    queue = start()
    for number in range(50):
        queue.put("INFO", line(str(number)))

    assert queue.force_flush()

    assert receiver.bodies == [str(number) for number in range(50)]
    assert not dropped


def test_a_batch_that_is_too_large_is_split(
    receiver: FakeReceiver, start: Start, delivered: Counter[str], dropped: Counter[str]
) -> None:
    receiver.most_records = 3
    queue = start(delay=60)
    for number in range(10):
        queue.put("INFO", line(str(number)))

    assert queue.force_flush()

    assert receiver.bodies == [str(number) for number in range(10)]
    assert (delivered, dropped) == ({"INFO": 10}, {})


def test_a_refused_batch_is_counted_and_the_next_is_delivered(
    receiver: FakeReceiver, start: Start, delivered: Counter[str], dropped: Counter[str]
) -> None:
    receiver.outcomes = [Outcome("400", "no")]
    queue = start()
    for message in ("lost", "kept"):
        queue.put("INFO", line(message))
        assert queue.force_flush()

    assert receiver.bodies == ["kept"]
    assert (delivered, dropped) == ({"INFO": 1}, {"400": 1})


@pytest.mark.parametrize("bound", [{"capacity": 20}, {"capacity_bytes": 20_000}])
def test_a_full_queue_drops_new_lines_and_counts_them(
    receiver: FakeReceiver, start: Start, delivered: Counter[str], dropped: Counter[str], bound: Any
) -> None:
    receiver.let_pass.clear()
    queue = start(batch_size=1, **bound)
    for number in range(500):
        queue.put("INFO", line(str(number), padding="x" * 800))
    receiver.let_pass.set()
    queue.shutdown()

    kept = len(receiver.bodies)
    assert 10 < kept < 30
    assert receiver.bodies == [str(number) for number in range(kept)]
    assert (delivered["INFO"], dropped["queue_full"]) == (kept, 500 - kept)


def test_shutdown_delivers_what_waits_and_takes_no_more(
    receiver: FakeReceiver, start: Start, dropped: Counter[str]
) -> None:
    queue = start(delay=60)
    for number in range(1000):
        queue.put("INFO", line(str(number)))

    queue.shutdown()
    queue.put("INFO", line("late"))

    assert receiver.bodies == [str(number) for number in range(1000)]
    assert queue.force_flush()
    assert dropped == {"already_shutdown": 1}


def test_shutdown_ends_in_time_when_the_receiver_hangs(
    receiver: FakeReceiver, start: Start, dropped: Counter[str]
) -> None:
    receiver.let_pass.clear()
    queue = start(batch_size=10)
    for number in range(100):
        queue.put("INFO", line(str(number)))
    began = time.monotonic()

    queue.shutdown(0.2)

    assert time.monotonic() - began < 5
    assert dropped == {"shutdown_timeout": 100}


@pytest.mark.timeout(method="thread")  # the other method is an alarm, too
def test_a_signal_handler_may_put_a_line_while_one_is_put(receiver: FakeReceiver, start: Start) -> None:
    queue = start(capacity=1_000_000, capacity_bytes=10**9)
    put_by_handler = 0

    def handle(*_: object) -> None:
        nonlocal put_by_handler
        put_by_handler += 1
        queue.put("INFO", line("handler"))

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        for number in range(20_000):
            queue.put("INFO", line(str(number)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert queue.force_flush(20)
    assert put_by_handler
    counts = Counter(receiver.bodies)
    assert counts.pop("handler") == put_by_handler
    assert counts == dict.fromkeys(map(str, range(20_000)), 1)


def test_threads_lose_and_repeat_nothing(receiver: FakeReceiver, start: Start) -> None:
    queue = start(capacity=1_000_000, capacity_bytes=10**9)

    def work(name: str) -> None:
        for number in range(2000):
            queue.put("INFO", line(f"{name}-{number}"))

    threads = [threading.Thread(target=work, args=(str(name),)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert queue.force_flush(20)
    assert Counter(receiver.bodies) == {f"{name}-{number}": 1 for name in range(4) for number in range(2000)}


def test_a_forked_child_leaves_the_lines_of_its_parent_to_it(receiver: FakeReceiver, start: Start) -> None:
    queue = start(delay=60)
    queue.put("INFO", line("parent"))
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            queue.put("INFO", line("child"))
            queue.shutdown(5)
            code = 0 if receiver.bodies == ["child"] else 2
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0

    assert queue.force_flush()
    assert receiver.bodies == ["parent"]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (None, LogDestinations(local=True, otlp=False)),
        ("", LogDestinations(local=True, otlp=False)),
        ("console", LogDestinations(local=True, otlp=False)),
        ("otlp", LogDestinations(local=False, otlp=True)),
        ("otlp, console", LogDestinations(local=True, otlp=True)),
        ("none", LogDestinations(local=False, otlp=False)),
    ],
)
def test_the_environment_says_where_lines_go(
    monkeypatch: pytest.MonkeyPatch, said: str | None, expected: LogDestinations
) -> None:
    monkeypatch.delenv("OTEL_LOGS_EXPORTER", raising=False)
    if said is not None:
        monkeypatch.setenv("OTEL_LOGS_EXPORTER", said)
    assert log_destinations() == expected
