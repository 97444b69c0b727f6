"""The document of a service: what can be read off its code, and how several become one."""

from collections.abc import Callable
from copy import deepcopy
from enum import StrEnum
from typing import Any

import pytest
from apiflask import APIBlueprint, APIFlask
from jsonschema import Draft202012Validator
from pydantic import Field

from chassis.errors import Conflict, NotFound, UpstreamTimeout
from chassis.openapi import (
    Document,
    Forwarded,
    accepts_header,
    add_domain_errors,
    add_statuses,
    extend_document,
    merge,
    operations,
    raises,
    require_token,
    returns_header,
)
from chassis.schemas import Body, Cents, Line, PageQuery, PageResponse, ResponseModel
from chassis.service import new_service


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class KiteBody(Body):
    name: Line = Field(examples=["Swift"])
    price_cents: Cents


class KiteResponse(ResponseModel):
    name: str = Field(examples=["Swift"])
    colour: Colour = Field(examples=[Colour.BLUE])
    note: str | None = Field(examples=[None])


class KitePageResponse(PageResponse[KiteResponse]):
    pass


class KiteQuery(PageQuery):
    colour: Colour | None = None


class KiteNotFound(NotFound):
    code = "kite_not_found"


class StringNotFound(NotFound):
    code = "string_not_found"


class NameTaken(Conflict):
    code = "name_taken"


blueprint = APIBlueprint("kites", __name__)


@blueprint.post("/kites")
@raises(NameTaken("Another kite has this name.", {"name": "is taken"}))
@blueprint.input(KiteBody)
@blueprint.output(KiteResponse, status_code=201)
def add_kite(json_data: KiteBody) -> KiteResponse:
    """Build a kite.

    It takes a while.
    """
    raise NotImplementedError


@blueprint.get("/kites")
@blueprint.input(KiteQuery, location="query")
@blueprint.output(KitePageResponse)
def search_kites(query_data: KiteQuery) -> KitePageResponse:
    raise NotImplementedError


@blueprint.get("/kites/<kite_id>")
@raises(KiteNotFound("No kite has this id."))
@accepts_header("If-None-Match", "The version that is known.", '"1"', '^"[0-9]+"$')
@returns_header("ETag", "Its version.", '"1"', '^"[0-9]+"$')
@blueprint.output(KiteResponse)
@blueprint.doc(responses=[304, 409])
def get_kite(kite_id: str) -> KiteResponse:
    raise NotImplementedError


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> APIFlask:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    app = new_service("kites", "1.0.0")
    app.register_blueprint(blueprint)
    return app


@pytest.fixture
def document(app: APIFlask) -> Document:
    document: Document = app.test_client().get("/openapi.json").get_json()
    return document


def examples(document: Document, path: str, method: str, status: str) -> dict[str, Any]:
    response = document["paths"][path][method]["responses"][status]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    found: dict[str, Any] = response["content"]["application/json"]["examples"]
    return {code: example["value"]["error"] for code, example in found.items()}


def extended(app: APIFlask, extend: Callable[[Document], None]) -> Document:
    extend_document(app, extend)
    document: Document = app.test_client().get("/openapi.json").get_json()
    return document


def test_it_is_of_version_31_and_the_same_for_every_host(app: APIFlask, document: Document) -> None:
    assert document["openapi"].startswith("3.1.")
    assert app.test_client().get("/openapi.json", base_url="https://evil.example").get_json() == document
    assert "evil" not in str(document)


def test_operations_are_named_as_their_functions(document: Document) -> None:
    named = {operation["operationId"]: operation["summary"] for _, _, operation in operations(document)}
    assert named == {"search_kites": "Search kites", "add_kite": "Build a kite.", "get_kite": "Get kite"}
    assert document["paths"]["/kites"]["post"]["description"] == "It takes a while."


def test_what_the_chassis_answers_is_documented_where_it_can_occur(document: Document) -> None:
    statuses = {
        operation["operationId"]: set(operation["responses"]) for _, _, operation in operations(document)
    }
    assert statuses == {
        "add_kite": {"201", "400", "409", "413", "415", "422", "500"},
        "search_kites": {"200", "422", "500"},
        "get_kite": {"200", "304", "400", "404", "409", "500"},
    }


def test_facts_are_examples_of_their_status(document: Document) -> None:
    taken = examples(document, "/kites", "post", "409")["name_taken"]
    assert taken["message"] == "Another kite has this name."
    assert taken["fields"] == {"name": "is taken"}
    assert set(examples(document, "/kites/{kite_id}", "get", "404")) == {"kite_not_found"}


def test_bodies_have_examples_put_together_from_their_fields(document: Document) -> None:
    post = document["paths"]["/kites"]["post"]
    assert post["requestBody"]["required"] is True
    assert post["requestBody"]["content"]["application/json"]["example"] == {
        "name": "Swift",
        "price_cents": 2650,
    }
    page = document["paths"]["/kites"]["get"]["responses"]["200"]["content"]["application/json"]["example"]
    kite = {"name": "Swift", "colour": "blue", "note": None}
    assert page == {"items": [kite], "page": 1, "limit": 20, "total": 1}


