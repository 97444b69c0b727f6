"""Everything at once that may strike in the middle of observing; run as a program by test_locking_rule.py.

    python -m tests.unit.telemetry.stress SECONDS [--record-locks]

Threads serve requests whose views set attributes of wrong types (the SDK warns while it holds a span's lock),
add to spans that have ended, fail, stream and log. A signal handler and finalizers log in the middle of that,
children are forked, somebody scrapes. It ends with 0 when every thread went on to the end. `--record-locks`
also prints which lock was waited for while which was held.
"""

import faulthandler
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

_held = threading.local()
_edges: dict[tuple[str, str], str] = {}
_recording = False


class RecordedLock:
    """A lock that notes for what one waits without bound, and what one holds meanwhile."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        frame = sys._getframe(2)
        while frame.f_back is not None and "/threading.py" in frame.f_code.co_filename:
            frame = frame.f_back
        folder, file = os.path.split(frame.f_code.co_filename)
        self.place = f"{os.path.basename(folder)}/{file}:{frame.f_lineno}"

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        held: list[RecordedLock] = _held.__dict__.setdefault("locks", [])
        if _recording and blocking and timeout == -1 and self not in held:
            for other in held:
                if other is not self:
                    _edges.setdefault((other.place, self.place), threading.current_thread().name)
        taken: bool = self._lock.acquire(blocking, timeout)
        if taken:
            held.append(self)
        return taken

    def release(self) -> None:
        with suppress(ValueError, AttributeError):
            _held.locks.remove(self)
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lock, name)


def record_locks() -> None:
    """Every lock that is made from here on is recorded."""
    stock = threading.Lock, threading.RLock

    def make_lock(
        *_: object,
    ) -> Any:  # some keep the factory as an attribute of a class, and call it as a method
        return RecordedLock(stock[0]())

    def make_rlock(*_: object) -> Any:
        return RecordedLock(stock[1]())

    threading.Lock, threading.RLock = make_lock, make_rlock  # type: ignore[assignment]


def make_app() -> Any:
    from flask import Flask, Response
    from opentelemetry import trace

    import glasshouse_telemetry as telemetry

    app = Flask("stress")
    telemetry.instrument(app, service_name="stress")
    log = logging.getLogger("work")

    class Unclosed:
        """Part of a cycle: the garbage collector chooses when it is finalized, and on which thread."""

        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            log.warning("unclosed")

    def add_later(span: Any) -> None:
        time.sleep(0.001)
        span.set_attribute("late", datetime.now())

    @app.get("/wrong")
    def wrong() -> str:
        Unclosed()
        trace.get_current_span().set_attribute("at", datetime.now())  # type: ignore[arg-type]
        log.info("working", extra={"at": datetime.now()})
        return "ok"

    @app.get("/late")
    def late() -> str:
        threading.Thread(target=add_later, args=(trace.get_current_span(),)).start()
        return "ok"

    @app.get("/broken")
    def broken() -> str:
        raise ValueError("broken")

    @app.get("/stream")
    def stream() -> Response:
        def body() -> Iterator[str]:
            for n in range(3):
                log.warning("part %d", n)
                yield "x"

        return Response(body())

    return app


def main(seconds: float, recorded: bool) -> int:
    global _recording
    faulthandler.enable()
    faulthandler.dump_traceback_later(2 * seconds + 60, exit=True)
    if recorded:
        record_locks()
    app = make_app()
    app.logger.setLevel("CRITICAL")
    log = logging.getLogger("work")
    served = dict.fromkeys(("/wrong", "/late", "/broken", "/stream", "/metrics"), 0)
    ending = threading.Event()
    failures: list[str] = []

    def serve(path: str) -> None:
        client = app.test_client()
        while not ending.is_set():
            try:
                client.get(path).close()
            except Exception as error:
                failures.append(f"{path}: {error!r}")
            served[path] += 1
            if path == "/metrics":
                time.sleep(0.01)

    strikes = [0]

    def strike(*_: object) -> None:
        if not strikes[0]:  # on a busy machine signals would come faster than they are handled, without end
            strikes[0] += 1
            try:
                log.warning("a signal came")
            finally:
                strikes[0] -= 1

    def fork() -> None:
        child = os.fork()
        if child == 0:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(30)  # ends a child that is stuck
            code = 1
            with suppress(BaseException):
                app.test_client().get("/wrong").close()
                log.warning("from a child")
                code = 0
            os._exit(code)
        _, status = os.waitpid(child, 0)
        if status:
            failures.append(f"a child ended with {status}")

    gc.set_threshold(200, 5, 5)
    signal.signal(signal.SIGALRM, strike)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.003)
    client = app.test_client()
    client.get("/wrong").close()
    _recording = recorded
    threads = [threading.Thread(target=serve, args=(path,), daemon=True) for path in served]
    for thread in threads:
        thread.start()
    deadline, before, stuck = time.monotonic() + seconds, dict(served), 0
    while time.monotonic() < deadline:
        until = min(deadline, time.monotonic() + 1)
        while time.monotonic() < until:  # signals come to this thread: it works, too
            client.get("/wrong").close()
            log.info("main")
        if not recorded:
            fork()
        stuck = stuck + 1 if any(served[path] == before[path] for path in served) else 0
        before = dict(served)
        if stuck >= 20:
            failures.append(f"a thread is stuck: {served}")
            break
    _recording = False
    signal.setitimer(signal.ITIMER_REAL, 0)
    ending.set()
    for thread in threads:
        thread.join(20)
        if thread.is_alive():
            failures.append("a thread does not end")
    print(json.dumps({"served": served, "failures": failures[:5], "edges": sorted(_edges)}), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    code = main(float(sys.argv[1]), "--record-locks" in sys.argv)
    sys.stderr.flush()
    os._exit(code)
