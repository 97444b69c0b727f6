"""What may be said of a statement: its operation, its table, and its text without a single value."""

import re
from dataclasses import dataclass
from functools import lru_cache

_LONGEST = 4096
_OPERATION = re.compile(r"\s*([A-Za-z]+)")
_NAME = r'[`"\[]?([\w$]+)[`"\]]?(?:\.[`"\[]?([\w$]+)[`"\]]?)?'
_TARGET = {
    "SELECT": re.compile(rf"\bFROM\s+{_NAME}", re.IGNORECASE),
    "DELETE": re.compile(rf"\bFROM\s+{_NAME}", re.IGNORECASE),
    "INSERT": re.compile(rf"\bINTO\s+{_NAME}", re.IGNORECASE),
    "REPLACE": re.compile(rf"\bINTO\s+{_NAME}", re.IGNORECASE),
    "UPDATE": re.compile(rf"\bUPDATE\s+(?:OR\s+\w+\s+)?{_NAME}", re.IGNORECASE),
}
_COMMENT = r"(?P<comment>/\*.*?(?:\*/|\Z)|--[^\n]*)"
_ESCAPED = r"'(?:[^'\\]|\\.|'')*'?"
_PLAIN = r"'(?:[^']|'')*'?"
_DOLLAR_QUOTED = r"\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z)"
_SECRETIVE = re.compile(rf"{_COMMENT}|\b[eE]{_ESCAPED}|{_PLAIN}|{_DOLLAR_QUOTED}", re.DOTALL)
_SECRETIVE_MYSQL = re.compile(rf"""{_COMMENT}|{_ESCAPED}|"(?:[^"\\]|\\.|"")*"?""", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w$:?%@.])[+-]?\d[\w.]*")
_MYSQL = frozenset({"mysql", "mariadb"})


@dataclass(frozen=True)
class Statement:
    """The facts of one SQL statement. `collection` is empty where no single table can be told."""

    operation: str
    collection: str
    summary: str
    text: str


@lru_cache(maxsize=1024)
def describe(sql: str, dialect: str) -> Statement:
    """Read a statement once. Literals in its text become `?`; bound parameters never were part of it."""
    text = sanitized(sql, dialect)
    found = _OPERATION.match(text)
    operation = found.group(1).upper() if found else ""
    target = _TARGET[operation].search(text) if operation in _TARGET else None
    collection = (target.group(2) or target.group(1)) if target else ""
    summary = f"{operation} {collection}".strip()
    return Statement(operation, collection, summary, text[:_LONGEST])


def sanitized(sql: str, dialect: str) -> str:
    """Without comments, and with `?` for each literal."""
    secretive = _SECRETIVE_MYSQL if dialect in _MYSQL else _SECRETIVE
    kept = secretive.sub(lambda found: " " if found["comment"] else "?", sql)
    return _NUMBER.sub("?", kept).strip()
