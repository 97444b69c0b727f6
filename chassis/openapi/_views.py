"""What a view says of itself that its types do not. In what order decorators stand makes no difference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chassis.errors import DomainError

View = TypeVar("View", bound=Callable[..., Any])

_ATTRIBUTE = "openapi_notes"


@dataclass(frozen=True)
class Header:
    description: str
    example: str
    pattern: str

    def described(self) -> dict[str, Any]:
        schema = {"type": "string", "pattern": self.pattern}
        return {"description": self.description, "schema": schema, "example": self.example}


@dataclass(frozen=True)
class Notes:
    errors: tuple[DomainError, ...] = ()
    request_headers: Mapping[str, Header] = field(default_factory=dict)
    response_headers: Mapping[str, Header] = field(default_factory=dict)


def notes_of(view: Callable[..., Any]) -> Notes:
    notes: Notes = getattr(view, _ATTRIBUTE, Notes())
    return notes


def raises(*errors: DomainError) -> Callable[[View], View]:
    """The domain errors that the view may raise, each as it might come: they are the examples."""
    return lambda view: _note(view, errors=(*notes_of(view).errors, *errors))


def accepts_header(name: str, description: str, example: str, pattern: str) -> Callable[[View], View]:
    header = {name: Header(description, example, pattern)}
    return lambda view: _note(view, request_headers={**notes_of(view).request_headers, **header})


def returns_header(name: str, description: str, example: str, pattern: str) -> Callable[[View], View]:
    """Of answers that succeed."""
    header = {name: Header(description, example, pattern)}
    return lambda view: _note(view, response_headers={**notes_of(view).response_headers, **header})


def _note(view: View, **changes: Any) -> View:
    setattr(view, _ATTRIBUTE, replace(notes_of(view), **changes))
    return view
