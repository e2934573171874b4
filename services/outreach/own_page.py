"""A participant's own page: a link that works once, and everything that is held about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4

from pydantic import BaseModel
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from schemas.events import OwnPageLinkAsked
from services.outreach import monitoring, sealed, store
from services.outreach.account_models import SignIn
from services.outreach.commands import signing_in
from services.outreach.commands.reading import view
from services.outreach.models import ConsentEntry, HeldSeat, OutreachContact, Participant
from services.outreach.participant_bodies import ParticipantView
from services.outreach.sign_in_models import OwnPageLink
from services.runtime import audit, outbox
from services.runtime.addresses import AddressError, parse_email, parse_phone
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError
from services.runtime.node import Node
from services.runtime.security import own_links, tokens
from services.runtime.security.principal import Principal, Role
from services.runtime.security.rate import Decision
from services.runtime.security.sessions import Session as SignedSession
from services.runtime.security.sessions import SessionKeeper

LINK_HOLDS = timedelta(hours=24)
ASKED_LINK_HOLDS = timedelta(hours=1)
KIND = "participant"
MOST_OF_ONE_ADDRESS = 5  # families share phones
MOST_AT_ONCE = 200


class LinkOver(DomainError):
    code = "link-over"
    status = 410
    title = "This link is over"

    def __init__(self) -> None:
        super().__init__("This link is over or was used. Ask for a new one.")


class OwnPageLinkView(BaseModel):
    """The address of the page, to hand to the person. It is shown this once."""

    address: str
    expires_at: datetime


@dataclass(frozen=True)
class Issue:
    participant_id: UUID
    base_url: str


def issue_link(
    session: Session, principal: Principal, what: Issue, now: datetime
) -> OwnPageLinkView:
    """A new link for somebody within reach; links from before stop working."""
    person = store.participant(session, principal, what.participant_id)
    secret, token_hash = tokens.new_secret(own_links.PREFIX)
    until = now + LINK_HOLDS
    _replace_link(session, person.id, token_hash, until)
    audit.record(session, principal, "own-page:link", KIND, str(person.id), now)
    address = own_links.address_of(what.base_url, secret)
    return OwnPageLinkView(address=address, expires_at=until)


@dataclass(frozen=True)
class Ask:
    """A phone number or an email address as somebody typed it, and where they typed it."""

    phone: str
    email: str
    sender: str


def ask_for_link(session: Session, what: Ask, now: datetime) -> Decision:
    """Have a link sent to everybody with this address; whether one may ask again, and when.

    The answer is the same whether anybody has the address. Raises DomainError for one that cannot
    be an address. Asking often is slowed down by address and by sender, as failed sign-ins are.
    """
    asked_by, address = _address(what)
    tried = signing_in.begin_try(session, f"own-page:{address}", what.sender, now)
    if not tried.wait.allowed:
        return tried.wait
    same = (
        Participant.phone_index == sealed.phone_index(session, address)
        if asked_by == "phone"
        else Participant.email_index == sealed.email_index(session, address)
    )
    query = select(Participant).where(same, Participant.merged_into.is_(None))
    for person in session.scalars(query.order_by(Participant.id).limit(MOST_OF_ONE_ADDRESS)):
        link_id = uuid4()
        secret = own_links.secret_of(sealed.sealer(session), link_id)
        until = now + ASKED_LINK_HOLDS
        _replace_link(session, person.id, tokens.hash_of(secret), until)
        asked = OwnPageLinkAsked(
            participant_id=person.id, link_id=link_id, expires_at=until, asked_by=asked_by
        )
        outbox.publish(session, asked, now)
        by_themselves = Principal(person.id, Role.PARTICIPANT, person.organisation_id, None, "")
        audit.record(session, by_themselves, "own-page:ask", KIND, str(person.id), now)
    return tried.wait


def _address(what: Ask) -> tuple[Literal["phone", "email"], str]:
    """The one address that was typed, checked. Raises DomainError."""
    if bool(what.phone.strip()) == bool(what.email.strip()):
        raise DomainError("Enter your phone number or your email address, one of the two.", "phone")
    try:
        if what.phone.strip():
            return "phone", parse_phone(what.phone).e164
        return "email", parse_email(what.email)
    except AddressError as error:
        raise DomainError(error.reason, "phone" if what.phone.strip() else "email") from None


def index_emails(node: Node, _now: datetime) -> bool:
    """Give people from before the index one, some at a time; true while there may be more."""
    if node.extras.get("emails_indexed"):
        return False

    def job(session: Session) -> bool:
        query = select(Participant).where(
            Participant.email.is_not(None), Participant.email_index.is_(None)
        )
        found = session.scalars(query.limit(MOST_AT_ONCE).with_for_update()).all()
        for person in found:
            email = sealed.unseal(session, person.id, "email", person.email)
            person.email_index = sealed.email_index(session, email)
        return bool(found)

    more = node.writer.write(job)
    node.extras["emails_indexed"] = not more
    return more


def _replace_link(session: Session, person_id: UUID, token_hash: str, until: datetime) -> None:
    session.execute(delete(OwnPageLink).where(OwnPageLink.participant_id == person_id))
    link = OwnPageLink(token_hash=token_hash, participant_id=person_id, expires_at=until)
    session.add(link)


def holds(session: Session, secret: str, now: datetime) -> bool:
    """Whether a link can still be used; looking does not use it up."""
    link = session.get(OwnPageLink, tokens.hash_of(secret))
    return link is not None and now < as_utc(link.expires_at)


def enter(
    session: Session, secret: str, keeper: SessionKeeper, absolute: timedelta, now: datetime
) -> SignedSession:
    """Use the link up and begin a session as the participant. Raises LinkOver."""
    link = session.get(OwnPageLink, tokens.hash_of(secret), with_for_update=True)
    if link is None or now >= as_utc(link.expires_at):
        raise LinkOver
    person = session.get(Participant, link.participant_id)
    session.delete(link)
    if person is None:
        raise LinkOver
    begun = keeper.begin(
        account_id=person.id,
        role=Role.PARTICIPANT,
        organisation_id=person.organisation_id,
        team_id=None,
        now=now,
    )
    ends_at = begun.started_at + absolute
    row = SignIn(session_id=begun.id, account_id=person.id, started_at=now, ends_at=ends_at)
    session.add(row)
    audit.record(session, begun.principal, "own-page:enter", KIND, str(person.id), now)
    return begun


def read(session: Session, principal: Principal, _none: None, now: datetime) -> ParticipantView:
    person = store.participant(session, principal, principal.account_id)
    audit.record(session, principal, "own-page:read", KIND, str(person.id), now)
    return view(session, person)


def download(session: Session, principal: Principal, _none: None, now: datetime) -> dict[str, Any]:
    """All that outreach holds about the person, for programs (UK GDPR Articles 15 and 20)."""
    person = store.participant(session, principal, principal.account_id)
    audit.record(session, principal, "own-page:download", KIND, str(person.id), now)
    return everything(session, person)


def everything(session: Session, person: Participant) -> dict[str, Any]:
    """Record, ledger of consent, monitoring answers, seats, and the notes of where we met."""
    return {
        "record": view(session, person).model_dump(mode="json"),
        "consents": [_consent(row) for row in _ledger(session, person.id)],
        "equality_monitoring": monitoring.own_answers(session, person.id),
        "seats": [
            {
                "opportunity_id": str(seat.opportunity_id),
                "filled_at": as_utc(seat.filled_at).isoformat(),
                "released_at": as_utc(seat.released_at).isoformat() if seat.released_at else None,
            }
            for seat in session.scalars(
                select(HeldSeat).where(HeldSeat.participant_id == person.id)
            )
        ],
        "met_at": _contact(session, person),
    }


def _ledger(session: Session, participant_id: UUID) -> list[ConsentEntry]:
    query = select(ConsentEntry).where(ConsentEntry.participant_id == participant_id)
    return list(session.scalars(query.order_by(ConsentEntry.seq)))


def _consent(row: ConsentEntry) -> dict[str, Any]:
    return {
        "purpose": row.purpose,
        "channel": row.channel,
        "given": row.given,
        "wording_version": row.wording_version,
        "at": as_utc(row.at).isoformat(),
        "evidence": row.evidence,
    }


def _contact(session: Session, person: Participant) -> dict[str, Any] | None:
    contact = session.get(OutreachContact, person.contact_id) if person.contact_id else None
    # Notes of a group tell of other people too, so only those of a talk with one are theirs.
    if contact is None or contact.kind != "one_to_one":
        return None
    return {
        "on": contact.contacted_on.isoformat(),
        "venue": contact.venue,
        "position": [contact.latitude, contact.longitude] if contact.latitude else None,
        "notes": sealed.unseal(session, contact.id, "notes", contact.notes),
        "asked": sealed.unseal(session, contact.id, "asked", contact.asked),
    }
