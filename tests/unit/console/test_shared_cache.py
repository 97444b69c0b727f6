"""Answers that viewers share."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

import pytest

from console.shared_cache import SharedCache


@dataclass(frozen=True)
class Sized:
    size: int


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> SharedCache[Sized]:
    return SharedCache(most_bytes=100, clock=clock)


def test_an_answer_is_fetched_again_when_it_is_no_longer_fresh(
    cache: SharedCache[Sized], clock: Clock
) -> None:
    fetched: list[Sized] = []

    def fetch() -> Sized:
        fetched.append(Sized(1))
        return fetched[-1]

    for clock.now in (0, 4.9, 5, 9):
        cache.get("a", 5, fetch)
    assert len(fetched) == 2


def test_the_oldest_go_when_there_is_no_room(cache: SharedCache[Sized]) -> None:
    for name in "abc":
        cache.get(name, 60, lambda: Sized(40))
    fetched: list[str] = []
    for name in "bca":
        cache.get(name, 60, lambda name=name: fetched.append(name) or Sized(1))  # type: ignore[misc, func-returns-value]
    assert fetched == ["a"]


def test_an_answer_larger_than_all_room_is_given_and_not_kept(cache: SharedCache[Sized]) -> None:
    assert cache.get("a", 60, lambda: Sized(1000)).size == 1000
    assert cache.get("a", 60, lambda: Sized(2)).size == 2


def test_a_failure_reaches_all_who_wait_and_is_not_kept(cache: SharedCache[Sized]) -> None:
    asked, go = Event(), Event()

    def fail() -> Sized:
        asked.set()
        go.wait(10)
        raise OSError("gone")

    with ThreadPoolExecutor(2) as viewers:
        first = viewers.submit(cache.get, "a", 60, fail)
        assert asked.wait(10)
        second = viewers.submit(cache.get, "a", 60, lambda: Sized(1))
        go.set()
        assert isinstance(first.exception(10), OSError)
        # It has waited for the first, or asked by itself after it.
        assert second.exception(10) is None or isinstance(second.exception(10), OSError)
    assert cache.get("a", 60, lambda: Sized(3)).size in {1, 3}
