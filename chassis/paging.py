"""One page of a list, counted from 1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
S = TypeVar("S")


@dataclass(frozen=True)
class PageRequest:
    page: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


@dataclass(frozen=True)
class Page(Generic[T]):
    items: Sequence[T]
    page: int
    limit: int
    total: int

    def map(self, function: Callable[[T], S]) -> "Page[S]":
        return Page([function(item) for item in self.items], self.page, self.limit, self.total)
