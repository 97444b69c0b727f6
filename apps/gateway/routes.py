"""HTTP for the gateway's own routes: parse, one call, render."""

from apiflask import APIBlueprint

from apps.gateway.admission import client_address, count_request
from apps.gateway.inventory import Stock
from apps.gateway.overview import Overviews
from apps.gateway.schemas import (
    OverviewAnswer,
    StockAnswer,
    StockBody,
    StockLevelAnswer,
    TokenAnswer,
    TokenBody,
)
from apps.gateway.signing_in import SignIn
from chassis.service import provided

blueprint = APIBlueprint("gateway", __name__)


@blueprint.post("/auth/token")
@blueprint.input(TokenBody)
@blueprint.output(TokenAnswer)
@blueprint.doc(responses=[400, 401, 413, 415, 429, 502, 503, 504])
def issue_token(json_data: TokenBody) -> tuple[TokenAnswer, int, dict[str, str]]:
    count_request("token", client_address())
    sign_in = provided(SignIn)
    token = sign_in.token_for(json_data.email, json_data.password)
    answer = TokenAnswer(access_token=token, expires_in=sign_in.lifetime_s)
    return answer, 200, {"Cache-Control": "no-store"}


@blueprint.get("/users/<user_id>/overview")
@blueprint.output(OverviewAnswer)
@blueprint.doc(responses=[401, 403, 429, 502, 503, 504])
def get_overview(user_id: str) -> OverviewAnswer:
    return OverviewAnswer.model_validate(provided(Overviews).of(user_id))


@blueprint.get("/inventory/<product_id>")
@blueprint.output(StockAnswer)
@blueprint.doc(responses=[401, 422, 429, 502, 503, 504])
def get_stock(product_id: str) -> StockAnswer:
    return StockAnswer.model_validate(provided(Stock).level(product_id))


@blueprint.put("/inventory/<product_id>")
@blueprint.input(StockBody)
@blueprint.output(StockLevelAnswer)
@blueprint.doc(responses=[400, 401, 403, 413, 415, 429, 502, 503, 504])
def set_stock(product_id: str, json_data: StockBody) -> StockLevelAnswer:
    return StockLevelAnswer.model_validate(provided(Stock).set_available(product_id, json_data.available))
