"""Reads that show nothing personal, off the writer."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from services.outreach import state, store
from services.outreach.account_bodies import Tokens
from services.outreach.commands.accounts import own_tokens
from services.outreach.models import Participant
from services.outreach.participant_bodies import PseudonymView
from services.runtime.errors import NotFound
from services.runtime.lists import Paging
from services.runtime.security.principal import Principal


def pseudonym(session: Session, principal: Principal, participant_id: UUID) -> PseudonymView:
    """A participant of the principal's organisation, by codes only."""
    store.refuse_if_erased(session, participant_id)
    person = session.get(Participant, participant_id)
    if person is None or person.organisation_id != principal.organisation_id:
        raise NotFound(store.NO_SUCH_PARTICIPANT)
    return PseudonymView(
        id=person.id,
        revision=person.revision,
        area_code=person.area_code,
        language=person.language,
        access_needs=person.access_needs,
        communication_formats=person.communication_formats,
        prior_seats=state.prior_seats(person, state.known_of(session, person)),
    )


def tokens(session: Session, account_id: UUID, page: Paging) -> Tokens:
    return own_tokens(session, account_id, page)
