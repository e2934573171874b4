"""Twilio's webhooks: the signature is checked, the fact is written down, nothing more.

What it means is worked out after the answer has gone (inbound.py, receipts.py).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from services.notifications import store
from services.notifications.addresses import AddressError, parse_phone
from services.notifications.arriving import arrivals
from services.notifications.inbound import STOPPED_AT_PROVIDER
from services.notifications.models import Inbound, Receipt
from services.notifications.providers.ports import Providers
from services.notifications.providers.twilio_webhooks import (
    EMPTY_ANSWER,
    EMPTY_ANSWER_TYPE,
    InboundSms,
    StatusReport,
    UnreadableWebhookError,
    read_form,
    read_inbound,
    read_status,
)
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security.gate import gate_of, signed_elsewhere
from services.runtime.security.sealing import Sealer


class _Direct(APIRoute):
    """Hands the request to its endpoint as it is. A webhook has neither a body of ours to read nor
    a person to know, and working that out again would be half of what an answer costs.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        endpoint: Callable[[Request], Awaitable[Response]] = self.endpoint
        return endpoint


router = APIRouter(prefix="/webhooks/twilio", tags=["webhooks"], route_class=_Direct)
SIGNED = signed_elsewhere("Twilio signs its requests (X-Twilio-Signature)")
REFERENCE = {
    "name": "reference",
    "in": "query",
    "required": False,
    "description": "Id of our message, as the address for reports named it.",
    "schema": {"type": "string"},
}


class BadSignature(DomainError):
    code = "signature-wrong"
    status = 403
    title = "Not signed by the provider"


class UnreadableWebhook(DomainError):
    code = "webhook-unreadable"
    status = 400
    title = "Not a webhook we can read"


@router.post("/inbound", dependencies=[SIGNED])
async def inbound(request: Request) -> Response:
    """A text message to us. Sent twice, it counts once."""
    fields = await _signed_fields(request)
    node: Node = request.app.state.node
    now = node.now()
    try:
        message = read_inbound(fields)
    except UnreadableWebhookError as error:
        raise UnreadableWebhook(str(error)) from None
    await arrivals(node, Inbound).keep(inbound_row(node.sealer, message, now))
    return Response(EMPTY_ANSWER, media_type=EMPTY_ANSWER_TYPE)


@router.post("/status", dependencies=[SIGNED], openapi_extra={"parameters": [REFERENCE]})
async def status(request: Request) -> Response:
    """A delivery report. Unknown statuses are accepted and kept."""
    fields = await _signed_fields(request)
    node: Node = request.app.state.node
    now = node.now()
    try:
        report = read_status(fields, request.query_params.get("reference"))
    except UnreadableWebhookError as error:
        raise UnreadableWebhook(str(error)) from None
    await arrivals(node, Receipt).keep(receipt_row(report, now))
    return Response(status_code=204)


async def _signed_fields(request: Request) -> dict[str, str]:
    node: Node = request.app.state.node
    providers: Providers = node.extras["providers"]
    body = await request.body()
    query = request.url.query
    address = f"{request.url.path}?{query}" if query else request.url.path
    signature = request.headers.get("x-twilio-signature")
    content_type = request.headers.get("content-type")
    if providers.signature is None or not providers.signature.is_valid(
        address, signature, body, content_type
    ):
        # A request that its provider signed always gets in, whoever else is at that address.
        gate_of(request).count_unknown(request)
        raise BadSignature("The signature of this request does not match. Nothing was done.")
    try:
        if (content_type or "").startswith("application/json"):
            return {str(name): str(value) for name, value in dict(json.loads(body)).items()}
        return read_form(body)
    except (ValueError, TypeError):
        raise UnreadableWebhook("The body could not be read.") from None


def inbound_row(sealer: Sealer, message: InboundSms, now: datetime) -> dict[str, Any]:
    try:
        phone = parse_phone(message.from_number).e164
    except AddressError:
        phone = message.from_number
    seal_id = uuid4()
    key = sealer.new_key(seal_id)
    return {
        "provider_id": message.message_sid,
        "phone_index": sealer.blind_index(phone),
        "seal_id": seal_id,
        "sealed": sealer.seal(seal_id, store.INBOUND_FIELD, message.body, key),
        "received_at": now,
        "state": "new",
        "meaning": STOPPED_AT_PROVIDER if message.opt_out_type == "STOP" else "",
    }


def receipt_row(report: StatusReport, now: datetime) -> dict[str, Any]:
    return {
        "provider_id": report.message_sid,
        "status": report.status,
        "message_id": _uuid(report.reference),
        "error_code": str(report.error_code or ""),
        "received_at": now,
    }


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
