"""HTTP for the gateway's own routes: parse, one call, render."""

from apiflask import APIBlueprint

from apps.gateway.authentication import Authenticator, BadCredentials
from apps.gateway.inventory import Stock
from apps.gateway.overview import Overviews, UserNotFound
from apps.gateway.request_guard import client_address, count_request
from apps.gateway.schemas import (
    OverviewResponse,
    StockBody,
    StockLevelResponse,
    StockResponse,
    TokenBody,
    TokenResponse,
)
from chassis.grpc_requests import RequestInvalid
from chassis.openapi import raises
from chassis.service import resolve

blueprint = APIBlueprint("gateway", __name__)

NO_PRODUCT = RequestInvalid("The request is not valid.", {"product_id": "String should match pattern"})


@blueprint.post("/auth/token")
@raises(BadCredentials())
@blueprint.input(TokenBody)
@blueprint.output(TokenResponse)
def issue_token(json_data: TokenBody) -> tuple[TokenResponse, int, dict[str, str]]:
    count_request("token", client_address())
    sign_in = resolve(Authenticator)
    token = sign_in.token_for(json_data.email, json_data.password)
    answer = TokenResponse(access_token=token, expires_in=sign_in.lifetime_s)
    return answer, 200, {"Cache-Control": "no-store"}


@blueprint.get("/users/<user_id>/overview")
@raises(UserNotFound())
@blueprint.output(OverviewResponse)
def get_overview(user_id: str) -> OverviewResponse:
    return OverviewResponse.model_validate(resolve(Overviews).of(user_id))


@blueprint.get("/inventory/<product_id>")
@raises(NO_PRODUCT)
@blueprint.output(StockResponse)
def get_stock(product_id: str) -> StockResponse:
    return StockResponse.model_validate(resolve(Stock).level(product_id))


@blueprint.put("/inventory/<product_id>")
@raises(NO_PRODUCT)
@blueprint.input(StockBody)
@blueprint.output(StockLevelResponse)
def set_stock(product_id: str, json_data: StockBody) -> StockLevelResponse:
    return StockLevelResponse.model_validate(resolve(Stock).set_available(product_id, json_data.available))
