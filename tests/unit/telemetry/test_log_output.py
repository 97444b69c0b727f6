"""Where the lines go, and what happens when they cannot go there."""

import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import glasshouse_telemetry as telemetry
from glasshouse_telemetry.logs.file import LineFile
from glasshouse_telemetry.logs.output import LineOutput, output
from glasshouse_telemetry.testing import CapturedMetrics
from tests.integration.telemetry.gunicorn_app import poll_until

WRITTEN = "telemetry_log_lines_written_total"
DROPPED = "telemetry_log_lines_dropped_total"
log = logging.getLogger("shop")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A file that the process writes its lines to; afterwards it writes to standard output again."""
    path = tmp_path / "logs" / "shop.jsonl"
    telemetry.configure_logging("shop", path=path)
    yield path
    telemetry.configure_logging("shop")


def without_waiting_for_the_next_check(file: LineFile) -> None:
    file._check_at = 0.0


def test_lines_are_appended_to_the_file_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, validator: Draft202012Validator
) -> None:
    path = tmp_path / "made" / "on" / "demand.jsonl"
    monkeypatch.setenv("TELEMETRY_LOG_FILE", str(path))
    telemetry.configure_logging("shop")

    log.info("one")
    log.info("two")
    monkeypatch.delenv("TELEMETRY_LOG_FILE")
    telemetry.configure_logging("shop")

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["message"] for line in lines] == ["one", "two"]
    for line in lines:
        validator.validate(line)


def test_lines_go_to_standard_output_without_a_file(capfd: pytest.CaptureFixture[str]) -> None:
    telemetry.configure_logging("shop")

    log.info("seen")
    output.flush()

    assert json.loads(capfd.readouterr().out)["message"] == "seen"


@pytest.mark.parametrize(("level", "written"), [("WARNING", 1), ("debug", 3), ("nonsense", 2)])
def test_the_environment_sets_the_lowest_severity(
    path: Path, monkeypatch: pytest.MonkeyPatch, level: str, written: int
) -> None:
    monkeypatch.setenv("TELEMETRY_LOG_LEVEL", level)
    telemetry.configure_logging("shop", path=path)

    log.debug("d")
    log.info("i")
    log.warning("w")
    output.flush()

    assert len(path.read_text().splitlines()) == written


def test_whoever_called_basic_config_before_gets_no_line_twice() -> None:
    root = logging.getLogger()
    plain = logging.StreamHandler(sys.stdout)
    root.handlers[:] = [plain]

    telemetry.configure_logging("shop")
    telemetry.configure_logging("shop")

    assert len(root.handlers) == 1
    assert plain not in root.handlers


def test_handlers_of_the_app_stay(path: Path, tmp_path: Path) -> None:
    root = logging.getLogger()
    with (tmp_path / "audit.log").open("w") as audit:
        own = [logging.StreamHandler(audit), logging.FileHandler(tmp_path / "app.log")]
        console = logging.StreamHandler(sys.stderr)
        root.handlers[:] = [*own, console]

        telemetry.configure_logging("shop", path=path)  # lines go to a file: the console is the app's
        assert [each for each in root.handlers if each in (*own, console)] == [*own, console]
        root.handlers[:] = []
        own[1].close()


def test_a_file_that_is_moved_away_is_followed_by_a_new_one(tmp_path: Path) -> None:
    path, rotated = tmp_path / "shop.jsonl", tmp_path / "shop.jsonl.1"
    file = LineFile(path)

    file.write(b"before\n")
    path.rename(rotated)
    without_waiting_for_the_next_check(file)
    file.write(b"after\n")
    file.close()

    assert (rotated.read_bytes(), path.read_bytes()) == (b"before\n", b"after\n")


def test_a_file_is_looked_at_no_more_than_once_a_second(tmp_path: Path) -> None:
    path, rotated = tmp_path / "shop.jsonl", tmp_path / "shop.jsonl.1"
    file = LineFile(path)

    file.write(b"before\n")
    path.rename(rotated)
    file.write(b"too soon\n")
    file.close()

    assert rotated.read_bytes() == b"before\ntoo soon\n"
    assert not path.exists()


def test_many_threads_write_whole_lines(path: Path) -> None:
    def write(thread: int) -> None:
        for number in range(100):
            log.info("%d-%d %s", thread, number, "x" * 500)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    output.flush()

    messages = [json.loads(line)["message"].split()[0] for line in path.read_text().splitlines()]
    assert len(messages) == len(set(messages)) == 800


def test_written_lines_are_counted_by_severity(path: Path, metrics: CapturedMetrics) -> None:
    log.info("i")
    log.error("e")
    log.error("e")
    output.flush()

    assert metrics.increase(WRITTEN, severity="INFO") == 1
    assert metrics.increase(WRITTEN, severity="ERROR") == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_costs_lines_but_never_a_request(
    metrics: CapturedMetrics, capsys: pytest.CaptureFixture[str]
) -> None:
    full = LineOutput()
    full.send_to(Path("/dev/full"))

    full.emit("INFO", "{}")
    full.emit("INFO", "{}")
    full.flush()

    assert metrics.increase(DROPPED, error_type="OSError") == 2
    assert metrics.increase(WRITTEN) == 0
    assert capsys.readouterr().err.count("cannot write log lines to /dev/full") == 1


def test_a_folder_that_cannot_be_made_costs_lines_alone(tmp_path: Path, metrics: CapturedMetrics) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    nowhere = LineOutput()
    nowhere.send_to(in_the_way / "shop.jsonl")

    nowhere.emit("INFO", "{}")
    nowhere.flush()

    assert metrics.increase(DROPPED) == 1


def test_a_line_that_broke_off_does_not_take_the_next_one_with_it(tmp_path: Path) -> None:
    class Breaking(LineFile):
        """Half of the first line fits on the disk."""

        room = 3

        def _write(self, data: bytes) -> int:
            if not self.room:
                raise OSError("no space left")
            written = super()._write(data[: self.room])
            self.room -= written
            return written

    path = tmp_path / "shop.jsonl"
    file = Breaking(path)
    with pytest.raises(OSError, match="no space left"):
        file.write(b'{"a":1}\n')
    file.room = 100
    file.write(b'{"b":2}\n')
    file.write(b'{"c":3}\n')
    file.close()

    assert path.read_bytes() == b'{"a\n{"b":2}\n{"c":3}\n'


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_can_log_even_when_a_thread_was_writing(path: Path) -> None:
    assert output._writing.try_begin() and output._settling.try_begin()
    child = os.fork()
    if child == 0:
        log.warning("from the child")
        os._exit(0)
    output._settling.end()
    output._writing.end()
    assert os.waitpid(child, 0)[1] == 0

    assert in_file(path) == ["from the child"]


def in_file(path: Path) -> list[str]:
    if not path.exists():
        return []
    return [json.loads(line)["message"] for line in path.read_text(encoding="utf-8").splitlines()]


def test_lines_wait_for_company_but_not_long(path: Path) -> None:
    log.info("one")
    log.info("two")

    poll_until(lambda: in_file(path) == ["one", "two"], "both lines in the file")


def test_a_warning_is_written_at_once_with_what_was_logged_before(path: Path) -> None:
    output.delay = 60
    log.info("before")
    log.warning("now")
    log.info("after")

    assert in_file(path) == ["before", "now"]


def test_the_environment_may_have_each_line_written_at_once(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_BLRP_SCHEDULE_DELAY", "0")
    telemetry.configure_logging("shop", path=path)

    log.info("now")

    assert in_file(path) == ["now"]


def test_whoever_logs_faster_than_the_file_takes_waits(path: Path) -> None:
    output.delay = 60
    for number in range(5001):
        output.emit("INFO", f'{{"message":"{number}"}}')

    assert in_file(path) == [str(number) for number in range(5000)]


def test_many_requests_at_once_are_settled_without_waiting_for_the_thread(path: Path) -> None:
    class Request:
        def settle(self) -> str:
            settled.append("once")
            return '{"message":"settled"}'

    settled: list[str] = []
    output.delay = 60
    for _ in range(100):
        output.add("INFO", Request())

    assert settled == ["once"] * 96
    output.flush()
    assert in_file(path) == ["settled"] * 100


def test_lines_that_did_not_fit_are_counted_one_by_one(tmp_path: Path, metrics: CapturedMetrics) -> None:
    class Small(LineFile):
        def _write(self, data: bytes) -> int:
            if not data.startswith(b"a"):
                raise OSError("no space left")
            return super()._write(data[:5])

    limited = LineOutput()
    limited._file = Small(tmp_path / "small")
    for line in ("aa", "bb", "cc"):
        limited.emit("INFO", line)
    limited.flush()

    assert (tmp_path / "small").read_bytes() == b"aa\nbb"
    assert (metrics.increase(WRITTEN), metrics.increase(DROPPED)) == (1, 2)


def test_long_batches_go_to_a_pipe_in_pieces_that_nobody_can_split(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    pieces: list[bytes] = []

    class Pipe(LineFile):
        def _write(self, data: bytes) -> int:
            pieces.append(data)
            return super()._write(data)

    file = Pipe(None)
    file._fd = writing
    lines = [b"x" * 1500 + b"\n"] * 5 + [b"y" * 5000 + b"\n", b"z\n"]
    file.write(b"".join(lines))

    assert os.read(reading, 65536) == b"".join(lines)
    assert [len(piece) for piece in pieces] == [3002, 3002, 1501, 5001, 2]
    os.close(reading)
    os.close(writing)


def test_what_waits_at_the_end_of_a_program_is_written(tmp_path: Path) -> None:
    path = tmp_path / "short.jsonl"
    program = f"""
import logging, glasshouse_telemetry as telemetry
telemetry.configure_logging("short", path={str(path)!r})
logging.info("last words")
"""
    subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=True)

    assert in_file(path) == ["last words"]
