"""What a view says of itself that its types do not. In what order decorators stand makes no difference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from chassis.facts import Fact

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
    facts: tuple[Fact, ...] = ()
    request_headers: Mapping[str, Header] = field(default_factory=dict)
    response_headers: Mapping[str, Header] = field(default_factory=dict)


def notes_of(view: Callable[..., Any]) -> Notes:
    notes: Notes = getattr(view, _ATTRIBUTE, Notes())
    return notes


def states(*facts: Fact) -> Callable[[View], View]:
    """The facts that the view may state against a request, each as it might come: they are the examples."""
    return lambda view: _note(view, facts=(*notes_of(view).facts, *facts))


def takes_header(name: str, description: str, example: str, pattern: str) -> Callable[[View], View]:
    header = {name: Header(description, example, pattern)}
    return lambda view: _note(view, request_headers={**notes_of(view).request_headers, **header})


def answers_header(name: str, description: str, example: str, pattern: str) -> Callable[[View], View]:
    """Of answers that succeed."""
    header = {name: Header(description, example, pattern)}
    return lambda view: _note(view, response_headers={**notes_of(view).response_headers, **header})


def _note(view: View, **changes: Any) -> View:
    setattr(view, _ATTRIBUTE, replace(notes_of(view), **changes))
    return view
