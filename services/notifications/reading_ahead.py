"""Reads what a batch of events will ask for (see `at_hand`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import Payload
from services.notifications import store
from services.notifications.at_hand import AtHand, holding
from services.notifications.models import OpportunityFacts, Recipient


def read_ahead(session: Session, payloads: Sequence[Payload]) -> AbstractContextManager[None]:
    people = _ids(payloads, "participant_id")
    invitations = _ids(payloads, "invitation_id")
    opportunities = _ids(payloads, "opportunity_id")
    found = store.invitations(session, invitations)
    rows: list[Any] = [*found]
    rows += session.scalars(select(Recipient).where(Recipient.participant_id.in_(people)))
    about = OpportunityFacts.opportunity_id.in_(opportunities)
    rows += session.scalars(select(OpportunityFacts).where(about))
    known = AtHand(
        people=frozenset(people),
        erased=store.erased(session, people),
        asked=set(people),
        agreed=store.consents(session, people),
        new=invitations - {one.id for one in found},
        rows=rows,
    )
    return holding(session, known)


def _ids(payloads: Sequence[Payload], name: str) -> set[UUID]:
    return {found for one in payloads if isinstance(found := getattr(one, name, None), UUID)}
