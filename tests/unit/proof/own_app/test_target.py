"""Requests go to apps on this machine only, and never to a part of the stack."""

import socket
from pathlib import Path

import pytest
from rich.console import Console

from proof.own_app.target import parse_target, require_listening
from proof.own_app.traffic import send_to_app
from stackctl.errors import StackError


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/api/", "http://localhost:8080/api"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_on_this_machine_is_taken(text: str, url: str) -> None:
    assert parse_target(text).url == url


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("http://192.0.2.1:8080", "not this machine"),
        ("http://no.such.host.invalid", "not this machine"),
        ("https://127.0.0.1:8443", "not an http:// address"),
        ("http://127.0.0.1:99999", "is not an address"),
        ("http://", "not the address of an app"),
        ("http://127.0.0.1:8080/?a=b", "not the address of an app"),
        ("http://user:secret@127.0.0.1:8080", "not the address of an app"),
        ("http://127.0.0.1:9090", "Prometheus"),
        ("http://127.0.0.1:8000", "console"),
        ("http://127.0.0.1:5000", "the shop's gateway"),
    ],
)
def test_any_other_address_is_refused_in_a_sentence(text: str, told: str) -> None:
    with pytest.raises(StackError) as refused:
        parse_target(text)
    assert told in refused.value.message
    assert refused.value.hint


def test_a_closed_port_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(StackError, match=f"Nothing answers at 127.0.0.1:{port}"):
            require_listening(parse_target(f"http://127.0.0.1:{port}"))


@pytest.mark.parametrize(
    ("rate", "seconds", "told"), [(0, 10, "more than 0"), (50, 4000, "too many"), (5000, 60, "too many")]
)
def test_a_run_is_bounded_in_count_and_time(tmp_path: Path, rate: float, seconds: float, told: str) -> None:
    with pytest.raises(StackError, match=told):
        send_to_app(
            Console(quiet=True),
            to="http://127.0.0.1:8080",
            requests=tmp_path / "requests.yaml",
            rate=rate,
            duration=seconds,
            seed=1,
        )


def test_without_a_file_it_says_how_to_write_one() -> None:
    with pytest.raises(StackError, match="--requests FILE"):
        send_to_app(
            Console(quiet=True), to="http://127.0.0.1:8080", requests=None, rate=1, duration=1, seed=1
        )
