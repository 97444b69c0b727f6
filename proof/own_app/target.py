"""The app that requests are sent to: on this machine only."""

import ipaddress
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from stackctl import ports
from stackctl.errors import StackError

_EXAMPLE = "Write for example --to http://127.0.0.1:8080"
_CONNECT_SECONDS = 2.0

_OF_THE_STACK: Mapping[int, str] = {
    ports.CONSOLE: "the console of this stack",
    ports.OTLP_GRPC: "the Collector",
    ports.OTLP_HTTP: "the Collector",
    ports.PROMETHEUS: "Prometheus",
    ports.LOKI_HTTP: "Loki",
    ports.JAEGER_QUERY: "Jaeger",
    ports.ALERTMANAGER: "Alertmanager",
    ports.GRAFANA: "Grafana",
    **{port: f"the shop's {service}" for service, port in ports.SERVICES.items()},
}


@dataclass(frozen=True)
class Target:
    """`url` has no slash at its end; it may have a path that all requests begin with."""

    url: str
    host: str
    port: int


def parse_target(text: str) -> Target:
    """Read --to. Only this machine is sent to: whoever wants to load another one needs another tool."""
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port or 80
    except ValueError as error:
        raise StackError(f"{text!r} is not an address: {error}.", _EXAMPLE) from None
    if parts.scheme != "http":
        hint = "Send to the port behind whatever ends TLS."
        raise StackError(f"{text} is not an http:// address.", hint)
    if not host or parts.query or parts.fragment or parts.username:
        raise StackError(f"{text!r} is not the address of an app.", _EXAMPLE)
    if not _is_loopback(host, port):
        raise StackError(f"{host} is not this machine: requests are sent to loopback only.", _EXAMPLE)
    if port in _OF_THE_STACK:
        hint = "Give your app another port. For the shop, leave --to out."
        raise StackError(f"Port {port} is that of {_OF_THE_STACK[port]}, not of your app.", hint)
    return Target(f"http://{parts.netloc}{parts.path.rstrip('/')}", host, port)


def require_listening(target: Target) -> None:
    try:
        socket.create_connection((target.host, target.port), _CONNECT_SECONDS).close()
    except OSError as error:
        hint = "Start your app first, and look at which port it says that it listens."
        raise StackError(f"Nothing answers at {target.host}:{target.port} ({error}).", hint) from None


def require_collector() -> None:
    """Without it there is nothing that could be verified."""
    try:
        socket.create_connection((ports.host(ports.OTLP_HTTP), ports.OTLP_HTTP), _CONNECT_SECONDS).close()
    except OSError:
        raise StackError(
            f"No Collector answers at {ports.address(ports.OTLP_HTTP)}.", "Start the stack first: ./stack up"
        ) from None


def _is_loopback(host: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback for *_, address in found)
