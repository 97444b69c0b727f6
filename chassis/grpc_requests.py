"""Requests of gRPC checked by the same kind of models as those of HTTP."""

from typing import TypeVar

from google.protobuf.message import Message
from pydantic import BaseModel, ValidationError

from chassis.errors import Refused

Model = TypeVar("Model", bound=BaseModel)


class RequestInvalid(Refused):
    code = "validation_failed"  # as HTTP's


def parse(model: type[Model], request: Message) -> Model:
    """Raises RequestInvalid with the fields to blame."""
    try:
        return model.model_validate(request, from_attributes=True)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        fields = {
            ".".join(map(str, each["loc"])): each["msg"].removeprefix("Value error, ") for each in details
        }
    raise RequestInvalid("The request is not valid.", fields)
