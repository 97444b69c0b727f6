"""The embedded broker's file: one row per message and queue, gone when handled, so nothing needs pruning."""

import sqlite3
from pathlib import Path
from typing import Final

from filelock import FileLock

# How long one writer waits for another. Every transaction here is far below a millisecond.
BUSY_TIMEOUT_S: Final = 5.0

# `hidden_until` is null while a message is ready; in flight (then `receipt` says whose) or waiting for a
# retry it is the time when it will be ready again. One index each, so that neither a long queue nor many
# retries slow a claim down.
_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS queues (name TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS bindings (
    exchange TEXT NOT NULL,
    queue TEXT NOT NULL REFERENCES queues (name),
    PRIMARY KEY (exchange, queue)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS messages (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL REFERENCES queues (name),
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL,
    published_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    hidden_until REAL,
    receipt TEXT
);
CREATE INDEX IF NOT EXISTS messages_ready ON messages (queue, position) WHERE hidden_until IS NULL;
CREATE INDEX IF NOT EXISTS messages_hidden ON messages (queue, hidden_until) WHERE hidden_until IS NOT NULL;

CREATE TABLE IF NOT EXISTS dead_letters (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL REFERENCES queues (name),
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    died_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS dead_letters_queue ON dead_letters (queue, position);
"""


def prepare(path: Path) -> None:
    """Make the file and its tables. Two processes cannot switch a new file to WAL at once, hence the lock."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{path}.lock"):
        connection = connect(path)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.executescript(_SCHEMA)
        finally:
            connection.close()


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions begin where we say.

    synchronous=NORMAL: a commit survives the death of any process at once, a power cut after the next
    checkpoint.
    """
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection
