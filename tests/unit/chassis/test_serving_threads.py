"""A pool whose threads are all taken shows what waits for one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from prometheus_client import REGISTRY

from chassis import serving_threads
from stackctl.system.polling import poll_until


def waiting() -> float | None:
    return REGISTRY.get_sample_value("http_server_waiting_connections")


def test_what_waits_for_a_thread_is_counted_until_it_gets_one() -> None:
    free = Event()
    with ThreadPoolExecutor(2) as pool:
        serving_threads.watch(pool)
        for _ in range(5):
            pool.submit(free.wait, 10)
        assert REGISTRY.get_sample_value("http_server_threads") == 2
        poll_until(lambda: waiting() == 3, "two at work, three waiting", 5)
        free.set()
        poll_until(lambda: waiting() == 0, "nothing waits any more", 5)
