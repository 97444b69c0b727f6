"""Gunicorn's threads, and what waits for one: read when the metrics are scraped.

How many are busy is not asked here: the durations of requests, summed per second, say it without sampling.
"""

from concurrent.futures import ThreadPoolExecutor

from prometheus_client import Gauge

threads = Gauge("http_server_threads", "Threads that serve requests.")
waiting = Gauge("http_server_waiting_connections", "Connections with a request that waits for a thread.")


def watch(pool: ThreadPoolExecutor) -> None:
    """From now on; one process has one pool (apps/gunicorn.conf.py)."""
    threads.set(pool._max_workers)
    waiting.set_function(pool._work_queue.qsize)
