"""Each way in which log lines can be wrong is found and named."""

import gzip
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

from proof.ledger.rows import Row
from proof.verify.findings import Check, Defect
from proof.verify.log_files import lines_in_files
from proof.verify.logs import LineId, line_id, reconcile_access_lines, reconcile_files
from stackctl.query import Line
from tests.unit.proof.builders import demand, lines_of, row

SECOND = 1_000_000_000
START = 1_795_000_000 * SECOND


def access(one: Row, lines: list[Line]) -> Check:
    return reconcile_access_lines("access lines by trace", [demand(one)], lines)


def test_every_service_that_a_trace_crossed_has_its_access_line() -> None:
    order = row("order_create")
    check = access(order, lines_of(order))
    assert (check.expected, check.missing, check.duplicated) == (4, 0, 0)


def test_a_missing_access_line_is_named_with_a_query() -> None:
    order = row("order_create")
    check = access(order, lines_of(order)[:3])
    assert (check.found, check.missing) == (3, 1)
    assert check.findings[0].query == f'{{service_name="products"}} | trace_id="{order.trace_id}"'


def test_an_access_line_that_is_there_twice_is_a_duplicate() -> None:
    user = row("user_get")
    check = access(user, lines_of(user) * 2)
    assert (check.missing, check.duplicated) == (0, 2)


def test_an_access_line_with_another_status_does_not_count() -> None:
    user = row("user_get")
    wrong = [
        replace(line, fields={**line.fields, "http_response_status_code": "500"}) for line in lines_of(user)
    ]
    check = access(user, wrong)
    assert (check.missing, check.duplicated) == (2, 2)


def test_a_call_over_grpc_has_its_access_line_too() -> None:
    stock = row("stock_get")
    by_http, by_grpc = lines_of(stock)
    assert by_grpc.fields["logger"] == "telemetry.access.rpc"
    assert access(stock, [by_http, by_grpc]).ok
    assert access(stock, [by_http]).missing == 1


def test_lines_of_other_loggers_are_no_access_lines() -> None:
    user = row("user_get")
    own = [replace(line, fields={**line.fields, "logger": "apps.users"}) for line in lines_of(user)]
    assert access(user, [*lines_of(user), *own]).ok


def test_nothing_is_demanded_for_a_request_without_an_answer_and_its_lines_are_no_defect() -> None:
    unanswered = row("user_get", None)
    answered = replace(unanswered, status=200)
    assert access(unanswered, lines_of(answered)).expected == 0
    assert access(unanswered, lines_of(answered)).ok


def identity(microsecond: int, message: str = "hello") -> LineId:
    return LineId(START + microsecond * 1000, "users", "", "", "apps.users", message)


def test_equal_files_and_loki_are_complete() -> None:
    lines = Counter([identity(1), identity(2)])
    check = reconcile_files(lines, lines)
    assert (check.expected, check.found, check.missing, check.duplicated) == (2, 2, 0, 0)


def test_a_line_of_the_files_that_loki_lacks_is_missing() -> None:
    check = reconcile_files(Counter([identity(1), identity(2, 'say "x"')]), Counter([identity(1)]))
    assert check.missing == 1
    assert check.findings[0].query == '{service_name="users"} |= "say \\"x\\""'


def test_a_line_that_loki_has_twice_is_a_duplicate() -> None:
    check = reconcile_files(Counter([identity(1)]), Counter([identity(1), identity(1)]))
    assert (check.missing, check.duplicated) == (0, 1)
    assert check.findings[0].defect is Defect.DUPLICATED


def test_a_line_of_loki_has_the_identity_of_its_line_in_the_file(tmp_path: Path) -> None:
    (_, in_loki) = lines_of(row("user_get", n=3))
    written = {
        "timestamp": "2026-11-18T19:06:40.010000Z",
        "severity": "INFO",
        "message": in_loki.text,
        "logger": "telemetry.access",
        "service": "users",
        "trace_id": in_loki.fields["trace_id"],
        "span_id": in_loki.fields["span_id"],
    }
    in_loki = replace(in_loki, time_ns=1_795_028_800_010_000_000)
    (tmp_path / "users.jsonl").write_text(json.dumps(written) + "\n")
    window = (in_loki.time_ns - SECOND, in_loki.time_ns + SECOND)
    assert lines_in_files(tmp_path, ("users",), *window) == Counter([line_id(in_loki)])


def line(second: int, message: str = "hello") -> str:
    stamp = f"2026-11-18T19:06:{second:02d}.000000Z"
    return json.dumps({"timestamp": stamp, "message": message, "logger": "apps", "service": "users"}) + "\n"


def messages(folder: Path, first: int, last: int) -> set[str]:
    begin = 1_795_028_760 * SECOND
    found = lines_in_files(folder, ("users",), begin + first * SECOND, begin + last * SECOND)
    return {one.message for one in found.elements()}


def test_only_lines_of_the_window_are_read(tmp_path: Path) -> None:
    lines = [line(9, "before"), line(10, "first"), line(19, "last"), line(20, "after"), "no JSON\n"]
    (tmp_path / "users.jsonl").write_text("".join(lines))
    assert messages(tmp_path, 10, 20) == {"first", "last"}


def test_rotated_files_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "users.jsonl").write_text(line(12, "new"))
    (tmp_path / "users.jsonl.1").write_text(line(11, "older"))
    (tmp_path / "users.jsonl.2.gz").write_bytes(gzip.compress(line(10, "oldest").encode()))
    assert messages(tmp_path, 10, 20) == {"new", "older", "oldest"}


def test_every_instance_of_a_service_has_a_file_and_other_services_are_left_out(tmp_path: Path) -> None:
    for name in ("users", "users-2", "users-v2", "usersgroup", "users-group"):
        (tmp_path / name).with_suffix(".jsonl").write_text(line(12, name))
    assert messages(tmp_path, 10, 20) == {"users", "users-2", "users-v2"}


def test_a_file_that_was_last_written_before_the_window_is_not_opened(tmp_path: Path) -> None:
    old = tmp_path / "users.jsonl.1"
    old.write_text(line(12, "cannot be"))
    os.utime(old, ns=(0, 0))
    assert messages(tmp_path, 10, 20) == set()


def test_lines_that_are_equal_to_the_byte_count_once_as_in_loki(tmp_path: Path) -> None:
    (tmp_path / "users.jsonl").write_text(line(12) * 2)
    begin = 1_795_028_760 * SECOND
    assert lines_in_files(tmp_path, ("users",), begin, begin + 60 * SECOND).total() == 1
