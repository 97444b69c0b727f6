"""Loki's pages are joined without losing or doubling a line."""

from typing import Any

import pytest

from stackctl.query import Line, Loki, QueryError
from tests.unit.stackctl.fake_backend import Params, fake_backend

Stored = list[tuple[int, str]]


def loki_with(stored: Stored) -> Any:
    """Answers as Loki does: start ≤ time < end, oldest first, at most `limit` lines, grouped by stream."""

    def answer(path: str, params: Params) -> object:
        start, end, limit = (int(params[name][0]) for name in ("start", "end", "limit"))
        page = [one for one in sorted(stored) if start <= one[0] < end][:limit]
        values = [[str(time), text, {"structuredMetadata": {"trace_id": "abc"}}] for time, text in page]
        odd, even = values[1::2], values[0::2]
        streams = [{"stream": {"service_name": "users"}, "values": one} for one in (odd, even) if one]
        return {"data": {"resultType": "streams", "result": streams}}

    return fake_backend(answer)


def texts(stored: Stored, page: int) -> list[str]:
    with loki_with(stored) as url:
        return [line.text for line in Loki(url, page=page).lines('{service_name="users"}', 0, 1000)]


def test_a_line_has_its_time_text_service_and_fields() -> None:
    with loki_with([(5, "hello")]) as url:
        assert list(Loki(url).lines("{}", 0, 10)) == [
            Line(5, "hello", {"service_name": "users"}, {"trace_id": "abc"})
        ]


@pytest.mark.parametrize("page", [2, 3, 4, 5, 7, 100])
def test_pages_of_any_size_give_every_line_once_and_in_order(page: int) -> None:
    stored = [(number, f"line {number}") for number in range(20)]
    assert texts(stored, page) == [text for _, text in stored]


@pytest.mark.parametrize("page", [4, 5, 6])
def test_lines_of_one_instant_at_a_page_border_are_neither_lost_nor_doubled(page: int) -> None:
    stored = [(1, "a"), (2, "b"), (3, "c"), (3, "d"), (3, "e"), (4, "f"), (5, "g")]
    assert sorted(texts(stored, page)) == list("abcdefg")


def test_equal_lines_of_one_instant_are_all_counted() -> None:
    assert texts([(1, "a"), (2, "same"), (2, "same"), (3, "b")], 3) == ["a", "same", "same", "b"]


def test_more_lines_of_one_instant_than_a_page_holds_are_an_error_and_not_a_loss() -> None:
    with pytest.raises(QueryError, match="cannot be paged"):
        texts([(1, "a"), (1, "b"), (1, "c")], 2)


def test_an_empty_range_has_no_lines() -> None:
    assert texts([], 10) == []
