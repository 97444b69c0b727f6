"""Products in their database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Select, String, UnaryExpression, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from apps.products.faults import forget_connection
from apps.products.products import Product, Search, Sort
from chassis.database import Database, fetch_page
from chassis.paging import Page, PageRequest
from chassis.sqlalchemy_types import UtcDateTime, sorted_text


class Base(DeclarativeBase):
    pass


class ProductRow(Base):
    __tablename__ = "products"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    name: Mapped[str] = mapped_column(sorted_text(200), index=True)
    category: Mapped[str] = mapped_column(String(40), index=True)
    price_cents: Mapped[int] = mapped_column(BigInteger, index=True)
    description: Mapped[str] = mapped_column(String(2_000))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    @classmethod
    def of(cls, product: Product) -> "ProductRow":
        return cls(
            id=product.id,
            name=product.name,
            category=product.category,
            price_cents=product.price_cents,
            description=product.description,
            created_at=product.created_at,
        )

    def product(self) -> Product:
        return Product(self.id, self.name, self.category, self.price_cents, self.description, self.created_at)


ORDER: Mapping[Sort, UnaryExpression[Any]] = {
    Sort.PRICE_ASC: ProductRow.price_cents.asc(),
    Sort.PRICE_DESC: ProductRow.price_cents.desc(),
    Sort.NAME_ASC: ProductRow.name.asc(),
    Sort.NAME_DESC: ProductRow.name.desc(),
    Sort.NEWEST: ProductRow.created_at.desc(),
}


class ProductRepository:
    def __init__(self, database: Database) -> None:
        self._database = database

    def seed(self, products: Sequence[Product]) -> None:
        self._database.seed([ProductRow.of(product) for product in products])

    def check(self) -> None:
        """Read something from a table: SQLite would answer `SELECT 1` without its file."""
        with self._database.reading() as session:
            session.scalar(select(ProductRow.id).limit(1))

    def add(self, product: Product) -> None:
        with self._database.writing() as session:
            session.add(ProductRow.of(product))

    def get(self, product_id: str) -> Product | None:
        with self._database.reading() as session:
            row = session.get(ProductRow, product_id)
            return row.product() if row else None

    def change(self, product_id: str, changes: Mapping[str, Any]) -> Product | None:
        with self._database.writing() as session:
            row = session.get(ProductRow, product_id)
            if row is None:
                return None
            for name, value in changes.items():
                setattr(row, name, value)
            return row.product()

    def remove(self, product_id: str) -> bool:
        with self._database.writing() as session:
            row = session.get(ProductRow, product_id)
            if row is not None:
                session.delete(row)
            return row is not None

    def search(self, search: Search, request: PageRequest) -> Page[Product]:
        forget_connection(self._database.reading())
        with self._database.reading() as session:
            return fetch_page(session, _statement(search), request).map(ProductRow.product)


def _statement(search: Search) -> Select[tuple[ProductRow]]:
    """The id breaks ties, so that no product is on two pages or on none."""
    statement = select(ProductRow).order_by(ORDER[search.sort], ProductRow.id)
    if search.category is not None:
        statement = statement.where(ProductRow.category == search.category)
    if search.ids is not None:
        statement = statement.where(ProductRow.id.in_(search.ids))
    return statement
