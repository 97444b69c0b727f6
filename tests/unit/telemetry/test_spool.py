"""Spans that wait on disk as well: who dies leaves them, and the next process delivers each of them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry

from glasshouse_telemetry.export import spool_file
from glasshouse_telemetry.export.outcome import DELIVERED, Destination, Outcome
from glasshouse_telemetry.export.queue import SpanQueue
from glasshouse_telemetry.export.settings import QueueSettings
from glasshouse_telemetry.export.spool import Spool
from glasshouse_telemetry.fast.otlp import Encoded, encoded, name_of, size_of
from glasshouse_telemetry.metrics.instruments import Instruments

ROOT = Path(__file__).parents[3]
MIB = 1024 * 1024
AWAY = Outcome("ConnectionError", "connection refused", retryable=True)
EXPORTED = "otel_sdk_exporter_span_exported_total"


class FakeReceiver:
    def __init__(self, *outcomes: Outcome, away: bool = False) -> None:
        self.outcomes = list(outcomes)
        self.away = away
        self.taken: list[Encoded] = []

    def send(self, batch: Sequence[Any]) -> Outcome:
        outcome = self.outcomes.pop(0) if self.outcomes else AWAY if self.away else DELIVERED
        if outcome.delivered:
            self.taken += batch
        return outcome

    def close(self) -> None:
        pass

    @property
    def names(self) -> list[str]:
        return [name_of(each) for each in self.taken]


class Pipeline:
    def __init__(self, receiver: FakeReceiver, folder: Path, **settings: Any) -> None:
        self.receiver = receiver
        self.registry = CollectorRegistry()
        record = Instruments(self.registry)
        destination = Destination(lambda: receiver, encoded, size_of, name_of, spools=True)
        fast = {"batch_size": 10, "delay": 0.005, "first_pause": 0.001, "longest_pause": 0.005}
        self.queue = SpanQueue(
            destination,
            QueueSettings(**{**fast, **settings}, spool_dir=folder, spool_bytes=MIB),
            record.spans_processed,
            record.spans_exported,
        )
        provider = TracerProvider(resource=Resource({"service.name": "living"}), shutdown_on_exit=False)
        provider.add_span_processor(self.queue)
        self._tracer = provider.get_tracer("test")

    def end(self, *names: str) -> None:
        for name in names:
            self._tracer.start_span(name).end()

    def count(self, error_type: str = "") -> float:
        return self.registry.get_sample_value(EXPORTED, {"error_type": error_type}) or 0.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def pipeline(folder: Path) -> Iterator[Callable[..., Pipeline]]:
    made: list[Pipeline] = []

    def make(*outcomes: Outcome, away: bool = False, **settings: Any) -> Pipeline:
        made.append(Pipeline(FakeReceiver(*outcomes, away=away), folder, **settings))
        return made[-1]

    yield make
    for each in made:
        each.queue.shutdown(0.1)


def poll_until(condition: Callable[[], object], what: str, seconds: float = 8.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.002)


def items(count: int, size: int = 50) -> list[Encoded]:
    return [(b"resource", b"scope", f"{number:04}".encode() + bytes(size)) for number in range(count)]


def numbers(found: Sequence[Encoded]) -> list[int]:
    return [int(span[:4]) for _, _, span in found]


def opened(folder: Path, size: int = MIB) -> Spool:
    spool = Spool(folder, size)
    spool.open()
    return spool


def left_in(folder: Path) -> list[int]:
    """What a process that claims them reads in all files of dead ones."""
    found = []
    for left in spool_file.claim_left(folder):
        found += numbers(left.items)
        left.close()
    return found


def the_file(folder: Path) -> Path:
    (found,) = folder.glob("*.spans")
    return found


def is_written(folder: Path, text: bytes) -> bool:
    return any(text in path.read_bytes() for path in folder.glob("*.spans"))


KILLED = """
import os, signal, time
from flask import Flask
import glasshouse_telemetry

app = Flask("app")
glasshouse_telemetry.instrument(app, service_name="dead")

@app.get("/<name>")
def page(name):
    return name

client = app.test_client()
for number in range(300):
    client.get(f"/{number}")
time.sleep(0.3)  # what ended lately is put together after 50 ms
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("path", ["fast", "plain"])
def test_the_next_process_delivers_the_spans_of_a_killed_one(
    folder: Path, pipeline: Callable[..., Pipeline], path: str
) -> None:
    environment = {
        **os.environ,
        "TELEMETRY_SPOOL_DIR": str(folder),
        "TELEMETRY_FAST_PATH": "on" if path == "fast" else "off",
        "TELEMETRY_LOG_FILE": os.devnull,
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    }
    killed = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL

    living = pipeline()
    living.end("own")
    poll_until(lambda: len(living.receiver.taken) == 301, "all spans of both")

    assert living.receiver.names == ["GET /<name>"] * 300 + ["own"], "those of the dead come first"
    resource = ResourceSpans.FromString(living.receiver.taken[0][0]).resource
    assert {each.key: each.value.string_value for each in resource.attributes}["service.name"] == "dead"
    poll_until(lambda: living.count() == 301, "all to be counted")
    assert len(list(folder.glob("*.spans"))) == 1, "the file of the dead is removed"


