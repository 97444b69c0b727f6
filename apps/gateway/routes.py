"""HTTP for the gateway's own routes: parse, one call, render."""

from apiflask import APIBlueprint

from apps.gateway.admission import client_address, count_request
from apps.gateway.inventory import Stock
from apps.gateway.overview import Overviews, UserNotFound
from apps.gateway.schemas import (
    OverviewAnswer,
    StockAnswer,
    StockBody,
    StockLevelAnswer,
    TokenAnswer,
    TokenBody,
)
from apps.gateway.signing_in import BadCredentials, SignIn
from chassis.grpc_requests import RequestInvalid
from chassis.openapi import states
from chassis.service import provided

blueprint = APIBlueprint("gateway", __name__)

NO_PRODUCT = RequestInvalid("The request is not valid.", {"product_id": "String should match pattern"})


@blueprint.post("/auth/token")
@states(BadCredentials())
@blueprint.input(TokenBody)
@blueprint.output(TokenAnswer)
def issue_token(json_data: TokenBody) -> tuple[TokenAnswer, int, dict[str, str]]:
    count_request("token", client_address())
    sign_in = provided(SignIn)
    token = sign_in.token_for(json_data.email, json_data.password)
    answer = TokenAnswer(access_token=token, expires_in=sign_in.lifetime_s)
    return answer, 200, {"Cache-Control": "no-store"}


@blueprint.get("/users/<user_id>/overview")
@states(UserNotFound())
@blueprint.output(OverviewAnswer)
def get_overview(user_id: str) -> OverviewAnswer:
    return OverviewAnswer.model_validate(provided(Overviews).of(user_id))


@blueprint.get("/inventory/<product_id>")
@states(NO_PRODUCT)
@blueprint.output(StockAnswer)
def get_stock(product_id: str) -> StockAnswer:
    return StockAnswer.model_validate(provided(Stock).level(product_id))


@blueprint.put("/inventory/<product_id>")
@states(NO_PRODUCT)
@blueprint.input(StockBody)
@blueprint.output(StockLevelAnswer)
def set_stock(product_id: str, json_data: StockBody) -> StockLevelAnswer:
    return StockLevelAnswer.model_validate(provided(Stock).set_available(product_id, json_data.available))
