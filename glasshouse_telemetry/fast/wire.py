"""The protobuf wire format, as far as OTLP needs it (protobuf.dev/programming-guides/encoding).

Values are written where a span ends, so no code of theirs is run: what inherits from `str`, `int` or `float`
is read as one of these, whatever it overrides, and what does not is left out.
"""

import struct
from collections.abc import Mapping
from typing import Any, Final

_SMALL: Final = tuple(bytes((number,)) for number in range(128))
_DOUBLE: Final = struct.Struct("<d").pack
_LARGEST_INT: Final = 2**63 - 1

# opentelemetry.proto.common.v1.AnyValue: field number and wire type of each kind of value
_STRING: Final = b"\x0a"
_BOOL: Final = b"\x10"
_INT: Final = b"\x18"
_FLOAT: Final = b"\x21"
_ARRAY: Final = b"\x2a"
_MAP: Final = b"\x32"
_BYTES: Final = b"\x3a"

_DEEPEST: Final = 16  # of values within values: receivers refuse to read a request with much deeper ones


def varint(number: int) -> bytes:
    if number < 128:
        return _SMALL[number]
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def message(tag: bytes, content: bytes) -> bytes:
    """A field whose length comes first: a text, bytes, another message."""
    return tag + varint(len(content)) + content


def text(tag: bytes, value: str) -> bytes:
    # A lone surrogate is no UTF-8: it becomes a question mark rather than a lost span.
    return message(tag, str.encode(value, "utf-8", "replace"))


def attributes(tag: bytes, values: Mapping[str, object]) -> bytes:
    """KeyValue messages, without what OTLP cannot say: integers beyond 64 bits, objects, very deep values."""
    found = b""
    for key, value in values.items():
        try:
            found += message(tag, _key_value(key, value))
        except (TypeError, OverflowError):
            continue
    return found


def _key_value(key: str, value: object, depth: int = 0) -> bytes:
    return text(b"\x0a", key) + message(b"\x12", _any_value(value, depth))


def _any_value(value: Any, depth: int) -> bytes:
    kind = type(value)
    if issubclass(kind, str):
        return text(_STRING, value)
    if kind is bool:
        return _BOOL + (_SMALL[1] if value else _SMALL[0])
    if issubclass(kind, int):
        return _INT + _signed(int.__pos__(value))
    if issubclass(kind, float):
        return _FLOAT + _DOUBLE(value)
    if issubclass(kind, bytes):
        return message(_BYTES, b"".join((value,)))
    if value is None:
        return b""
    if depth >= _DEEPEST:
        raise OverflowError(depth)
    if kind is tuple or kind is list:
        return message(_ARRAY, b"".join([message(b"\x0a", _any_value(each, depth + 1)) for each in value]))
    if kind is dict:
        pairs = [message(b"\x0a", _key_value(key, each, depth + 1)) for key, each in value.items()]
        return message(_MAP, b"".join(pairs))
    raise TypeError(f"OTLP knows no {kind.__name__}")


def _signed(value: int) -> bytes:
    """Negative numbers as the two's complement of 64 bits."""
    if not -_LARGEST_INT - 1 <= value <= _LARGEST_INT:
        raise OverflowError(value)
    return varint(value & 0xFFFF_FFFF_FFFF_FFFF)
