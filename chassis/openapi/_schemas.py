"""Schemas as readers want them: each once, under its own name, without what pydantic says only to itself."""

from chassis.openapi._document import Document, Schema, operations, refer_to, references, schema_name, schemas


def tidy_schemas(document: Document) -> None:
    _merge_copies(document)
    for schema in schemas(document).values():
        _drop_titles(schema)
    for _, _, operation in operations(document):
        for parameter in operation["parameters"]:
            parameter["schema"] = _without_null(parameter["schema"])
            _drop_titles(parameter["schema"])


def _merge_copies(document: Document) -> None:
    """APIFlask has a nested model once for each that nests it, as OrderPageResponse.OrderResponse."""
    for reference in references(document):
        reference.update(refer_to(_own_name(schema_name(reference))))
    merged: dict[str, Schema] = {}
    for name, schema in sorted(schemas(document).items()):
        if merged.setdefault(_own_name(name), schema) != schema:
            raise ValueError(f"two different models are named {_own_name(name)}")
    document["components"]["schemas"] = merged


def _own_name(name: str) -> str:
    return name.rpartition(".")[2]


def _without_null(schema: Schema) -> Schema:
    """A parameter that may be left out has null for a default; in a URL there is no null."""
    choices = [choice for choice in schema.get("anyOf", []) if choice != {"type": "null"}]
    if len(choices) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**choices[0], **rest}


def _drop_titles(schema: Schema) -> None:
    """They repeat the name, with capitals."""
    schema.pop("title", None)
    for inner in schema.get("properties", {}).values():
        _drop_titles(inner)
