"""The rules of products: a catalogue that is searched in several orders."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from apps.products import faults, metrics
from chassis.errors import NotFound
from chassis.identity import new_id, utc_now
from chassis.paging import Page, PageRequest

logger = logging.getLogger(__name__)


class Sort(StrEnum):
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"
    NAME_ASC = "name_asc"
    NAME_DESC = "name_desc"
    NEWEST = "newest"


@dataclass(frozen=True)
class Product:
    id: str
    name: str
    category: str
    price_cents: int
    description: str
    created_at: datetime


@dataclass(frozen=True)
class Search:
    """`ids` and `category` narrow the catalogue when they are given."""

    sort: Sort = Sort.NEWEST
    category: str | None = None
    ids: tuple[str, ...] | None = None


class ProductNotFound(NotFound):
    code = "product_not_found"

    def __init__(self) -> None:
        super().__init__("No product has this id.")


class Repository(Protocol):
    """Where products are kept; a product that is missing is None or False."""

    def add(self, product: Product) -> None: ...
    def get(self, product_id: str) -> Product | None: ...
    def change(self, product_id: str, changes: Mapping[str, Any]) -> Product | None: ...
    def remove(self, product_id: str) -> bool: ...
    def search(self, search: Search, request: PageRequest) -> Page[Product]: ...


class Products:
    def __init__(self, repository: Repository) -> None:
        self._repository = repository

    def add(self, name: str, category: str, price_cents: int, description: str) -> Product:
        product = Product(new_id(), name, category, price_cents, description, utc_now())
        self._repository.add(product)
        metrics.added.inc()
        logger.info("product added", extra={"product.id": product.id})
        return product

    def get(self, product_id: str) -> Product:
        return _known(self._repository.get(product_id))

    def search(self, search: Search, request: PageRequest) -> Page[Product]:
        faults.SLOW.delay()
        faults.fail_sometimes()
        faults.leak_memory()
        faults.explode_labels()
        faults.oversize_span()
        return self._repository.search(search, request)

    def change(self, product_id: str, changes: Mapping[str, Any]) -> Product:
        product = _known(self._repository.change(product_id, changes))
        logger.info("product changed", extra={"product.id": product.id, "product.changed": sorted(changes)})
        return product

    def remove(self, product_id: str) -> None:
        if not self._repository.remove(product_id):
            raise ProductNotFound
        metrics.removed.inc()
        logger.info("product removed", extra={"product.id": product_id})


def _known(product: Product | None) -> Product:
    if product is None:
        raise ProductNotFound
    return product
