"""HTTP for what is forwarded: the request as its sender may make it, and the answer as they may see it."""

import json
from dataclasses import replace
from http.client import OK

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from apps.gateway.forwarding import CONDITIONS, Client, request_headers, response_headers, target
from apps.gateway.gateway import confined_to, own_body, own_cancellation, own_item, own_list, pending
from apps.gateway.policy import FORWARDED, Access
from apps.gateway.request_guard import caller, current_rule
from apps.gateway.upstreams import Upstreams
from chassis.service import resolve
from chassis.transport import Call, HttpResponse

blueprint = Blueprint("services", __name__)


def forward(**_: str) -> Response:
    rule, owner = current_rule(), confined_to(caller())
    call = _call(rule.access, owner)
    if owner is not None and rule.access is Access.OWN_CANCELLATION:
        call = _while_pending(call, owner)
    answer = resolve(Upstreams).send(rule.service, call)
    if owner is not None and rule.access is Access.OWN_ITEM:
        answer = own_item(answer, owner)
    return _response(answer)


for _rule in FORWARDED:
    blueprint.add_url_rule(_rule.path, "forward", forward, methods=[_rule.method])


def _call(access: Access, owner: str | None) -> Call:
    method = "GET" if request.method == "HEAD" else request.method  # our server leaves the body out
    client = Client(request.remote_addr or "", request.scheme, request.host)
    headers = request_headers(request.headers.items(), client)
    query, body = request.query_string.decode("latin-1"), request.get_data()
    if owner is not None:
        if access is Access.OWN_LIST:
            query = own_list(query, owner)
        elif access is Access.OWN_BODY:
            body = _own_json(owner)
        elif access in (Access.OWN_ITEM, Access.OWN_CANCELLATION):
            headers = [(name, value) for name, value in headers if name.lower() not in CONDITIONS]
    return Call(method, target(request.path, query), headers, body)


def _while_pending(cancellation: Call, owner: str) -> Call:
    """The same for the version of the order that was looked at: one confirmed meanwhile is a 412."""
    own_cancellation(request.get_json())
    seen = own_item(resolve(Upstreams).send("orders", replace(cancellation, method="GET", body=b"")), owner)
    if seen.status == OK:
        pending(seen)
    version = [("If-Match", value) for name, value in seen.headers if name.lower() == "etag"]
    return replace(cancellation, headers=[*cancellation.headers, *version])


def _own_json(owner: str) -> bytes:
    """Written anew, so that the service reads what was judged here: JSON may name its user_id twice."""
    document = own_body(request.get_json(), owner)
    try:
        body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    except (RecursionError, UnicodeEncodeError):
        raise BadRequest("The body is nested too deep, or its text is no Unicode.") from None
    if len(body) > (request.max_content_length or len(body)):
        raise RequestEntityTooLarge  # written anew, 1e15 is 1000000000000000.0
    return body


def _response(answer: HttpResponse) -> Response:
    response = Response(answer.body, answer.status)
    response.headers.clear()
    response.headers.extend(response_headers(answer))
    return response
