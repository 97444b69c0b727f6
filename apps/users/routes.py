"""HTTP for users: parse, one call, render."""

from apiflask import APIBlueprint
from flask import Response, url_for

from apps.users.schemas import (
    CredentialsAnswer,
    CredentialsBody,
    RegistrationBody,
    UserAnswer,
    UserBody,
    UserChanges,
    UserPageAnswer,
)
from apps.users.users import BadCredentials, EmailTaken, UserNotFound, Users
from chassis.openapi import states
from chassis.schemas import PageQuery
from chassis.service import provided

blueprint = APIBlueprint("users", __name__)


@blueprint.post("/users")
@states(EmailTaken())
@blueprint.input(RegistrationBody)
@blueprint.output(UserAnswer, status_code=201)
def register_user(json_data: RegistrationBody) -> tuple[UserAnswer, int, dict[str, str]]:
    user = provided(Users).register(json_data.email, json_data.name, json_data.password)
    return UserAnswer.model_validate(user), 201, {"Location": url_for(".get_user", user_id=user.id)}


@blueprint.get("/users")
@blueprint.input(PageQuery, location="query")
@blueprint.output(UserPageAnswer)
def list_users(query_data: PageQuery) -> UserPageAnswer:
    return UserPageAnswer.model_validate(provided(Users).page(query_data.page_request()))


@blueprint.get("/users/<user_id>")
@states(UserNotFound())
@blueprint.output(UserAnswer)
def get_user(user_id: str) -> UserAnswer:
    return UserAnswer.model_validate(provided(Users).get(user_id))


@blueprint.put("/users/<user_id>")
@states(UserNotFound(), EmailTaken())
@blueprint.input(UserBody)
@blueprint.output(UserAnswer)
def replace_user(user_id: str, json_data: UserBody) -> UserAnswer:
    return UserAnswer.model_validate(provided(Users).change(user_id, json_data.model_dump()))


@blueprint.patch("/users/<user_id>")
@states(UserNotFound(), EmailTaken())
@blueprint.input(UserChanges)
@blueprint.output(UserAnswer)
def change_user(user_id: str, json_data: UserChanges) -> UserAnswer:
    return UserAnswer.model_validate(provided(Users).change(user_id, json_data.given()))


@blueprint.delete("/users/<user_id>")
@states(UserNotFound())
@blueprint.output({}, status_code=204)
def remove_user(user_id: str) -> Response:
    provided(Users).remove(user_id)
    return Response(status=204)


@blueprint.post("/credentials/verify")
@states(BadCredentials())
@blueprint.input(CredentialsBody)
@blueprint.output(CredentialsAnswer)
def verify_credentials(json_data: CredentialsBody) -> CredentialsAnswer:
    """For the gateway, which lets no client through to here."""
    credentials = provided(Users).verify(json_data.email, json_data.password)
    return CredentialsAnswer(id=credentials.user_id, roles=sorted(credentials.roles))
