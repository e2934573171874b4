"""Delivery reports taken into effect, in whatever order and however often they came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from schemas.events import InvitationDelivered
from services.notifications import store
from services.notifications.models import Invitation, Message, Receipt
from services.notifications.providers.twilio_errors import explain_undelivered
from services.notifications.settling import fact_of, mark_failed, mark_sent
from services.runtime import outbox
from services.runtime.node import Node

BATCH = 100
ARRIVED = frozenset({"delivered", "read"})
NOT_ARRIVED = frozenset({"undelivered", "failed", "canceled"})


def settle_receipts(node: Node, now: datetime) -> bool:
    if not node.database.read(lambda session: store.unhandled_receipts(session, 1)):
        return False
    return node.writer.write(lambda session: settle_batch(session, now)) > 0


def settle_batch(session: Session, now: datetime) -> int:
    receipts = store.unhandled_receipts(session, BATCH)
    for receipt in receipts:
        _settle(session, receipt, now)
        receipt.handled = True
    return len(receipts)


def _settle(session: Session, receipt: Receipt, now: datetime) -> None:
    message = store.message_by_provider_id(session, receipt.provider_id)
    if message is None and receipt.message_id is not None:
        message = session.get(Message, receipt.message_id)
    if message is None:
        return
    if message.state in ("sending", "unknown"):
        # A report proves that the provider has it: no look-up, no second try.
        mark_sent(session, message, receipt.provider_id, None, now)
    if message.state != "sent":
        return
    if receipt.status in ARRIVED:
        message.state, message.finished_at = "delivered", now
        if message.kind == "invitation" and message.invitation_id is not None:
            invitation = session.get_one(Invitation, message.invitation_id)
            outbox.publish(session, InvitationDelivered(**fact_of(invitation)), now)
    elif receipt.status in NOT_ARRIVED:
        code = int(receipt.error_code) if receipt.error_code.isdecimal() else None
        mark_failed(session, message, explain_undelivered(code).plain_reason, now)
