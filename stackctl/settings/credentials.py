"""Keys and passwords of this stack: made once, each in a file of its own that nobody else may read."""

import secrets

from stackctl.paths import secrets_dir
from stackctl.system import atomic_write

JWT_SECRET = "jwt-secret"
ADMIN_PASSWORD = "admin-password"
# With it the gateway takes over the trace of whoever asks: ./stack traffic looks for its own.
TRACE_KEY = "trace-key"


def make_missing(*further: str) -> None:
    """Those above, and further ones. What is there stays: tokens were signed with it, databases know it."""
    for name in (JWT_SECRET, ADMIN_PASSWORD, TRACE_KEY, *further):
        if not read(name):
            atomic_write.write(secrets_dir() / name, secrets.token_urlsafe(32), private=True)


def read(name: str) -> str:
    """Empty before the first `up`."""
    try:
        return (secrets_dir() / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
