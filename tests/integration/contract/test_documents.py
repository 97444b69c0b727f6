"""What can be said of the published documents: true to the code, whole, with examples that fit."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator

from chassis.openapi import Document, operations
from tests.documents import documents, path_of, text_of

SERVICES = ("users", "products", "orders", "payments", "inventory", "notifications", "gateway")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Document]:
    return dict(documents(tmp_path_factory.mktemp("documents")))


@pytest.fixture(params=SERVICES)
def document(request: pytest.FixtureRequest, published: dict[str, Document]) -> Document:
    return published[request.param]


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_published_is_what_the_service_answers(service: str, published: dict[str, Document]) -> None:
    """When this fails: python -m tests.documents."""
    assert path_of(service).read_text(encoding="utf-8") == text_of(published[service])


def test_a_document_is_of_the_form_of_openapi(document: Document) -> None:
    schemathesis.openapi.from_dict(document).validate()


def test_every_operation_has_a_name_of_its_own_a_summary_and_a_tag(document: Document) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(names) == sorted(set(names))
    tags = {tag["name"] for tag in document["tags"]}
    for _, _, operation in operations(document):
        assert operation["summary"]
        assert set(operation["tags"]) <= tags


def test_every_body_has_an_example_that_fits_its_schema(document: Document) -> None:
    for place, media in bodies(document):
        examples = [example["value"] for example in media.get("examples", {}).values()]
        examples += [media["example"]] if "example" in media else []
        assert examples, f"no example: {place}"
        schema = {**media["schema"], "components": document["components"]}
        for example in examples:
            Draft202012Validator(schema).validate(example)


def bodies(document: Document) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, method, operation in operations(document):
        answers = {status: resolved(answer, document) for status, answer in operation["responses"].items()}
        for place, body in {"request": operation.get("requestBody", {}), **answers}.items():
            for media in body.get("content", {}).values():
                yield f"{method} {path} {place}", media


def resolved(answer: dict[str, Any], document: Document) -> dict[str, Any]:
    if "$ref" not in answer:
        return answer
    found: dict[str, Any] = document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    return found
