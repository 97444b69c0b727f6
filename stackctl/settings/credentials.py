"""Keys and passwords of this stack: made once, each in a file of its own that nobody else may read."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from stackctl.paths import secrets_dir
from stackctl.system import atomic_write

JWT_SECRET = "jwt-secret"
ADMIN_PASSWORD = "admin-password"
# With it the gateway takes over the trace of whoever asks: ./stack traffic looks for its own.
TRACE_KEY = "trace-key"
# What services show each other, and we show them: chassis/service_token.py.
SERVICE_TOKEN = "service-token"


def make_missing(*further: str) -> None:
    """Those above, and further ones. What is there stays: tokens were signed with it, databases know it."""
    for name in (JWT_SECRET, ADMIN_PASSWORD, TRACE_KEY, SERVICE_TOKEN, *further):
        if not read(name):
            atomic_write.write(file(name), secrets.token_urlsafe(32), private=True)


def file(name: str) -> Path:
    return secrets_dir() / name


def read(name: str) -> str:
    """Empty before the first `up`."""
    try:
        return file(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def service_headers() -> Mapping[str, str]:
    """For a request of ours to a service, past the gateway."""
    return {"X-Service-Token": read(SERVICE_TOKEN)}
