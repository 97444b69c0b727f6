"""Work beside the main thread, on daemon threads: whoever presses Ctrl-C does not wait for them."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


def in_turn(jobs: Iterable[Callable[[], T]]) -> list[Future[T]]:
    """Start doing the jobs one after another on one thread."""
    work = [(job, Future[T]()) for job in jobs]
    threading.Thread(target=_do, args=(work,), daemon=True).start()
    return [future for _, future in work]


def _do(work: list[tuple[Callable[[], T], Future[T]]]) -> None:
    for job, future in work:
        try:
            future.set_result(job())
        except BaseException as error:
            future.set_exception(error)