def test_what_is_delivered_is_not_left(folder: Path, pipeline: Callable[..., Pipeline]) -> None:
    line = pipeline()
    line.end(*"abc")
    assert line.queue.flush(5)

    assert the_file(folder).stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    line.queue.shutdown()

    assert list(folder.iterdir()) == []


def test_an_orderly_end_without_a_receiver_leaves_all(
    folder: Path, pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    first = pipeline(away=True)
    first.end(*"abc")
    poll_until(lambda: list(folder.glob("*.spans")), "the file")
    first.queue.shutdown(0.2)
    assert "the next process sends what is in the spool" in caplog.text

    second = pipeline()
    second.end("d")
    poll_until(lambda: second.receiver.names == [*"abcd"], "all in their order")


def test_a_process_without_spans_of_its_own_delivers_them_when_it_is_asked(
    folder: Path, pipeline: Callable[..., Pipeline]
) -> None:
    first = pipeline(away=True)
    first.end(*"abc")
    poll_until(lambda: list(folder.glob("*.spans")), "the file")
    first.queue.shutdown(0.2)

    idle = pipeline()
    idle.queue.deliver_left()
    poll_until(lambda: idle.receiver.names == [*"abc"], "what the first one left")

    idle.queue.deliver_left()
    idle.end("d")
    poll_until(lambda: idle.receiver.names == [*"abcd"], "its own")


def test_what_was_delivered_before_a_kill_is_not_left(folder: Path) -> None:
    spool, given = opened(folder), items(100)
    for each in given:
        spool.put(each)

    spool.acknowledge(given[:40])
    spool.abandon()

    assert left_in(folder) == [*range(40, 100)]


def test_a_kill_before_the_acknowledgement_delivers_the_same_again(folder: Path) -> None:
    spool, given = opened(folder), items(3)
    for each in given:
        spool.put(each)
    spool.abandon()

    first, second = left_in(folder), left_in(folder)  # of two processes, the first killed in between

    assert first == second == [0, 1, 2]


def test_acknowledgements_may_come_in_another_order(folder: Path) -> None:
    spool, given = opened(folder), items(10)
    for each in given:
        spool.put(each)

    spool.acknowledge(given[5:])
    spool.acknowledge(given[:3])
    spool.abandon()

    assert left_in(folder)[:2] == [3, 4]


def test_the_file_is_used_again_and_again(folder: Path) -> None:
    spool, given = opened(folder), items(3000, size=5000)  # 15 MB through 1 MiB
    for start in range(0, 3000, 50):
        for each in given[start : start + 50]:
            spool.put(each)
        spool.acknowledge(given[max(start - 50, 0) : start])  # the last fifty are not delivered yet
    spool.abandon()

    assert left_in(folder) == [*range(2950, 3000)]


def test_a_full_file_keeps_what_it_has(folder: Path) -> None:
    spool, given = opened(folder), items(1000, size=5000)
    for each in given:
        spool.put(each)
    size = the_file(folder).stat().st_size
    spool.acknowledge(given[:1000])
    more = items(100)
    for each in more:
        spool.put(each)
    spool.abandon()

    assert size == MIB
    assert left_in(folder) == [*range(100)], "it takes new ones once the first are delivered"


@pytest.mark.parametrize("damage", ["torn", "content", "length", "number"])
def test_damage_costs_what_is_damaged(folder: Path, damage: str) -> None:
    spool = opened(folder)
    for each in items(10):
        spool.put(each)
    spool.abandon()
    file = the_file(folder)
    data = bytearray(file.read_bytes())
    marker = bytes(data[8:16])
    at = spool_file.HEADER
    for _ in range(9 if damage == "torn" else 4):
        at = data.index(marker, at + 1)
    if damage == "torn":
        data[at + 40 : at + 100] = bytes(60)
    else:
        data[at + {"content": 40, "length": 17, "number": 9}[damage]] ^= 0xFF
    file.write_bytes(data)

    found = left_in(folder)

    assert found == [number for number in range(10) if number != (9 if damage == "torn" else 4)]


def test_a_file_without_a_header_is_set_aside(
    folder: Path, pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir(mode=0o700)
    (folder / "1-2.spans").write_bytes(b"nothing that we know")

    line = pipeline()
    line.end("own")
    poll_until(lambda: line.receiver.names == ["own"], "our own span")

    assert (folder / "1-2.spans.damaged").exists()
    assert "1-2.spans in the spool is damaged and set aside" in caplog.text


def fails(*arguments: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_spans_in_memory(
    folder: Path,
    pipeline: Callable[..., Pipeline],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(os, "posix_fallocate", fails)

    line = pipeline()
    line.end(*"abc")
    assert line.queue.flush(5)

    assert line.receiver.names == [*"abc"]
    assert caplog.text.count("spans wait in memory alone") == 1
    assert "No space left on device" in caplog.text
    assert list(folder.iterdir()) == [], "nothing half made stays"


@pytest.mark.parametrize("mode", [0o777, 0o750])
def test_a_folder_that_others_may_enter_is_refused(
    folder: Path, pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture, mode: int
) -> None:
    folder.mkdir()
    folder.chmod(mode)

    line = pipeline()
    line.end("a")
    assert line.queue.flush(5)

    assert line.receiver.names == ["a"]
    assert "chmod 700" in caplog.text


def test_a_folder_that_cannot_be_made_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    line = Pipeline(FakeReceiver(), tmp_path / "file" / "spool")
    line.end("a", "b")

    assert line.queue.flush(5)
    line.queue.shutdown()

    assert line.receiver.names == ["a", "b"]
    assert caplog.text.count("spans wait in memory alone") == 1


def test_a_folder_takes_so_many_files_and_no_more(
    folder: Path, pipeline: Callable[..., Pipeline], caplog: pytest.LogCaptureFixture
) -> None:
    folder.mkdir(mode=0o700)
    for number in range(64):
        (folder / f"{number}.spans.damaged").touch()

    line = pipeline()
    line.end("a")
    assert line.queue.flush(5)

    assert "there are 64 files in it already" in caplog.text


def test_nobody_claims_the_file_of_the_living(folder: Path) -> None:
    spool = opened(folder)
    spool.put(items(1)[0])

    assert left_in(folder) == []
    spool.abandon()


def test_of_two_that_race_for_a_file_one_gets_it(folder: Path) -> None:
    for _ in range(20):
        spool = opened(folder)
        for each in items(10):
            spool.put(each)
        spool.abandon()
        start = threading.Barrier(2)
        got: list[list[int]] = []

        def race(start: threading.Barrier = start, got: list[list[int]] = got) -> None:
            start.wait(5)
            for left in spool_file.claim_left(folder):
                got.append(numbers(left.items))
                left.remove()
                left.close()

        racers = [threading.Thread(target=race) for _ in range(2)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join(5)

        assert got == [[*range(10)]]


def test_a_forked_child_has_a_file_of_its_own(folder: Path, pipeline: Callable[..., Pipeline]) -> None:
    line = pipeline(away=True)
    line.end("parent")
    poll_until(lambda: is_written(folder, b"parent"), "the parent's span in its file")
    before = the_file(folder).read_bytes()

    child = os.fork()
    if child == 0:
        try:
            line.end("child")
            poll_until(lambda: is_written(folder, b"child"), "the child's span in its file")
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)

    left = list(spool_file.claim_left(folder))
    assert [[name_of(item) for item in each.items] for each in left] == [["child"]]
    left[0].close()
    parents = next(path for path in folder.glob("*.spans") if path != left[0].path)
    assert parents.read_bytes() == before


def test_a_receiver_that_is_away_keeps_what_was_left(folder: Path, pipeline: Callable[..., Pipeline]) -> None:
    spool = opened(folder)
    for each in items(15):
        spool.put(each)
    spool.abandon()
    of_the_dead = the_file(folder)

    line = pipeline(DELIVERED, away=True, give_up_after=0.05)
    line.end("own")
    poll_until(lambda: line.count("retry_timeout") == 1, "our own span to be given up")
    line.queue.shutdown(0.2)

    assert len(line.receiver.taken) == 10, "one batch, before it went away"
    assert of_the_dead.exists()
    assert left_in(folder) == [*range(10, 15)]


def test_a_receiver_that_refuses_what_was_left_is_not_asked_again(
    folder: Path, pipeline: Callable[..., Pipeline]
) -> None:
    spool = opened(folder)
    for each in items(5):
        spool.put(each)
    spool.abandon()

    line = pipeline(Outcome("400", "400 Bad Request"))
    line.end("own")
    poll_until(lambda: line.receiver.taken, "our own span")

    assert line.count("400") == 5
    assert left_in(folder) == []


def test_a_child_forked_meanwhile_does_not_keep_a_file_from_others(folder: Path) -> None:
    spool = opened(folder)
    spool.put(items(1)[0])
    spool.abandon()
    (left,) = spool_file.claim_left(folder)

    child = os.fork()
    if child == 0:
        time.sleep(30)  # until it is killed
        os._exit(0)
    try:
        left.close()
        assert left_in(folder) == [0]
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
