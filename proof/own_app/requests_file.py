"""What to send to an app: a few lines of YAML or JSON, an OpenAPI document, or a HAR file.

A requests file is a list; each entry is `GET /path`, or a mapping with

    method: POST            # GET where it is left out
    path: /orders?page=2
    weight: 3               # how often it is sent, compared with the others; 1 where it is left out
    body: {"sku": "a"}      # text as it is; anything else as JSON
    headers: {Accept: text/html}
    expect: [201, 422]      # statuses that are right; where it is left out, any below 500
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import yaml

from stackctl.errors import StackError

MOST_KINDS = 10_000
_MOST_BYTES = 50_000_000

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
_SAFE = ("GET", "HEAD", "OPTIONS")

# Of a recorded request these belong to its connection, or are written anew.
_NOT_REPLAYED = frozenset(
    {
        *(
            "accept-encoding",
            "connection",
            "content-length",
            "host",
            "keep-alive",
            "te",
            "trailer",
            "upgrade",
        ),
        *("proxy-authorization", "proxy-connection", "transfer-encoding"),
        *("traceparent", "tracestate", "x-request-id"),
        *("if-match", "if-modified-since", "if-none-match", "if-unmodified-since"),
    }
)

_EXAMPLE = """Write for example
  - GET /
  - {method: POST, path: /orders, body: {"sku": "a"}, weight: 3, expect: [201]}"""


@dataclass(frozen=True)
class AppRequest:
    """A kind of request (proof.traffic.planned.RequestKind). Its route is the app's own affair."""

    method: str
    path: str
    weight: float = 1.0
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = ()
    number: int = 0

    @property
    def name(self) -> str:
        path, query, _ = self.path.partition("?")
        return f"{self.number or ''} {self.method} {path}{query and '?…'}".lstrip()

    @property
    def operation(self) -> str:
        return self.method

    @property
    def route(self) -> str:
        return ""


@dataclass(frozen=True)
class RequestsFile:
    """`in_order`: as they were recorded, again and again; otherwise drawn by weight."""

    requests: Sequence[AppRequest]
    in_order: bool = False
    # Operations of an OpenAPI document that are not sent, because it does not say with which body.
    left_out: Sequence[str] = ()


def read_requests(path: Path) -> RequestsFile:
    """StackError says what is wrong with the file, and where."""
    content = _parse(path)
    if isinstance(content, dict) and "log" in content:
        found = RequestsFile(list(_har(content, path)), in_order=True)
    elif isinstance(content, dict) and ({"openapi", "swagger"} & content.keys()):
        found = _openapi(content, path)
    else:
        found = RequestsFile(list(_plain(content, path)))
    if not found.requests:
        raise StackError(f"{path} names no request that could be sent.", _EXAMPLE)
    if len(found.requests) > MOST_KINDS:
        raise StackError(
            f"{path} names {len(found.requests):,} requests; at most {MOST_KINDS:,} can be told apart."
        )
    return found


