"""What outreach holds about a participant, for the copy that the organisation hands out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.outreach import own_page
from services.outreach.models import Base, Participant
from services.outreach.store import is_erased, merged_ids
from services.runtime import audit
from services.runtime.errors import Gone, NotFound
from services.runtime.security.principal import Principal
from services.runtime.subject_access import Held, everything

SEALED = ("name", "phone", "email", "postal_address", "advocate_email")
HELD = Held(
    other={
        "participants": ("id",),
        "merges": ("kept_id", "merged_id"),
        "person_keys": ("subject_id",),
        "tombstones": ("id",),
    },
    sealed={
        f"participants.{name}": ("id", name)
        for name in ("name", "phone", "email", "postal_address")
    },
    left_out={
        "safeguarding_concerns": "A safeguarding lead has to look first whether telling of it "
        "could harm somebody (Data Protection Act 2018, Schedule 3, Part 4).",
        "person_keys": "A key, not information.",
        "own_page_links": "A keyed hash, not information.",
    },
)


def people_of(session: Session, participant_id: UUID) -> list[UUID]:
    """The ids of one person: records that were merged count as one. Raises NotFound, Gone."""
    person = session.get(Participant, participant_id)
    if person is None:
        if is_erased(session, participant_id):
            raise Gone("This participant was erased: there is nothing to hand out.")
        raise NotFound("There is no participant with this id.")
    return [participant_id, *merged_ids(session, participant_id)]


def export(session: Session, principal: Principal, people: list[UUID], now: datetime) -> Any:
    """All of it, as JSON; monitoring answers and the notes of where we met among it."""
    held = everything(session, Base.metadata, HELD, people)
    about = {}
    for one in people:
        audit.record(session, principal, "subject-access:export", "participant", str(one), now)
        person = session.get_one(Participant, one)
        said = own_page.everything(session, person)
        about[str(one)] = {name: said[name] for name in ("equality_monitoring", "met_at")}
    return {**held, "about": about}
