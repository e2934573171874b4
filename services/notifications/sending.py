"""Sends what is queued, each message once: mark, send, and look up before any second try.

1. One transaction checks consent and the invitation again and marks messages `sending`, with a
   lease (`claiming.py`). 2. The provider is called, outside any transaction. 3. The outcome is
   marked (`settling.py`).
A process that dies between 1 and 3 leaves a message whose lease runs out: whoever finds it asks
the provider before anything else. Only a message the provider has never seen goes back to the
queue; where the provider cannot tell, a person decides.
"""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.arriving import unread_phones
from services.notifications.claiming import Batch, Claimed, claim, is_due
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
from services.notifications.settling import Mark, Outcome, settle_all
from services.runtime.failpoints import failpoint
from services.runtime.node import Node
from services.runtime.processor import describe
from services.runtime.timings import PROVIDER_CALLS

log = structlog.get_logger()

SETUP_PAUSE = timedelta(seconds=30)
ROUND_SECONDS = 1.0
GATHER_SECONDS = 0.04
_RESTING = "sending_rests_until"


def dispatch(node: Node, now: datetime) -> bool:
    """Send what is due, for a second or so; true when there may be more at once.

    Outcomes are marked and the next messages claimed in one transaction, so that the calls of the
    provider never wait for each other. It returns when every call has been answered and marked.
    """
    if _rests(node, now) or not node.database.read(lambda session: is_due(session, now)):
        return False
    pool = pool_of(node)
    ends = time.monotonic() + ROUND_SECONDS
    flying: set[Future[Mark]] = set()
    landed: list[Mark] = []
    worked = False
    while True:
        at = max(now, node.now())
        more = time.monotonic() < ends and not _rests(node, at)
        room = 2 * node.settings.send_threads - len(flying) if more else 0
        batch = _mark_and_claim(node, landed, room, at)
        flying |= {pool.submit(deliver, node, item) for item in batch.items}
        worked = worked or batch.seen > 0
        if not flying and not batch.seen:
            return worked
        landed = _landed(flying)


def _rests(node: Node, now: datetime) -> bool:
    return bool(now < node.extras.get(_RESTING, now))


def _mark_and_claim(node: Node, landed: list[Mark], room: int, now: datetime) -> Batch:
    providers: Providers = node.extras["providers"]

    def job(session: Session) -> Batch:
        settle_all(session, landed, providers)
        if not room:
            return Batch([], 0)
        return claim(session, now, node.settings.send_lease, room, unread_phones(node))

    batch = node.writer.write(job)
    failpoint("sending.claimed")
    return batch


def _landed(flying: set[Future[Mark]]) -> list[Mark]:
    """Wait for the first answer and a moment for its neighbours; takes them out of `flying`."""
    if not flying:
        return []
    wait(flying, return_when=FIRST_COMPLETED)
    done, _ = wait(flying, timeout=GATHER_SECONDS)
    flying -= done
    for one in done:
        if (error := one.exception()) is not None:
            log.error("a message waits for its lease", reason=describe(error))
    return [one.result() for one in done if one.exception() is None]


def deliver(node: Node, item: Claimed) -> Mark:
    """Call the provider. Never raises for one message."""
    providers: Providers = node.extras["providers"]
    try:
        outcome: Outcome = _call(node, providers, item)
    except DeliveryFailure as failure:
        outcome = failure
    failpoint("sending.accepted")
    now = node.now()
    _note(node, item, outcome, now)
    return Mark(item, outcome, now)


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


def pool_of(node: Node) -> ThreadPoolExecutor:
    """The threads that call providers; they end when the node is closed."""
    pool = node.extras.get("send_pool")
    if not isinstance(pool, ThreadPoolExecutor):
        pool = ThreadPoolExecutor(node.settings.send_threads, thread_name_prefix="send")
        node.extras["send_pool"] = pool
        node.at_close(partial(pool.shutdown, wait=True, cancel_futures=True))
    return pool
