"""Sends what is queued, each message once: mark, send, and look up before any second try.

1. One transaction checks consent and the invitation again and marks messages `sending`, with a
   lease (`claiming.py`). 2. The provider is called, outside any transaction. 3. The outcome is
   marked (`settling.py`).
A process that dies between 1 and 3 leaves a message whose lease runs out: whoever finds it asks
the provider before anything else. Only a message the provider has never seen goes back to the
queue; where the provider cannot tell, a person decides.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.claiming import Claimed, claim, is_due
from services.notifications.messages import pdf_of
from services.notifications.models import Message
from services.notifications.providers.base import (
    Accepted,
    Attachment,
    Blame,
    DeliveryFailure,
    OutgoingEmail,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from services.notifications.providers.ports import Providers
from services.notifications.settling import Outcome, settle
from services.runtime.failpoints import failpoint
from services.runtime.node import Node
from services.runtime.timings import PROVIDER_CALLS

log = structlog.get_logger()

SETUP_PAUSE = timedelta(seconds=30)
_RESTING = "sending_rests_until"


def dispatch(node: Node, now: datetime) -> bool:
    """One batch: claim, call the provider side by side, mark each outcome as it comes."""
    if now < node.extras.get(_RESTING, now):
        return False
    if not node.database.read(lambda session: is_due(session, now)):
        return False
    lease = node.settings.send_lease
    batch = node.writer.write(lambda session: claim(session, now, lease))
    failpoint("sending.claimed")
    pool = _pool(node)
    marks = [pool.submit(deliver, node, item) for item in batch.items]
    for mark in marks:
        mark.result().result()
    return batch.seen > 0


def deliver(node: Node, item: Claimed) -> Future[None]:
    """Call the provider and hand the outcome to the writer. Never raises for one message."""
    providers: Providers = node.extras["providers"]
    try:
        outcome: Outcome = _call(node, providers, item)
    except DeliveryFailure as failure:
        outcome = failure
    failpoint("sending.accepted")
    now = node.now()
    _note(node, item, outcome, now)
    return node.writer.submit(lambda session: settle(session, item, outcome, now, providers))


def _note(node: Node, item: Claimed, outcome: Outcome, now: datetime) -> None:
    """Count the call; rest when our own settings are refused, which no message can help."""
    PROVIDER_CALLS.labels(item.channel, _outcome_code(item, outcome)).inc()
    if isinstance(outcome, TemporaryFailure) and outcome.blame is Blame.SETUP:
        log.error("the provider refuses our settings", channel=item.channel, code=outcome.code)
        node.extras[_RESTING] = now + SETUP_PAUSE


def _outcome_code(item: Claimed, outcome: Outcome) -> str:
    match outcome:
        case Accepted():
            return "found" if item.looking else "accepted"
        case PermanentFailure():
            return "permanent_failure"
        case TemporaryFailure():
            return "temporary_failure"
        case UnknownOutcome():
            return "unknown"
    return "not_found"


def _call(node: Node, providers: Providers, item: Claimed) -> Accepted | None:
    if item.sms is not None:
        if item.looking:
            known = node.database.read(_known_provider_ids)
            return providers.sms.find(item.sms, item.since, known)
        return providers.sms.send(item.sms)
    if item.email is not None and not item.looking:
        return providers.email.send(_with_pages(item.email, item.pages))
    return None


def _with_pages(email: OutgoingEmail, pages: dict[str, str]) -> OutgoingEmail:
    """The email with its pages as tagged PDFs."""
    try:
        attached = [
            Attachment(name, "application/pdf", pdf_of(html)) for name, html in pages.items()
        ]
    except Exception:
        problem = PermanentFailure("pdf", "The PDF of this message cannot be made.", Blame.MESSAGE)
    else:
        return replace(email, attachments=tuple(attached))
    raise problem


def _known_provider_ids(session: Session) -> list[str]:
    recent = select(Message.provider_id).where(Message.provider_id.is_not(None))
    return [str(one) for one in session.scalars(recent.order_by(Message.sent_at.desc()).limit(500))]


def _pool(node: Node) -> ThreadPoolExecutor:
    pool = node.extras.get("send_pool")
    if not isinstance(pool, ThreadPoolExecutor):
        pool = ThreadPoolExecutor(node.settings.send_threads, thread_name_prefix="send")
        node.extras["send_pool"] = pool
    return pool
