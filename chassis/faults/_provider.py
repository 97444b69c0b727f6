"""The OpenFeature provider: flags from our file.

Not flagd's provider, which reads files too: there a file that is missing or broken leaves on what was on,
with a stack trace twice a second, and it costs each process 23 MB (tried with 0.6.1).
"""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import FlagNotFoundError, TypeMismatchError
from openfeature.flag_evaluation import FlagResolutionDetails, FlagValueType, Reason
from openfeature.provider import AbstractProvider, Metadata

from chassis.faults._flags import Flag

ON = "on"
OFF = "off"


class FileProvider(AbstractProvider):
    """All flags are objects: the knobs of a fault."""

    def __init__(self) -> None:
        super().__init__()
        self.flags: Mapping[str, Flag] = {}

    def get_metadata(self) -> Metadata:
        return Metadata("faults-file")

    def resolve_object_details(
        self,
        flag_key: str,
        default_value: Sequence[FlagValueType] | Mapping[str, FlagValueType],
        evaluation_context: EvaluationContext | None = None,
    ) -> FlagResolutionDetails[Sequence[FlagValueType] | Mapping[str, FlagValueType]]:
        flag = self.flags.get(flag_key)
        if flag is None:
            raise FlagNotFoundError(f"{flag_key} is not in the file")
        if not flag.is_on:
            return FlagResolutionDetails(default_value, reason=Reason.DISABLED, variant=OFF)
        attributes = evaluation_context.attributes if evaluation_context else {}
        if not flag.is_for(attributes):
            return FlagResolutionDetails(default_value, reason=Reason.DEFAULT, variant=OFF)
        reason = Reason.TARGETING_MATCH if flag.when else Reason.STATIC
        return FlagResolutionDetails(flag.value, reason=reason, variant=ON)

    def resolve_boolean_details(self, flag_key: str, *_: Any, **__: Any) -> NoReturn:
        raise TypeMismatchError(f"{flag_key} is an object, as all faults are")

    resolve_string_details = resolve_boolean_details
    resolve_integer_details = resolve_boolean_details
    resolve_float_details = resolve_boolean_details
