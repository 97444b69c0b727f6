"""HTTP for products: parse, one call, render."""

from apiflask import APIBlueprint
from flask import Response, url_for

from apps.products.products import ProductNotFound, Products
from apps.products.schemas import ProductAnswer, ProductBody, ProductChanges, ProductPageAnswer, ProductQuery
from chassis.openapi import states
from chassis.service import provided

blueprint = APIBlueprint("products", __name__)


@blueprint.post("/products")
@blueprint.input(ProductBody)
@blueprint.output(ProductAnswer, status_code=201)
def add_product(json_data: ProductBody) -> tuple[ProductAnswer, int, dict[str, str]]:
    product = provided(Products).add(**json_data.model_dump())
    return (
        ProductAnswer.model_validate(product),
        201,
        {"Location": url_for(".get_product", product_id=product.id)},
    )


@blueprint.get("/products")
@blueprint.input(ProductQuery, location="query")
@blueprint.output(ProductPageAnswer)
def search_products(query_data: ProductQuery) -> ProductPageAnswer:
    found = provided(Products).search(query_data.search(), query_data.page_request())
    return ProductPageAnswer.model_validate(found)


@blueprint.get("/products/<product_id>")
@states(ProductNotFound())
@blueprint.output(ProductAnswer)
def get_product(product_id: str) -> ProductAnswer:
    return ProductAnswer.model_validate(provided(Products).get(product_id))


@blueprint.put("/products/<product_id>")
@states(ProductNotFound())
@blueprint.input(ProductBody)
@blueprint.output(ProductAnswer)
def replace_product(product_id: str, json_data: ProductBody) -> ProductAnswer:
    return ProductAnswer.model_validate(provided(Products).change(product_id, json_data.model_dump()))


@blueprint.patch("/products/<product_id>")
@states(ProductNotFound())
@blueprint.input(ProductChanges)
@blueprint.output(ProductAnswer)
def change_product(product_id: str, json_data: ProductChanges) -> ProductAnswer:
    return ProductAnswer.model_validate(provided(Products).change(product_id, json_data.given()))


@blueprint.delete("/products/<product_id>")
@states(ProductNotFound())
@blueprint.output({}, status_code=204)
def remove_product(product_id: str) -> Response:
    provided(Products).remove(product_id)
    return Response(status=204)
