"""Applies quiet hours, rest dates and the weekly limit to a batch of messages that are due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.notifications.models import Message, QuietDates, Recipient
from services.notifications.pacing import Urgency, days, wait
from services.notifications.schedule import WEEK, NoTimeLeft, Rules, nation_of
from services.runtime.clock import as_utc
from services.runtime.settings import Settings

LEFT = ("sending", "sent", "delivered", "unknown")


class Timing:
    """What is known of the people a batch is for: three queries, however large the batch."""

    def __init__(
        self, session: Session, settings: Settings, messages: Sequence[Message], now: datetime
    ) -> None:
        self._settings = settings
        self._now = now
        people = {m.participant_id for m in messages if m.urgency != Urgency.AT_ONCE}
        self._off = not (settings.quiet_hours and people)
        if self._off:
            return
        found = session.scalars(select(Recipient).where(Recipient.participant_id.in_(people)))
        self._recipients = {one.participant_id: one for one in found}
        self._quiet = self._load_quiet(session, people)
        self._sent = self._load_sent(session, people)

    def _load_quiet(self, session: Session, people: set[UUID]) -> list[QuietDates]:
        query = select(QuietDates).where(
            QuietDates.last >= self._now.date(),
            or_(QuietDates.participant_id.in_(people), QuietDates.participant_id.is_(None)),
        )
        return list(session.scalars(query))

    def _load_sent(self, session: Session, people: set[UUID]) -> dict[UUID, list[datetime]]:
        query = select(Message.participant_id, Message.first_tried_at).where(
            Message.participant_id.in_(people),
            Message.urgency == Urgency.LIMITED.value,
            Message.state.in_(LEFT),
            Message.first_tried_at > self._now - WEEK,
        )
        sent: dict[UUID, list[datetime]] = defaultdict(list)
        for participant_id, at in session.execute(query):
            if at is not None:
                sent[participant_id].append(as_utc(at))
        return sent

    def wait(self, message: Message) -> tuple[datetime, str] | None:
        """Until when a message waits, and why; None when it may leave. Raises NoTimeLeft."""
        if self._off or message.urgency == Urgency.AT_ONCE:
            return None
        recipient = self._recipients.get(message.participant_id)
        if recipient is None:
            return None
        return wait(
            Urgency(message.urgency), self._now, self._rules(recipient), self.sent_to(message)
        )

    def sent_to(self, message: Message) -> list[datetime]:
        return self._sent[message.participant_id]

    def leaves(self, message: Message) -> None:
        """Count a message of this very batch, so that the next one to the person sees it."""
        if not self._off and message.urgency == Urgency.LIMITED:
            self._sent[message.participant_id].append(self._now)

    def _rules(self, recipient: Recipient) -> Rules:
        settings = self._settings
        return Rules(
            opens=settings.messages_from,
            closes=settings.messages_until,
            rest_weekdays=frozenset(settings.rest_weekdays),
            rest_dates=self._rest_dates(recipient),
            nation=(nation_of(recipient.area_code) or "ENG") if settings.bank_holidays else None,
            most_per_week=settings.messages_per_week or None,
            zone=recipient.zone,
        )

    def _rest_dates(self, recipient: Recipient) -> frozenset[date]:
        theirs = [
            days(max(row.first, self._now.date()), row.last)
            for row in self._quiet
            if row.organisation_id == recipient.organisation_id
            and row.participant_id in (None, recipient.participant_id)
        ]
        return frozenset().union(*theirs)


__all__ = ["NoTimeLeft", "Timing"]
