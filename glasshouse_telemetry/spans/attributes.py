"""Attributes that many spans have in common: made once, encoded once."""

from collections.abc import Mapping

from opentelemetry.util.types import AttributeValue

from glasshouse_telemetry.fast import wire as _wire

TAG = b"\x4a"  # of the attributes in opentelemetry.proto.trace.v1.Span


class Attributes:
    """Never changed once it is made. A span has several: of its caller, its path, its answer."""

    __slots__ = ("encoded", "values")

    def __init__(self, values: Mapping[str, AttributeValue]) -> None:
        self.values = values
        self.encoded = b""  # until `encode` was called

    def encode(self) -> bytes:
        """As they stand within a span's message."""
        self.encoded = _wire.attributes(TAG, self.values)
        return self.encoded
