"""Delivery reports taken into effect, in whatever order and however often they came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from schemas.events import InvitationDelivered
from services.notifications import report_store, store
from services.notifications.arriving import take_in
from services.notifications.consent import withdraw
from services.notifications.models import Invitation, Message, Receipt
from services.notifications.providers.twilio_errors import OPTED_OUT, explain_undelivered
from services.notifications.report_store import Report
from services.notifications.settling import ask_a_person, fact_of, mark_failed, mark_sent
from services.runtime import outbox
from services.runtime.apart import each_apart
from services.runtime.node import Node
from services.runtime.processor import describe

log = structlog.get_logger()

BATCH = 100
ANY_UNHANDLED = "SELECT 1 FROM receipts WHERE handled = false LIMIT 1"
ARRIVED = frozenset({"delivered", "read"})
NOT_ARRIVED = frozenset({"undelivered", "failed", "canceled"})


def settle_receipts(node: Node, now: datetime) -> bool:
    return take_in(node, Receipt, ANY_UNHANDLED, lambda session: settle_batch(session, now))


def settle_batch(session: Session, now: datetime) -> int:
    """Take reports into effect, each apart from the others; how many were looked at."""
    receipts = report_store.unhandled_receipts(session, BATCH, lock=True)
    reports = _Reports(session, receipts)
    each_apart(
        session,
        receipts,
        lambda receipt: _settle(session, receipt, reports.message_of(receipt), now),
        lambda receipt, error: _give_up(session, reports.message_of(receipt), error, now),
    )
    report_store.mark_handled(session, receipts)
    return len(receipts)


class _Reports:
    """The messages and invitations that a batch of reports is about: two queries for all."""

    def __init__(self, session: Session, receipts: Sequence[Report]) -> None:
        named = {one.message_id for one in receipts if one.message_id is not None}
        about = store.locked_messages(session, named, {one.provider_id for one in receipts})
        self._messages = {one.id: one for one in about}
        self._by_provider = {one.provider_id: one for one in about if one.provider_id}
        asked = {one.invitation_id for one in about if one.invitation_id is not None}
        # Held here, they are found without a query each.
        self._invitations = store.invitations(session, asked)

    def message_of(self, receipt: Report) -> Message | None:
        """By the provider's id, or by our reference in the address the report came to."""
        found = self._by_provider.get(receipt.provider_id)
        if found is None and receipt.message_id is not None:
            found = self._messages.get(receipt.message_id)
            if found is not None and found.provider_id is None:
                # So later reports of the batch are known even without our reference.
                self._by_provider[receipt.provider_id] = found
        return found


def _settle(session: Session, receipt: Report, message: Message | None, now: datetime) -> None:
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
        if code == OPTED_OUT:
            withdraw(session, [message.participant_id], "sms", "provider_stop", now)
        mark_failed(session, message, explain_undelivered(code).plain_reason, now)


def _give_up(session: Session, message: Message | None, error: Exception, now: datetime) -> None:
    """A report that cannot be taken into effect holds up no other: a person finds out."""
    log.error("a delivery report waits for a person", reason=describe(error))
    if message is not None:
        ask_a_person(session, message, now)
    session.flush()
