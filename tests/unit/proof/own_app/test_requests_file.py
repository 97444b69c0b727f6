"""What is sent to an app is read from lists, OpenAPI and HAR; what cannot be read is named in a sentence."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from proof.own_app.requests_file import MOST_KINDS, AppRequest, RequestsFile, read_requests
from proof.own_app.traffic import make_plan
from stackctl.errors import StackError


def read(folder: Path, content: object, name: str = "requests.yaml") -> RequestsFile:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_requests(path)


def sent(file: RequestsFile) -> list[str]:
    return [f"{request.method} {request.path}" for request in file.requests]


def test_a_list_of_requests_in_a_few_lines(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        """
- GET /
- /hello?name=ada
- {method: post, path: /orders, weight: 3, body: {sku: a}, headers: {X-Key: 1}, expect: [201, 422]}
- {method: PUT, path: /note, body: just text, expect: 204}
""",
    )
    assert sent(file) == ["GET /", "GET /hello?name=ada", "POST /orders", "PUT /note"]
    order, note = file.requests[2:]
    assert (order.weight, order.body, order.statuses) == (3, '{"sku": "a"}', (201, 422))
    assert dict(order.headers) == {"X-Key": "1", "Content-Type": "application/json"}
    assert (note.body, note.headers["Content-Type"]) == ("just text", "text/plain; charset=utf-8")
    assert note.statuses == (204,)


def test_json_and_a_mapping_with_requests_are_read_too(tmp_path: Path) -> None:
    assert sent(read(tmp_path, {"requests": ["GET /a", {"path": "/b"}]}, "requests.json")) == [
        "GET /a",
        "GET /b",
    ]


def test_equal_requests_are_kinds_of_their_own(tmp_path: Path) -> None:
    file = read(tmp_path, ["GET /a", "GET /a"])
    assert len({request.name for request in file.requests}) == 2


def test_a_har_file_is_sent_in_its_order_without_what_belongs_to_its_connections(tmp_path: Path) -> None:
    def entry(method: str, url: str, status: int, **more: Any) -> dict[str, Any]:
        headers = [
            {"name": "Host", "value": "x"},
            {"name": ":path", "value": "/"},
            {"name": "Cookie", "value": "a=b"},
            {"name": "traceparent", "value": "00-1-2-01"},
        ]
        request = {"method": method, "url": url, "headers": headers, **more}
        return {"request": request, "response": {"status": status}}

    har = {
        "log": {
            "entries": [
                entry("GET", "http://localhost:5173/b?q=1", 200),
                entry("GET", "https://fonts.example/font", 200),
                entry("POST", "http://localhost:5173/a", 422, postData={"text": "{}"}),
                entry("GET", "http://localhost:5173/cached", 304),
            ]
        }
    }
    file = read(tmp_path, har, "session.har")
    assert file.in_order
    assert sent(file) == ["GET /b?q=1", "POST /a", "GET /cached"]
    assert [request.statuses for request in file.requests] == [(200,), (422,), ()]
    assert file.requests[1].body == "{}"
    assert dict(file.requests[0].headers) == {"Cookie": "a=b"}
    assert [one.path for one in make_plan(file, 4, 1, 1, "run")] == ["/b?q=1", "/a", "/cached", "/b?q=1"]


PAGE = {"name": "page", "in": "query", "required": True, "schema": {"default": 2}}
OPENAPI = {
    "openapi": "3.1.0",
    "paths": {
        "/users/{user_id}": {
            "parameters": [{"$ref": "#/components/parameters/user"}],
            "get": {
                "parameters": [{"name": "page", "in": "query", "required": True, "schema": {"default": 2}}]
            },
            "delete": {},
        },
        "/users": {
            "get": {},
            "post": {"requestBody": {"content": {"application/json": {"example": {"name": "Ada"}}}}},
            "put": {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}},
        },
    },
    "components": {"parameters": {"user": {"name": "user_id", "in": "path", "example": "a/b"}}},
}


def test_an_openapi_document_says_what_can_be_read_and_has_examples(tmp_path: Path) -> None:
    file = read(tmp_path, OPENAPI, "openapi.json")
    assert sent(file) == ["GET /users/a%2Fb?page=2", "GET /users", "POST /users"]
    assert file.requests[2].body == '{"name": "Ada"}'
    assert file.left_out == ["DELETE /users/{user_id}", "PUT /users"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "is not a list of requests"),
        ("[]", "names no request"),
        ("- GET orders", "begins with /"),
        ("- {path: /a, wait: 3}", "wait is not known here"),
        ("- {path: /a, weight: 0}", "weight is 0"),
        ("- {path: /a, weight: often}", "could not convert"),
        ("- {path: /a, expect: 99}", "99 is no status"),
        ("- {path: /a, method: BREW}", "BREW is none of"),
        ('- {path: /a, headers: {X: "a\\nb"}}', "line break"),
        ("- [GET, /a]", "neither text nor a mapping"),
        ("a: [1", "neither YAML nor JSON"),
        ('{"log": {"entries": [{"url": 1}]}}', "is not a HAR file"),
        ('{"openapi": "3.1.0"}', "is not an OpenAPI document"),
        (
            '{"openapi": "3.1.0", "paths": {"/a": {"get": {"parameters": [{"$ref": "#/x"}]}}}}',
            "not an OpenAPI",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(StackError, match=r"requests\.yaml") as refused:
        read(tmp_path, content)
    assert told in refused.value.message
    assert refused.value.hint


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="No such file"):
        read_requests(tmp_path / "none.yaml")
    (tmp_path / "image").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(StackError, match="not text"):
        read_requests(tmp_path / "image")


def test_more_kinds_than_can_be_told_apart_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="10,001 requests"):
        read(tmp_path, [f"GET /{n}" for n in range(MOST_KINDS + 1)])


def test_weights_decide_how_often_and_the_seed_which() -> None:
    file = RequestsFile([AppRequest("GET", "/a", 9, number=1), AppRequest("GET", "/b", 1, number=2)])
    first, second = make_plan(file, 100, 10, 1, "run-a"), make_plan(file, 100, 10, 1, "run-b")
    assert [one.path for one in first] == [one.path for one in second]
    assert not {one.trace_id for one in first} & {one.trace_id for one in second}
    assert 850 < Counter(one.path for one in first)["/a"] < 950
