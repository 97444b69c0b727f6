"""Where the lines go, and what happens when they cannot go there."""

import json
import logging
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import telemetry
from telemetry._line_file import LineFile
from telemetry._output import Output
from telemetry.testing import CapturedMetrics

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

    assert len(path.read_text().splitlines()) == written


def test_whoever_called_basic_config_before_gets_no_line_twice(path: Path) -> None:
    root = logging.getLogger()
    plain = logging.StreamHandler(sys.stdout)
    root.handlers[:] = [plain]

    telemetry.configure_logging("shop", path=path)
    telemetry.configure_logging("shop", path=path)

    assert len(root.handlers) == 1
    assert plain not in root.handlers


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

    messages = [json.loads(line)["message"].split()[0] for line in path.read_text().splitlines()]
    assert len(messages) == len(set(messages)) == 800


def test_written_lines_are_counted_by_severity(path: Path, metrics: CapturedMetrics) -> None:
    log.info("i")
    log.error("e")
    log.error("e")

    assert metrics.increase(WRITTEN, severity="INFO") == 1
    assert metrics.increase(WRITTEN, severity="ERROR") == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_costs_lines_but_never_a_request(
    metrics: CapturedMetrics, capsys: pytest.CaptureFixture[str]
) -> None:
    output = Output()
    output.send_to(Path("/dev/full"))

    output.emit("INFO", "{}")
    output.emit("INFO", "{}")

    assert metrics.increase(DROPPED, error_type="OSError") == 2
    assert metrics.increase(WRITTEN) == 0
    assert capsys.readouterr().err.count("cannot write log lines to /dev/full") == 1


def test_a_folder_that_cannot_be_made_costs_lines_alone(tmp_path: Path, metrics: CapturedMetrics) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    output = Output()
    output.send_to(in_the_way / "shop.jsonl")

    output.emit("INFO", "{}")

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
def test_a_forked_child_can_log_even_when_a_thread_held_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "shop.jsonl"
    file = LineFile(path)
    with file._lock:
        child = os.fork()
        if child == 0:
            file.write(b"from the child\n")
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

    assert path.read_bytes() == b"from the child\n"
