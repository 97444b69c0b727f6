"""The OpenAPI 3.1 document of a service: what APIFlask reads off the code, and what it leaves out.

    @blueprint.patch("/orders/<order_id>")
    @states(OrderNotFound(), InvalidTransition(Status.SHIPPED, Status.PENDING))
    @takes_header("If-Match", "The version that is meant to be changed.", '"3"', r'^"[0-9]+"$')
    @blueprint.input(StatusBody)
    @blueprint.output(OrderAnswer)
    def change_order_status(…

It is at /openapi.json, and to be read and tried at /docs. `python -m tests.documents` writes that of every
service into its folder, so that a change of an interface is seen with the change of the code.
"""

from chassis.openapi._describe import describe, extend_document
from chassis.openapi._document import Document, document_path, operations
from chassis.openapi._errors import add_facts, add_statuses
from chassis.openapi._merge import Forwarded, merge, require_token
from chassis.openapi._views import answers_header, states, takes_header

__all__ = [
    "Document",
    "Forwarded",
    "add_facts",
    "add_statuses",
    "answers_header",
    "describe",
    "document_path",
    "extend_document",
    "merge",
    "operations",
    "require_token",
    "states",
    "takes_header",
]
