"""Two records, one person: candidates are shown, a person decides, and it can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.outreach import consent, sealed, state, store
from services.outreach.commands import consents
from services.outreach.commands.participants import same_phone_elsewhere
from services.outreach.duplicates import Known, candidates
from services.outreach.models import Merge, Participant
from services.outreach.participant_bodies import Candidates, CandidateView, Merges, MergeView
from services.runtime import audit
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.principal import Principal

MOST_CANDIDATES = 10
NO_SUCH_MERGE = "There is no such merge that you can see."


@dataclass(frozen=True)
class Together:
    """Merge `other_id` into `kept_id`."""

    kept_id: UUID
    other_id: UUID


def find_candidates(
    session: Session, principal: Principal, participant_id: UUID, now: datetime
) -> Candidates:
    """Records within reach that may be the same person, the likeliest first."""
    person = store.participant(session, principal, participant_id)
    within_reach = store.reachable_participants(principal).where(
        Participant.id != person.id, Participant.merged_into.is_(None)
    )
    people = {other.id: other for other in session.scalars(within_reach)}
    others = [_known(session, other) for other in people.values()]
    names = {other.id: other.name for other in others}
    found = candidates(_known(session, person), others)[:MOST_CANDIDATES]
    for candidate in found:
        audit.record(
            session, principal, "participant:compare", "participant", str(candidate.id), now
        )
    return Candidates(
        items=[CandidateView(id=c.id, name=names[c.id], reasons=list(c.reasons)) for c in found],
        known_elsewhere=same_phone_elsewhere(session, principal, person),
    )


def _known(session: Session, person: Participant) -> Known:
    return Known(person.id, sealed.name_of(session, person), person.phone_index, person.area_code)


def merge(session: Session, principal: Principal, what: Together, now: datetime) -> MergeView:
    """Merge two records by a person's decision. What either of them withdrew stays withdrawn."""
    if what.kept_id == what.other_id:
        raise DomainError("A record cannot be merged with itself.", "other_id")
    kept = store.participant(session, principal, what.kept_id)
    other = store.participant(session, principal, what.other_id)
    if kept.merged_into is not None or other.merged_into is not None:
        raise Conflict("One of these records is merged already. Undo that first.")
    if store.merged_ids(session, other.id):
        raise Conflict("Others were merged into this record. Keep this one instead.")
    row = Merge(
        id=new_id(),
        kept_id=kept.id,
        merged_id=other.id,
        merged_by=principal.account_id,
        merged_at=now,
    )
    session.add(row)
    other.merged_into = kept.id
    session.flush()
    _carry_withdrawals(session, kept, other, now)
    state.publish_updated(session, other, now)
    state.publish_updated(session, kept, now)
    for person in (kept, other):
        audit.record(session, principal, "participant:merge", "participant", str(person.id), now)
    return _view(row)


def _carry_withdrawals(
    session: Session, kept: Participant, other: Participant, now: datetime
) -> None:
    holds = consent.current(store.consents(session, kept.id))
    for key, entry in consent.current(store.consents(session, other.id)).items():
        known = holds.get(key)
        if entry.given or known is None or not known.given or known.at > entry.at:
            continue
        follow_withdrawal(session, kept, entry, "merge", now)


def follow_withdrawal(
    session: Session, kept: Participant, entry: consent.Entry, evidence: str, now: datetime
) -> None:
    """Record in the kept record what was withdrawn in the other, and tell everybody."""
    store.add_consent(session, kept.id, entry, evidence=evidence, recorded_by=None, now=now)
    session.flush()
    consents.tell(session, kept, [entry], evidence, now)
    consents.take_effect(session, kept)


def unmerge(session: Session, principal: Principal, merge_id: UUID, now: datetime) -> MergeView:
    """Undo a merge: both records stand alone again. Withdrawals stay."""
    row = session.get(Merge, merge_id, with_for_update=True)
    if row is None:
        raise NotFound(NO_SUCH_MERGE)
    try:
        kept = store.participant(session, principal, row.kept_id)
        other = store.participant(session, principal, row.merged_id)
    except NotFound:
        # The same words as for no merge at all, or a stranger could tell the two apart.
        raise NotFound(NO_SUCH_MERGE) from None
    if row.undone_at is not None:
        raise Conflict("This merge was undone already.")
    row.undone_at, row.undone_by = now, principal.account_id
    other.merged_into = None
    session.flush()
    state.publish_updated(session, other, now)
    state.publish_updated(session, kept, now)
    for person in (kept, other):
        audit.record(session, principal, "participant:unmerge", "participant", str(person.id), now)
    return _view(row)


def history(session: Session, principal: Principal, participant_id: UUID, _now: datetime) -> Merges:
    """Merges of a record and their undoing, oldest first. Ids only."""
    store.participant(session, principal, participant_id)
    mine = or_(Merge.kept_id == participant_id, Merge.merged_id == participant_id)
    rows = session.scalars(select(Merge).where(mine).order_by(Merge.merged_at, Merge.id))
    return Merges(items=[_view(row) for row in rows])


def _view(row: Merge) -> MergeView:
    return MergeView(
        id=row.id,
        kept_id=row.kept_id,
        merged_id=row.merged_id,
        merged_by=row.merged_by,
        merged_at=as_utc(row.merged_at),
        undone_by=row.undone_by,
        undone_at=as_utc(row.undone_at) if row.undone_at else None,
    )
