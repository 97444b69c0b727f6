"""Several calls at once, each as part of the request that makes them: their spans are its children."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

T = TypeVar("T")


class Parallel:
    """Its threads are made when they are first needed: none at import, none before a fork."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, "parallel")

    def start(self, call: Callable[[], T]) -> "Future[T]":
        return self._pool.submit(copy_context().run, call)

    def close(self) -> None:
        self._pool.shutdown()
