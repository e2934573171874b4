"""Outreach contacts: logged once, corrected with the revision in hand, erased for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from schemas.events import ContactLogged
from services.outreach import answers, consent, sealed, store
from services.outreach.bodies import (
    ContactBody,
    ContactCorrection,
    ContactPage,
    ContactView,
    Position,
    Stored,
)
from services.outreach.commands.learning import require_induction
from services.outreach.models import OutreachContact, Participant
from services.outreach.opening import insert_at_once, opening, seal_new
from services.outreach.participant_bodies import Changed
from services.runtime import audit, idempotency, inbox, lists, outbox
from services.runtime.clock import as_utc
from services.runtime.errors import Conflict, DomainError, PreconditionFailed
from services.runtime.security.permissions import reaches
from services.runtime.security.principal import Principal

KIND = "contact"
SEALED = ("asked", "notes")
CAN_BE_EMPTY = (*SEALED, "familiarity", "follow_up_on", "latitude", "longitude")
ELSEWHERE = ("same_place_as", "position", "recorded_at")
PLACE = {
    "venue": "Say where you met, for example: food bank, Castle Street.",
    "venue_kind": "Choose the kind of place.",
    "area_code": "Choose the area.",
}
CHANGED_BODY = (
    "This contact is here already with other answers. Look at both. Then correct the one that "
    "is stored, or log another."
)
NEWEST = (
    lists.By(OutreachContact.received_at, descending=True),
    lists.By(OutreachContact.id, descending=True),
)
STALE = "Somebody changed this record meanwhile. Load it again and look at what changed."


@dataclass(frozen=True)
class Log:
    """A contact with the id that the client made, and what the client's clock said at sending."""

    id: UUID
    body: ContactBody
    device_time: datetime | None = None


@dataclass(frozen=True)
class Correct:
    id: UUID
    revision: int
    body: ContactCorrection


def log(session: Session, principal: Principal, what: Log, now: datetime) -> Stored:
    """Log a contact. The same body again changes nothing; raises Conflict for another body."""
    met = opening(session, what.id, principal.organisation_id, OutreachContact)
    index = sealed.body_index(session, _canonical(what.body))
    if met.known:
        known = store.contact(session, principal, what.id)
        if known.body_index != index:
            raise Conflict(CHANGED_BODY)
        return _stored(known, created=False)
    require_induction(session, principal, met.induction_first)
    contact = _new(session, principal, what, index, now)
    _check(contact, now.date())
    secret = {"asked": what.body.asked, "notes": what.body.notes}
    _, hidden = seal_new(session, what.id, met.key, secret)
    contact.asked, contact.notes = hidden["asked"], hidden["notes"]
    insert_at_once(session, contact)
    outbox.publish(session, _logged(contact), now)
    audit.record(session, principal, "contact:log", KIND, str(contact.id), now)
    return _stored(contact, created=True)


def _canonical(body: ContactBody) -> str:
    """What tells two bodies apart. A question that came later and was not answered is left out, so
    that what waited on a device since before stays the same record."""
    return body.model_dump_json(exclude={"position"} if body.position is None else None)


def _new(
    session: Session, principal: Principal, what: Log, index: str, now: datetime
) -> OutreachContact:
    body = what.body
    plain = body.model_dump(exclude={*SEALED, *PLACE, *ELSEWHERE})
    return OutreachContact(
        **plain,
        **_place(session, principal, body),
        **_spot(body.position),
        id=what.id,
        revision=1,
        organisation_id=principal.organisation_id,
        team_id=principal.team_id,
        account_id=principal.account_id,
        recorded_at=as_utc(body.recorded_at),
        received_at=now,
        clock_skewed=consent.is_skewed(body.recorded_at, now, what.device_time),
        body_index=index,
    )


def _place(session: Session, principal: Principal, body: ContactBody) -> dict[str, str]:
    """Where it was: as given, or as at the earlier contact that was chosen."""
    earlier = session.get(OutreachContact, body.same_place_as) if body.same_place_as else None
    if earlier is not None and not reaches(principal, store.owner_of_contact(earlier)):
        earlier = None
    place: dict[str, str] = {}
    for field, sentence in PLACE.items():
        found = getattr(body, field) or getattr(earlier, field, None)
        if found is None:
            raise DomainError(sentence, field)
        place[field] = found
    return place


def _spot(position: Position | None) -> dict[str, float | None]:
    return {
        "latitude": position.latitude if position else None,
        "longitude": position.longitude if position else None,
    }


def _check(contact: OutreachContact, today: date) -> None:
    answers.venue_kind(contact.venue_kind)
    answers.familiarity(contact.familiarity)
    contact.barriers = answers.barriers(contact.barriers)
    if contact.contacted_on > today + timedelta(days=1):
        raise DomainError("This date has not come yet. Enter the day you spoke.", "contacted_on")
    if contact.kind == "one_to_one" and contact.people != 1:
        raise DomainError("One to one means one person. Choose a group for more.", "people")


def _logged(contact: OutreachContact) -> ContactLogged:
    return ContactLogged(
        contact_id=contact.id,
        organisation_id=contact.organisation_id,
        area_code=contact.area_code,
        venue_kind=contact.venue_kind,
        kind=contact.kind,
        people=contact.people,
        language=contact.language,
        barriers=contact.barriers,
        familiarity=contact.familiarity,
        contacted_on=contact.contacted_on,
    )


