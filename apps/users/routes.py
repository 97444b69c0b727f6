"""HTTP for users: parse, one call, render."""

from apiflask import APIBlueprint
from flask import Response, url_for

from apps.users.schemas import (
    CredentialsBody,
    CredentialsResponse,
    RegistrationBody,
    UserBody,
    UserChanges,
    UserPageResponse,
    UserResponse,
)
from apps.users.users import BadCredentials, EmailTaken, UserNotFound, Users
from chassis.openapi import raises
from chassis.schemas import PageQuery
from chassis.service import resolve

blueprint = APIBlueprint("users", __name__)


@blueprint.post("/users")
@raises(EmailTaken())
@blueprint.input(RegistrationBody)
@blueprint.output(UserResponse, status_code=201)
def register_user(json_data: RegistrationBody) -> tuple[UserResponse, int, dict[str, str]]:
    user = resolve(Users).register(json_data.email, json_data.name, json_data.password)
    return UserResponse.model_validate(user), 201, {"Location": url_for(".get_user", user_id=user.id)}


@blueprint.get("/users")
@blueprint.input(PageQuery, location="query")
@blueprint.output(UserPageResponse)
def list_users(query_data: PageQuery) -> UserPageResponse:
    return UserPageResponse.model_validate(resolve(Users).page(query_data.page_request()))


@blueprint.get("/users/<user_id>")
@raises(UserNotFound())
@blueprint.output(UserResponse)
def get_user(user_id: str) -> UserResponse:
    return UserResponse.model_validate(resolve(Users).get(user_id))


@blueprint.put("/users/<user_id>")
@raises(UserNotFound(), EmailTaken())
@blueprint.input(UserBody)
@blueprint.output(UserResponse)
def replace_user(user_id: str, json_data: UserBody) -> UserResponse:
    return UserResponse.model_validate(resolve(Users).change(user_id, json_data.model_dump()))


@blueprint.patch("/users/<user_id>")
@raises(UserNotFound(), EmailTaken())
@blueprint.input(UserChanges)
@blueprint.output(UserResponse)
def change_user(user_id: str, json_data: UserChanges) -> UserResponse:
    return UserResponse.model_validate(resolve(Users).change(user_id, json_data.given()))


@blueprint.delete("/users/<user_id>")
@raises(UserNotFound())
@blueprint.output({}, status_code=204)
def remove_user(user_id: str) -> Response:
    resolve(Users).remove(user_id)
    return Response(status=204)


@blueprint.post("/credentials/verify")
@raises(BadCredentials())
@blueprint.input(CredentialsBody)
@blueprint.output(CredentialsResponse)
def verify_credentials(json_data: CredentialsBody) -> CredentialsResponse:
    """For the gateway, which lets no client through to here."""
    credentials = resolve(Users).verify(json_data.email, json_data.password)
    return CredentialsResponse(id=credentials.user_id, roles=sorted(credentials.roles))
