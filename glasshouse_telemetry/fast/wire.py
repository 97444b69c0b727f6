"""The protobuf wire format, as far as OTLP needs it (protobuf.dev/programming-guides/encoding)."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final

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
    return message(tag, value.encode("utf-8", "replace"))


def attributes(tag: bytes, values: Mapping[str, object]) -> bytes:
    """KeyValue messages. What OTLP cannot say (an integer beyond 64 bits, an object) is left out."""
    found = b""
    for key, value in values.items():
        try:
            found += message(tag, _key_value(key, value))
        except (TypeError, OverflowError):
            continue
    return found


def _key_value(key: str, value: object) -> bytes:
    return text(b"\x0a", key) + message(b"\x12", _any_value(value))


def _any_value(value: object) -> bytes:
    if isinstance(value, str):
        return text(_STRING, value)
    if isinstance(value, bool):
        return _BOOL + _SMALL[value]
    if isinstance(value, int):
        return _INT + _signed(value)
    if isinstance(value, float):
        return _FLOAT + _DOUBLE(value)
    if isinstance(value, bytes):
        return message(_BYTES, value)
    if isinstance(value, Sequence):
        return message(_ARRAY, b"".join(message(b"\x0a", _any_value(each)) for each in value))
    if isinstance(value, Mapping):
        pairs = (message(b"\x0a", _key_value(str(key), each)) for key, each in value.items())
        return message(_MAP, b"".join(pairs))
    if value is None:
        return b""
    raise TypeError(f"OTLP knows no {type(value).__name__}")


def _signed(value: int) -> bytes:
    """Negative numbers as the two's complement of 64 bits."""
    if not -_LARGEST_INT - 1 <= value <= _LARGEST_INT:
        raise OverflowError(value)
    return varint(value & 0xFFFF_FFFF_FFFF_FFFF)