def _stored(contact: OutreachContact, created: bool) -> Stored:
    return Stored(
        id=contact.id,
        revision=contact.revision,
        created=created,
        received_at=as_utc(contact.received_at),
        clock_skewed=contact.clock_skewed,
    )


def correct(session: Session, principal: Principal, what: Correct, now: datetime) -> Changed:
    """Change the given fields. Raises PreconditionFailed when another revision is stored."""
    contact = store.contact(session, principal, what.id)
    if contact.revision != what.revision:
        raise PreconditionFailed(STALE)
    changes: dict[str, Any] = what.body.model_dump(include=what.body.model_fields_set)
    if "position" in changes:
        changes = changes | _spot(what.body.position)
        del changes["position"]
    done = changes.pop("follow_up_done", None)
    if done is not None:
        contact.follow_up_done_at = now if done else None
    for field, value in changes.items():
        if value is None and field not in CAN_BE_EMPTY:
            raise DomainError("This cannot be empty.", field)
        if field in SEALED:
            value = sealed.seal(session, contact.id, field, value)
        setattr(contact, field, value)
    _check(contact, now.date())
    contact.revision += 1
    session.flush()
    # One event a contact, so the newest state stands for it: readers replace by contact id.
    outbox.publish(session, _logged(contact), now)
    audit.record(session, principal, "contact:correct", KIND, str(contact.id), now)
    return Changed(id=contact.id, revision=contact.revision)


def erase(session: Session, principal: Principal, contact_id: UUID, now: datetime) -> None:
    """Erase a contact and its notes. Raises NotFound; erasing twice raises Gone."""
    contact = store.contact(session, principal, contact_id)
    session.execute(
        update(Participant).where(Participant.contact_id == contact.id).values(contact_id=None)
    )
    session.delete(contact)
    sealed.forget_key(session, contact.id)
    store.bury(session, contact.id, now)
    outbox.erase(session, str(contact.id))
    inbox.erase(session, str(contact.id))
    idempotency.erase(session, contact.id)
    audit.record(session, principal, "contact:erase", KIND, str(contact.id), now)


def read(session: Session, principal: Principal, contact_id: UUID, now: datetime) -> ContactView:
    contact = store.contact(session, principal, contact_id)
    audit.record(session, principal, "contact:read", KIND, str(contact.id), now)
    return _view(session, contact)


@dataclass(frozen=True)
class Wanted:
    """Which contacts to list: mine and my team's, newest first."""

    page: lists.Paging
    follow_ups_until: date | None = None
    mine_only: bool = False


def list_page(session: Session, principal: Principal, want: Wanted, now: datetime) -> ContactPage:
    """Contacts within reach; with `follow_ups_until` only those with a follow-up due by then."""
    query = store.reachable_contacts(principal)
    if want.mine_only:
        query = query.where(OutreachContact.account_id == principal.account_id)
    if want.follow_ups_until is not None:
        query = query.where(
            OutreachContact.follow_up_on <= want.follow_ups_until,
            OutreachContact.follow_up_done_at.is_(None),
        )
    query = lists.after(query, NEWEST, want.page)
    rows, following = lists.cut(session.scalars(query).all(), NEWEST, want.page)
    for contact in rows:
        if contact.notes or contact.asked:
            audit.record(session, principal, "contact:list", KIND, str(contact.id), now)
    return ContactPage(items=[_view(session, contact) for contact in rows], next=following)


def recent_venues(session: Session, principal: Principal, limit: int = 6) -> list[OutreachContact]:
    """The newest contact of each venue this account was at, for a quick choice."""
    mine = select(OutreachContact).where(OutreachContact.account_id == principal.account_id)
    rows = session.scalars(mine.order_by(OutreachContact.received_at.desc()).limit(100))
    newest: dict[tuple[str, str], OutreachContact] = {}
    for row in rows:
        newest.setdefault((row.venue.casefold(), row.area_code), row)
    return list(newest.values())[:limit]


def _position(contact: OutreachContact) -> Position | None:
    if contact.latitude is None or contact.longitude is None:
        return None
    return Position(latitude=contact.latitude, longitude=contact.longitude)


def _view(session: Session, contact: OutreachContact) -> ContactView:
    return ContactView(
        id=contact.id,
        revision=contact.revision,
        contacted_on=contact.contacted_on,
        venue=contact.venue,
        venue_kind=contact.venue_kind,
        area_code=contact.area_code,
        position=_position(contact),
        kind=contact.kind,
        people=contact.people,
        language=contact.language,
        barriers=contact.barriers,
        familiarity=contact.familiarity,
        asked=sealed.unseal(session, contact.id, "asked", contact.asked),
        notes=sealed.unseal(session, contact.id, "notes", contact.notes),
        follow_up_on=contact.follow_up_on,
        follow_up_done_at=as_utc(contact.follow_up_done_at) if contact.follow_up_done_at else None,
        recorded_at=as_utc(contact.recorded_at),
        received_at=as_utc(contact.received_at),
        clock_skewed=contact.clock_skewed,
        logged_by=contact.account_id,
        participants=store.met_at(session, contact.id),
    )
