"""Load: as much as goes, by wrk; and at a fixed rate, where a slow answer delays no other request."""

import asyncio
import re
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Told of each answer: the request, and the seconds from when it was due.
Answered = Callable[[bytes, float], object]


@dataclass(frozen=True)
class Saturation:
    requests: int
    per_second: float
    p99_ms: float
    slowest_ms: float


def saturate(core: int, url: str, seconds: int, connections: int = 8) -> Saturation:
    argv = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", url]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in told or "Socket errors" in told:
        raise SystemExit(f"benchmark: {url} failed under load:\n{told}")
    requests = re.search(r"(\d+) requests in", told)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    slowest = re.search(r"Latency\s+\S+\s+\S+\s+([\d.]+)(us|ms|s)", told)
    assert requests and rate and p99 and slowest, told
    return Saturation(int(requests[1]), float(rate[1]), _milliseconds(p99), _milliseconds(slowest))


def _milliseconds(found: re.Match[str]) -> float:
    return float(found[1]) * {"us": 1e-3, "ms": 1.0, "s": 1e3}[found[2]]


class _Connection(asyncio.Protocol):
    """Asks once at a time; `free` holds the connections that wait for a question."""

    def __init__(self, free: "asyncio.Queue[_Connection]", answered: Answered) -> None:
        self._free = free
        self._answered = answered
        self._request = b""
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._free.put_nowait(self)

    def ask(self, request: bytes, due: float) -> None:
        self._request, self._due = request, due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """What is asked here answers with a short JSON text, which is the last to come."""
        if data.rstrip().endswith(b"}"):
            self._answered(self._request, asyncio.get_running_loop().time() - self._due)
            self._free.put_nowait(self)


async def _open_loop(
    port: int, requests: Iterable[bytes], rate: float, answered: Answered, connections: int
) -> None:
    loop = asyncio.get_running_loop()
    free: asyncio.Queue[_Connection] = asyncio.Queue()
    made = [
        (await loop.create_connection(lambda: _Connection(free, answered), "127.0.0.1", port))[0]
        for _ in range(connections)
    ]
    began = loop.time()
    for number, request in enumerate(requests):
        due = began + number / rate
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        (await free.get()).ask(request, due)
    await asyncio.sleep(0.5)
    for transport in made:
        transport.close()


def send(
    port: int, requests: Iterable[bytes], rate: float, answered: Answered, connections: int = 16
) -> None:
    """So many of them per second, whether or not those before were answered, while connections are free."""
    asyncio.run(_open_loop(port, requests, rate, answered, connections))


def latencies(port: int, path: str, rate: float, seconds: float, connections: int = 16) -> list[float]:
    """Seconds from when each request was due to its answer, sorted."""
    found: list[float] = []
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
    requests = (request for _ in range(int(rate * seconds)))
    send(port, requests, rate, lambda _, latency: found.append(latency), connections)
    return sorted(found)
