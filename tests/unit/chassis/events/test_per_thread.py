"""What neither threads nor processes may share."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from pytest import mark

from chassis.events._per_thread import PerThread


def test_each_thread_keeps_one_of_its_own() -> None:
    numbers = PerThread(count().__next__)
    mine = numbers.get()
    with ThreadPoolExecutor(1) as pool:
        another = pool.submit(numbers.get).result()
        assert pool.submit(numbers.get).result() == another
    assert another != mine
    assert numbers.get() == mine


def test_what_was_dropped_is_made_anew() -> None:
    numbers = PerThread(count(1).__next__)
    assert numbers.drop() is None
    assert (numbers.get(), numbers.peek(), numbers.drop(), numbers.peek()) == (1, 1, 1, None)
    assert numbers.get() == 2


@mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_a_forked_child_does_not_get_what_its_parent_had() -> None:
    numbers = PerThread(count(1).__next__)
    numbers.get()
    if (child := os.fork()) == 0:
        os._exit(0 if (numbers.peek(), numbers.drop(), numbers.get()) == (None, None, 2) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert numbers.get() == 1
