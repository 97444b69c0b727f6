"""JSON as RFC 8259 has it, and nothing that only looks like it."""

from typing import Any, NoReturn

from flask import Request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType


class StrictJSONProvider(DefaultJSONProvider):
    """Answers keep the order of their models; NaN, Infinity and bodies nested too deep are refused."""

    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, parse_constant=_refuse_constant, **kwargs)
        except RecursionError:
            raise ValueError("nested too deep") from None


class JSONRequest(Request):
    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """APIFlask forces any body to be read as JSON; here another content type is refused (415).

        Of a body sent in chunks, Werkzeug parses the part that is allowed; here it is too large (413).
        """
        limit = self.max_content_length
        if self.content_length is None and limit is not None and len(self.get_data()) >= limit:
            raise RequestEntityTooLarge
        return super().get_json(silent=silent, cache=cache)

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        if e is None:
            raise UnsupportedMediaType("The body must be JSON, with the content type application/json.")
        raise BadRequest("The body is not valid JSON.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
