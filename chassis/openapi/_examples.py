"""An example of a whole body, put together from those of its fields: so none is written twice."""

from contextlib import suppress
from typing import Any

from chassis.openapi._document import Document, Schema, operations, resolve, schemas


def add_examples(document: Document) -> None:
    """To each JSON body that has none, when all of its parts have one; and to the ids in paths."""
    for _, _, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter["in"] == "path" and (example := _example_of_id(parameter["name"], document)):
                parameter["example"] = example
        for body in (operation.get("requestBody", {}), *operation["responses"].values()):
            media = body.get("content", {}).get("application/json")
            if media and not media.keys() & {"example", "examples"}:
                with suppress(LookupError):
                    media["example"] = example_of(media["schema"], document)


def example_of(schema: Schema, document: Document) -> Any:
    """LookupError when some part neither has an example nor a value to choose."""
    schema = resolve(schema, document)
    if "const" in schema:
        return schema["const"]
    if schema.get("examples"):
        return schema["examples"][0]
    if "default" in schema:
        return schema["default"]
    if schema.get("enum"):
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], document)
    if schema.get("type") == "object":
        return {name: example_of(part, document) for name, part in schema.get("properties", {}).items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], document)]
    raise LookupError(f"no example of {schema}")


def _example_of_id(name: str, document: Document) -> str | None:
    """That of a field `product_id`, wherever there is one, else of `id` in ProductResponse."""
    own = schemas(document).get(f"{name.removesuffix('_id').capitalize()}Response", {})
    fields = [schema.get("properties", {}).get(name, {}) for schema in schemas(document).values()]
    fields.append(own.get("properties", {}).get("id", {}))
    return next((field["examples"][0] for field in fields if field.get("examples")), None)
