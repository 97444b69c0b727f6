"""The OpenAPI 3.1 document of a service: what APIFlask reads off the code, and what it leaves out.

    @blueprint.patch("/orders/<order_id>")
    @raises(OrderNotFound(), InvalidTransition(Status.SHIPPED, Status.PENDING))
    @accepts_header("If-Match", "The version that is meant to be changed.", '"3"', r'^"[0-9]+"$')
    @blueprint.input(StatusBody)
    @blueprint.output(OrderResponse)
    def change_order_status(…

It is at /openapi.json, and to be read and tried at /docs. `python -m tests.documents` writes that of every
service into its folder, so that a change of an interface is seen with the change of the code.
"""

from chassis.openapi._describe import describe, extend_document
from chassis.openapi._document import Document, document_path, operations
from chassis.openapi._errors import add_domain_errors, add_statuses
from chassis.openapi._merge import Forwarded, merge, require_token
from chassis.openapi._views import accepts_header, raises, returns_header

__all__ = [
    "Document",
    "Forwarded",
    "accepts_header",
    "add_domain_errors",
    "add_statuses",
    "describe",
    "document_path",
    "extend_document",
    "merge",
    "operations",
    "raises",
    "require_token",
    "returns_header",
]
