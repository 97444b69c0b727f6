"""What the embedded broker says to SQLite."""

from typing import Final

ADD_QUEUE: Final = "INSERT OR IGNORE INTO queues VALUES (?)"
BIND: Final = "INSERT OR IGNORE INTO bindings VALUES (?, ?)"

# One copy for each queue; (message_id, raw, published_at, exchange).
PUBLISH: Final = """
INSERT INTO messages (queue, message_id, raw, published_at)
SELECT queue, ?, ?, ? FROM bindings WHERE exchange = ?
"""

# Whether a message is ready, and when the next hidden one is due.
LOOK: Final = """
SELECT EXISTS (SELECT 1 FROM messages WHERE queue = ?1 AND hidden_until IS NULL),
    (SELECT min(hidden_until) FROM messages WHERE queue = ?1 AND hidden_until IS NOT NULL)
"""
SHOW_DUE: Final = """
UPDATE messages SET hidden_until = NULL, receipt = NULL
WHERE queue = ? AND hidden_until IS NOT NULL AND hidden_until <= ?
"""
CLAIM_FIRST: Final = """
UPDATE messages SET hidden_until = ?, receipt = ?, tries = tries + 1
WHERE position = (SELECT min(position) FROM messages WHERE queue = ? AND hidden_until IS NULL)
RETURNING position, raw, tries
"""

# By position and receipt: whoever settles too late has another's receipt, and changes nothing.
DELETE: Final = "DELETE FROM messages WHERE position = ? AND receipt = ?"
HIDE: Final = "UPDATE messages SET hidden_until = ?, receipt = NULL WHERE position = ? AND receipt = ?"
COPY_TO_DEAD: Final = """
INSERT INTO dead_letters (queue, message_id, raw, reason, tries, died_at)
SELECT queue, message_id, raw, ?, tries, ? FROM messages WHERE position = ? AND receipt = ?
"""

LIST_DEAD: Final = """
SELECT message_id, raw, reason, tries, died_at FROM dead_letters WHERE queue = ? ORDER BY position LIMIT ?
"""
# ?1 queue, ?2 message id or null for all, ?3 time of publishing
COPY_FROM_DEAD: Final = """
INSERT INTO messages (queue, message_id, raw, published_at)
SELECT queue, message_id, raw, ?3 FROM dead_letters
WHERE queue = ?1 AND (?2 IS NULL OR message_id = ?2) ORDER BY position
"""
DELETE_DEAD: Final = "DELETE FROM dead_letters WHERE queue = ?1 AND (?2 IS NULL OR message_id = ?2)"

# Each part by the index that fits it: a scan of a long queue would read all its messages.
STATS: Final = """
WITH ready AS (
        SELECT count(*) AS number, min(position) AS first
        FROM messages WHERE queue = ?1 AND hidden_until IS NULL
    ),
    hidden AS (
        SELECT count(*) AS number, count(receipt) AS in_flight, min(published_at) AS oldest
        FROM messages WHERE queue = ?1 AND hidden_until IS NOT NULL
    ),
    dead AS (SELECT count(*) AS number FROM dead_letters WHERE queue = ?1),
    oldest AS (
        SELECT published_at FROM messages, ready WHERE position = first UNION ALL SELECT oldest FROM hidden
    )
SELECT ready.number, hidden.number, hidden.in_flight, dead.number, (SELECT min(published_at) FROM oldest)
FROM ready, hidden, dead
"""
