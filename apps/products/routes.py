"""HTTP for products: parse, one call, render."""

from apiflask import APIBlueprint
from flask import Response, url_for

from apps.products.products import ProductNotFound, Products
from apps.products.schemas import (
    ProductBody,
    ProductChanges,
    ProductPageResponse,
    ProductQuery,
    ProductResponse,
)
from chassis.openapi import raises
from chassis.service import resolve

blueprint = APIBlueprint("products", __name__)


@blueprint.post("/products")
@blueprint.input(ProductBody)
@blueprint.output(ProductResponse, status_code=201)
def add_product(json_data: ProductBody) -> tuple[ProductResponse, int, dict[str, str]]:
    product = resolve(Products).add(**json_data.model_dump())
    return (
        ProductResponse.model_validate(product),
        201,
        {"Location": url_for(".get_product", product_id=product.id)},
    )


@blueprint.get("/products")
@blueprint.input(ProductQuery, location="query")
@blueprint.output(ProductPageResponse)
def search_products(query_data: ProductQuery) -> ProductPageResponse:
    found = resolve(Products).search(query_data.search(), query_data.page_request())
    return ProductPageResponse.model_validate(found)


@blueprint.get("/products/<product_id>")
@raises(ProductNotFound())
@blueprint.output(ProductResponse)
def get_product(product_id: str) -> ProductResponse:
    return ProductResponse.model_validate(resolve(Products).get(product_id))


@blueprint.put("/products/<product_id>")
@raises(ProductNotFound())
@blueprint.input(ProductBody)
@blueprint.output(ProductResponse)
def replace_product(product_id: str, json_data: ProductBody) -> ProductResponse:
    return ProductResponse.model_validate(resolve(Products).change(product_id, json_data.model_dump()))


@blueprint.patch("/products/<product_id>")
@raises(ProductNotFound())
@blueprint.input(ProductChanges)
@blueprint.output(ProductResponse)
def change_product(product_id: str, json_data: ProductChanges) -> ProductResponse:
    return ProductResponse.model_validate(resolve(Products).change(product_id, json_data.given()))


@blueprint.delete("/products/<product_id>")
@raises(ProductNotFound())
@blueprint.output({}, status_code=204)
def remove_product(product_id: str) -> Response:
    resolve(Products).remove(product_id)
    return Response(status=204)
