"""Resources and attribute values as OTLP messages (opentelemetry/proto/common/v1)."""

import json
from collections.abc import Mapping
from typing import Final

from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage
from opentelemetry.sdk.resources import Resource

_INT64: Final = range(-(2**63), 2**63)
_MAX_DEPTH: Final = 16  # deeper values are sent as JSON text: receivers refuse to read them


def text(value: str) -> str:
    """The text as it can be encoded: a lone surrogate becomes a question mark."""
    return value if value.isascii() else value.encode("utf-8", errors="replace").decode("utf-8")


def any_value(value: object, depth: int = 0) -> AnyValue:
    match value:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=value)
        case int() if value in _INT64:
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=text(value))
        case bytes():
            return AnyValue(bytes_value=value)
        case dict() | list() | tuple() if depth >= _MAX_DEPTH:
            return AnyValue(string_value=text(json.dumps(value, ensure_ascii=False, default=str)))
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=attributes(value, depth + 1)))
        case list() | tuple():
            return AnyValue(array_value=ArrayValue(values=[any_value(each, depth + 1) for each in value]))
        case _:
            return AnyValue(string_value=text(str(value)))


def attributes(values: Mapping[str, object], depth: int = 0) -> list[KeyValue]:
    return [KeyValue(key=text(str(key)), value=any_value(value, depth)) for key, value in values.items()]


def resource_message(resource: Resource) -> ResourceMessage:
    return ResourceMessage(attributes=attributes(resource.attributes))


def id_bytes(value: object, size: int) -> bytes | None:
    """A trace or span id that was hexadecimal text; None for anything else."""
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return None
    return found if len(found) == size and any(found) else None