def _parse(path: Path) -> Any:
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise StackError(f"{path} is larger than {_MOST_BYTES // 1_000_000} MB.", "Send a part of it.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StackError(f"{path} is not text in UTF-8.", _EXAMPLE) from None
    except OSError as error:
        raise StackError(f"{path}: {error.strerror}.", "Name a file of requests: --requests FILE") from None
    if text.lstrip()[:1] in ("{", "["):
        with suppress(ValueError):
            return json.loads(text)
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise StackError(f"{path} is neither YAML nor JSON: {error}", _EXAMPLE) from None


def _plain(content: Any, path: Path) -> Iterator[AppRequest]:
    if isinstance(content, dict) and "requests" in content:
        content = content["requests"]
    if not isinstance(content, list):
        raise StackError(f"{path} is not a list of requests.", _EXAMPLE)
    for number, entry in enumerate(content, start=1):
        try:
            yield _entry(entry, number)
        except (ValueError, TypeError) as error:
            raise StackError(f"Request {number} of {path}: {error}.", _EXAMPLE) from None


def _entry(entry: Any, number: int) -> AppRequest:
    if isinstance(entry, str):
        method, _, path = entry.partition(" ")
        entry = {"method": method, "path": path.strip()} if path else {"path": method}
    if not isinstance(entry, dict):
        raise ValueError(f"{entry!r} is neither text nor a mapping")
    if unknown := entry.keys() - {"method", "path", "weight", "body", "headers", "expect"}:
        raise ValueError(f"{', '.join(sorted(map(str, unknown)))} is not known here")
    method, path = str(entry.get("method", "GET")).upper(), entry.get("path", "")
    if method not in _METHODS:
        raise ValueError(f"{method} is none of {', '.join(_METHODS)}")
    if not isinstance(path, str) or not path.startswith("/"):
        raise ValueError(f"the path is {path!r} and not text that begins with /")
    headers = {str(name): str(value) for name, value in dict(entry.get("headers") or {}).items()}
    if any({"\r", "\n"} & set(name + value) for name, value in headers.items()):
        raise ValueError("a header has a line break in it")
    body, type_of_body = _body(entry.get("body"))
    if type_of_body and "content-type" not in map(str.lower, headers):
        headers["Content-Type"] = type_of_body
    return AppRequest(
        method, path, _weight(entry), body, headers, _statuses(entry.get("expect", ())), number=number
    )


def _weight(entry: Mapping[str, Any]) -> float:
    weight = float(entry.get("weight", 1))
    if not (weight > 0 and math.isfinite(weight)):
        raise ValueError(f"its weight is {weight:g} and not more than 0")
    return weight


def _statuses(expect: Any) -> tuple[int, ...]:
    statuses = tuple(int(status) for status in (expect if isinstance(expect, list | tuple) else [expect]))
    if wrong := [status for status in statuses if not 100 <= status <= 599]:
        raise ValueError(f"{wrong[0]} is no status of HTTP")
    return statuses


def _body(body: Any) -> tuple[str | None, str]:
    if body is None:
        return None, ""
    if not isinstance(body, str):
        return json.dumps(body), "application/json"
    try:
        json.loads(body)
    except ValueError:
        return body, "text/plain; charset=utf-8"
    return body, "application/json"


def _har(content: Mapping[str, Any], path: Path) -> Iterator[AppRequest]:
    """What was recorded from the origin that most of it came from; its statuses are what is expected."""
    try:
        recorded = [
            entry["request"] | {"answer": entry.get("response", {})} for entry in content["log"]["entries"]
        ]
        origins = [urlsplit(request["url"])[:2] for request in recorded]
        usual = max(set(origins), key=origins.count, default=None)
        for number, (request, origin) in enumerate(zip(recorded, origins, strict=True), start=1):
            if origin == usual and request["method"].upper() in _METHODS:
                yield _recorded(request, number)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        hint = "Browsers save one in the network tab of their tools: Save all as HAR."
        raise StackError(f"{path} is not a HAR file: {type(error).__name__} {error}.", hint) from None


def _recorded(request: Mapping[str, Any], number: int) -> AppRequest:
    url = urlsplit(request["url"])
    headers = {
        header["name"]: header["value"]
        for header in request.get("headers", ())
        if not header["name"].startswith(":") and header["name"].lower() not in _NOT_REPLAYED
    }
    status = int(request["answer"].get("status") or 0)
    return AppRequest(
        method=request["method"].upper(),
        path=(url.path or "/") + (url.query and f"?{url.query}"),
        body=(request.get("postData") or {}).get("text"),
        headers=headers,
        # 304 is the answer to a condition that is not sent again.
        statuses=(status,) if 100 <= status <= 599 and status != 304 else (),
        number=number,
    )


def _openapi(content: Mapping[str, Any], path: Path) -> RequestsFile:
    requests: list[AppRequest] = []
    left_out: list[str] = []
    try:
        for route, operations in content["paths"].items():
            for method, operation in operations.items():
                if method.upper() not in _METHODS:
                    continue
                request = _of_operation(
                    content, method.upper(), route, operations, operation, len(requests) + 1
                )
                if request is None:
                    left_out.append(f"{method.upper()} {route}")
                else:
                    requests.append(request)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        hint = "Check it with the tool that has made it, or write a few requests yourself."
        raise StackError(
            f"{path} is not an OpenAPI document: {type(error).__name__} {error}.", hint
        ) from None
    return RequestsFile(requests, left_out=left_out)


def _of_operation(
    document: Mapping[str, Any],
    method: str,
    route: str,
    item: Mapping[str, Any],
    operation: Mapping[str, Any],
    number: int,
) -> AppRequest | None:
    """Of what changes something, only what the document has an example for; nothing is deleted."""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for parameter in (*item.get("parameters", ()), *operation.get("parameters", ())):
        given = _resolve(document, parameter)
        value = _example(document, given)
        if given["in"] == "path":
            route = route.replace(
                "{" + given["name"] + "}", quote("1" if value is None else str(value), safe="")
            )
        elif given.get("required") and given["in"] == "query":
            query[given["name"]] = "1" if value is None else str(value)
        elif given.get("required") and given["in"] == "header":
            headers[given["name"]] = "1" if value is None else str(value)
    body = None
    if method not in _SAFE:
        content = _resolve(document, operation.get("requestBody") or {}).get("content", {})
        example = _example(document, content.get("application/json") or {})
        if method == "DELETE" or example is None:
            return None
        body, headers["Content-Type"] = json.dumps(example), "application/json"
    path = route + ((query and f"?{urlencode(query)}") or "")
    return AppRequest(method, path, body=body, headers=headers, number=number)


def _example(document: Mapping[str, Any], holder: Mapping[str, Any]) -> Any:
    """The first that the document gives for a parameter, a body or its schema."""
    examples = [_resolve(document, each).get("value") for each in (holder.get("examples") or {}).values()]
    schema = _resolve(document, holder.get("schema") or {})
    candidates = (
        holder.get("example"),
        *examples,
        schema.get("example"),
        *(schema.get("examples") or ()),
        schema.get("default", holder.get("default")),
        *(schema.get("enum", holder.get("enum")) or ()),
    )
    return next((each for each in candidates if each is not None), None)


def _resolve(document: Mapping[str, Any], holder: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow references within the document."""
    for _ in range(20):
        reference = holder.get("$ref")
        if reference is None:
            return holder
        holder = document
        for part in reference.removeprefix("#/").split("/"):
            holder = holder[part.replace("~1", "/").replace("~0", "~")]
    raise ValueError("references go round in a circle")
