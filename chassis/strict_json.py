"""JSON as RFC 8259 has it, and nothing that only looks like it."""

from typing import Any, NoReturn

from flask import Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType


class StrictJSONProvider(DefaultJSONProvider):
    """Answers keep the order of their models; NaN, Infinity and bodies nested too deep are refused."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """A name twice in one object is refused: of two readers each might take another of its values."""
        try:
            return super().loads(
                s, parse_constant=_refuse_constant, object_pairs_hook=_each_name_once, **kwargs
            )
        except RecursionError:
            raise ValueError("nested too deep") from None


class JSONRequest(Request):
    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """APIFlask forces any body to be read as JSON; here another content type is refused (415).

        Of a body sent in chunks, Werkzeug parses the part that is allowed; here it is too large (413).
        """
        if self.content_encoding not in (None, "", "identity"):
            raise UnsupportedMediaType("The body must not be compressed.")
        if (charset := self.mimetype_params.get("charset", "utf-8").lower()) not in ("utf-8", "utf8"):
            raise UnsupportedMediaType(f"The body must be UTF-8, not {charset[:20]}.")
        limit = self.max_content_length
        if self.content_length is None and limit is not None and len(self.get_data()) >= limit:
            raise RequestEntityTooLarge
        if self.is_json and self.get_data().startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
            raise BadRequest("The body must be UTF-8 without a byte order mark.")
        return super().get_json(silent=silent, cache=cache)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        if e is None:
            raise UnsupportedMediaType("The body must be JSON, with the content type application/json.")
        raise BadRequest("The body is not valid JSON.")


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return names


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