def test_every_error_example_is_of_the_schema_of_errors(document: Document) -> None:
    errors = Draft202012Validator(document["components"]["schemas"]["Error"])
    shown = [
        example["value"]
        for response in document["components"]["responses"].values()
        for example in response["content"]["application/json"]["examples"].values()
    ]
    assert len(shown) >= 8
    for example in shown:
        errors.validate(example)


def test_an_error_is_there_once(document: Document) -> None:
    refs = [operation["responses"]["500"]["$ref"] for _, _, operation in operations(document)]
    assert refs == ["#/components/responses/internal_server_error"] * 3


def test_headers_are_documented_and_what_is_made_has_a_place(document: Document) -> None:
    get = document["paths"]["/kites/{kite_id}"]["get"]
    assert [parameter["name"] for parameter in get["parameters"]] == ["kite_id", "If-None-Match"]
    assert set(get["responses"]["200"]["headers"]) == {"ETag"}
    assert set(document["paths"]["/kites"]["post"]["responses"]["201"]["headers"]) == {"Location"}


def test_a_model_is_there_once_and_without_titles(document: Document) -> None:
    assert set(document["components"]["schemas"]) == {
        "Colour",
        "Error",
        "KiteResponse",
        "KiteBody",
        "KitePageResponse",
    }
    assert "title" not in document["components"]["schemas"]["KiteBody"]["properties"]["name"]


def test_a_parameter_may_be_left_out_but_is_never_null(document: Document) -> None:
    parameters = document["paths"]["/kites"]["get"]["parameters"]
    [colour] = (parameter for parameter in parameters if parameter["name"] == "colour")
    assert colour["schema"] == {"$ref": "#/components/schemas/Colour"}


def test_two_models_of_one_name_are_refused(app: APIFlask) -> None:
    class Other(PageResponse["Other.KiteResponse"]):
        class KiteResponse(ResponseModel):
            length_m: float

    Other.model_rebuild()
    app.get("/others")(app.output(Other)(lambda: None))
    with pytest.raises(ValueError, match="KiteResponse"):
        app.spec  # noqa: B018  # generated when it is asked for


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/docs", 200),
        ("/docs/page.js", 200),
        ("/docs/swagger-ui-bundle.js", 200),
        ("/docs/index.js", 404),
        ("/docs/..%2f_page.py", 404),
    ],
)
def test_the_page_for_people_has_only_its_own_parts(app: APIFlask, path: str, status: int) -> None:
    with app.test_client().get(path) as answer:
        assert answer.status_code == status


def test_the_page_for_people_needs_nothing_from_elsewhere(app: APIFlask) -> None:
    with app.test_client().get("/docs") as answer:
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "//" not in answer.get_data(as_text=True)


def front() -> Document:
    """Of a gateway that has a schema of a service's name for something else."""
    own: Document = {"openapi": "3.1.0", "tags": [], "paths": {}, "components": {}}
    own["components"]["schemas"] = {"KiteResponse": {"type": "integer"}, "Unused": {"type": "string"}}
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/KiteResponse"}}}
    own["paths"]["/count"] = {"get": {"responses": {"200": {"description": "OK", "content": content}}}}
    return own


def test_what_is_forwarded_joins_the_gateways_own(document: Document) -> None:
    own, before = front(), deepcopy(document)
    merge(own, {"kites": document}, [Forwarded("kites", "get", "/kites")])
    assert document == before
    assert {path: set(item) for path, item in own["paths"].items()} == {"/count": {"get"}, "/kites": {"get"}}
    assert set(own["components"]["schemas"]) == {
        "Colour",
        "Error",
        "KiteResponse",
        "KitePageResponse",
        "KitesKiteResponse",
    }
    page = own["components"]["schemas"]["KitePageResponse"]
    assert page["properties"]["items"]["items"] == {"$ref": "#/components/schemas/KitesKiteResponse"}
    assert [tag["name"] for tag in own["tags"]] == ["Kites"]


def test_what_a_service_does_not_have_cannot_be_forwarded(document: Document) -> None:
    with pytest.raises(KeyError):
        merge(front(), {"kites": document}, [Forwarded("kites", "delete", "/kites")])


def test_facts_and_statuses_can_be_added_to_those_that_are_there(app: APIFlask) -> None:
    path = "/kites/{kite_id}"

    def extend(document: Document) -> None:
        get = document["paths"][path]["get"]
        add_domain_errors(get, [StringNotFound("No string has this id."), UpstreamTimeout("kites", "slow")])
        add_statuses(get, 404, 418)

    document = extended(app, extend)
    assert set(examples(document, path, "get", "404")) == {"kite_not_found", "string_not_found"}
    assert set(examples(document, path, "get", "504")) == {"upstream_timeout"}
    assert "418" in document["paths"][path]["get"]["responses"]


def test_operations_that_want_a_token_say_so_and_what_comes_without(app: APIFlask) -> None:
    document = extended(app, lambda document: require_token(document, [document["paths"]["/kites"]["get"]]))
    get = document["paths"]["/kites"]["get"]
    [scheme] = get["security"][0]
    assert document["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    assert {"401", "403"} <= set(get["responses"])
    assert "security" not in document["paths"]["/kites"]["post"]
