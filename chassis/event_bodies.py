"""Bodies of events as their consumers read them: models take what they need and leave the rest alone."""

from typing import TypeVar

from opentelemetry import trace
from pydantic import BaseModel, ValidationError

from chassis.events import Message, PermanentError

Model = TypeVar("Model", bound=BaseModel)


class OfOrder(BaseModel):
    """What every event of the saga has."""

    order_id: str


def read_body(model: type[Model], message: Message) -> Model:
    """Raises PermanentError, which quotes nothing of the body: it may hold what belongs in no log.

    Says on the current span which order this is about, so that it can be followed.
    """
    try:
        body = model.model_validate(message.body)
    except ValidationError as error:
        places = sorted({".".join(map(str, each["loc"])) for each in error.errors(include_input=False)})
        raise PermanentError(f"its body is no {model.__name__}: {', '.join(places)}") from None
    if isinstance(order_id := getattr(body, "order_id", None), str):
        trace.get_current_span().set_attribute("order.id", order_id)
    return body
