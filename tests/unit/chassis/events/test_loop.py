"""The thread that repeats a step."""

import os
from collections.abc import Callable
from queue import Queue
from threading import Event, current_thread

from pytest import LogCaptureFixture, mark

from chassis.events import Backoff
from chassis.events._loop import Loop

WAIT_S = 5.0
AT_ONCE = Backoff(first_s=0.0, longest_s=0.0)


def loop(step: Callable[[], float], at_end: Callable[[], object] = Event, **options: Event) -> Loop:
    return Loop("a loop", step, at_end, backoff=AT_ONCE, **options)


def end(running: Loop) -> bool:
    running.request_stop()
    return running.join(WAIT_S)


def test_it_does_nothing_before_the_start_and_ends_on_its_own_thread() -> None:
    threads: Queue[str] = Queue()
    stepped = Event()

    def step() -> float:
        stepped.set()
        return 60.0

    idle = loop(step, lambda: threads.put(current_thread().name))
    assert not stepped.is_set()
    idle.start()
    assert stepped.wait(WAIT_S)
    assert end(idle)
    assert threads.get(timeout=WAIT_S) == "a loop"


def test_waking_ends_a_rest() -> None:
    steps: Queue[int] = Queue()
    wake = Event()

    def step() -> float:
        steps.put(1)
        return 60.0

    resting = loop(step, wake=wake)
    resting.start()
    steps.get(timeout=WAIT_S)
    wake.set()
    steps.get(timeout=WAIT_S)
    assert end(resting)


def test_a_failing_step_is_tried_again_and_said_once(caplog: LogCaptureFixture) -> None:
    results = iter([RuntimeError("away"), RuntimeError("away"), None, RuntimeError("away again"), None])
    done = Event()

    def step() -> float:
        result = next(results, "done")
        if isinstance(result, RuntimeError):
            raise result
        if result == "done":
            done.set()
            return 60.0
        return 0.0

    failing = loop(step)
    failing.start()
    assert done.wait(WAIT_S)
    assert end(failing)
    assert [record.getMessage() for record in caplog.records] == [
        "a loop is interrupted and will try again: away",
        "a loop goes on after 2 failures",
        "a loop is interrupted and will try again: away again",
        "a loop goes on after 1 failures",
    ]


def test_a_failing_end_is_said_and_ends_all_the_same(caplog: LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("away")

    ending = loop(lambda: 60.0, fail)
    ending.start()
    assert end(ending)
    assert caplog.messages == ["a loop did not end in order: away"]


def test_a_step_that_takes_too_long_is_not_waited_for() -> None:
    begun, may_end = Event(), Event()

    def step() -> float:
        begun.set()
        may_end.wait(WAIT_S)
        return 0.0

    slow = loop(step)
    slow.start()
    assert begun.wait(WAIT_S)
    slow.request_stop()
    assert not slow.join(0.01)
    may_end.set()
    assert slow.join(WAIT_S)


def test_starting_twice_starts_one_thread_and_it_can_be_started_again() -> None:
    threads: Queue[int | None] = Queue()

    def step() -> float:
        threads.put(current_thread().ident)
        return 60.0

    restarted = loop(step)
    for _ in range(2):
        restarted.start()
    threads.get(timeout=WAIT_S)
    assert end(restarted)
    assert threads.empty()
    restarted.start()
    threads.get(timeout=WAIT_S)
    assert end(restarted)


@mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_starts_a_thread_of_its_own() -> None:
    stepped = Event()

    def step() -> float:
        stepped.set()
        return 60.0

    forked = loop(step)
    forked.start()
    assert stepped.wait(WAIT_S)
    if (child := os.fork()) == 0:
        stepped.clear()
        forked.start()
        os._exit(0 if stepped.wait(WAIT_S) and end(forked) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert end(forked)
