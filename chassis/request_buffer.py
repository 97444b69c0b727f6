"""Whether all of a request has arrived: asked before a thread is taken for it.

It judges nothing: what it does not understand is complete, and gunicorn's parser refuses it.
"""

import re
from typing import Final

# Lines end as in RFC 9112, and nothing else counts as an end: the parser that comes after is as strict.
_END_OF_HEAD: Final = b"\r\n\r\n"
_HEADER: Final = rb"(?im)^%b:[ \t]*(.*?)[ \t]*\r$"
_CONTENT_LENGTH: Final = re.compile(_HEADER % b"content-length")
_TRANSFER_ENCODING: Final = re.compile(_HEADER % b"transfer-encoding")
_EXPECT_CONTINUE: Final = re.compile(rb"(?im)^expect:[ \t]*100-continue[ \t]*\r\n")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n")
_LONGEST_CHUNK_LINE: Final = 256


class HeadTooLarge(Exception):
    """The headers are longer than anybody needs."""


class RequestBuffer:
    """The bytes of a request as they come in: `add` them, and ask `complete`.

    A body that is longer than `max_body` is not waited for: the application refuses it by its length.
    """

    def __init__(self, max_line: int, max_head: int, max_body: int) -> None:
        self._max_line = max_line
        self._max_head = max_head
        self._max_body = max_body
        self._data = bytearray()
        self._body_at = -1
        self._missing_from = 0  # where the chunk begins that was not there the last time
        self.expects_continue = False
        self.oversized = False

    def __len__(self) -> int:
        return len(self._data)

    def add(self, data: bytes) -> None:
        self._data += data

    def take(self) -> bytes:
        return bytes(self._data)

    def complete(self) -> bool:
        """Raises HeadTooLarge."""
        if self._body_at < 0 and not self._find_body():
            return self._line_too_long()
        head = bytes(self._data[: self._body_at])
        if _TRANSFER_ENCODING.search(head) is not None:
            return b"chunked" not in head.lower() or self._chunks_complete()
        if (length := _CONTENT_LENGTH.search(head)) is None or not length[1].isdigit():
            return True
        if len(length[1]) > 18 or int(length[1]) > self._max_body:
            self.oversized = True
            return True
        return len(self._data) - self._body_at >= int(length[1])

    def _find_body(self) -> bool:
        end = self._data.find(_END_OF_HEAD)
        if end > self._max_head or (end < 0 and len(self._data) > self._max_head):
            raise HeadTooLarge
        if end < 0:
            return False
        head = bytes(self._data[: end + len(_END_OF_HEAD)])
        without = _EXPECT_CONTINUE.sub(b"", head)
        self.expects_continue = without != head
        self._data[: len(head)] = without
        self._body_at = self._missing_from = len(without)
        return True

    def _line_too_long(self) -> bool:
        """Without an end, a request line that is too long would be waited for in vain."""
        return len(self._data) > self._max_line + 2 and b"\r\n" not in self._data[: self._max_line + 2]

    def _chunks_complete(self) -> bool:
        """Goes on where it stopped the last time, so that many small pieces cost no more than a large one."""
        while True:
            size = _CHUNK_SIZE.match(self._data, self._missing_from)
            if size is None:
                return len(self._data) - self._missing_from > _LONGEST_CHUNK_LINE or self._is_no_chunk()
            if int(size[1], 16) == 0:
                return self._data.find(_END_OF_HEAD, size.end() - 2) >= 0 or self._is_too_much()
            after = size.end() + int(size[1], 16) + 2
            if after - self._body_at > 2 * self._max_body:
                return self._is_too_much(after)
            if after > len(self._data):
                return False
            self._missing_from = after

    def _is_no_chunk(self) -> bool:
        """A whole line that is no size."""
        return self._data.find(b"\r\n", self._missing_from) >= 0

    def _is_too_much(self, end: int = 0) -> bool:
        """Of a body in chunks as much is waited for as shows that it is too large."""
        self.oversized = len(self._data) - self._body_at > 2 * self._max_body
        return self.oversized
