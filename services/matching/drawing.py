"""Fair draws for an opportunity: the pool, the lottery, commitment, reveal and invitations.

Working out the lottery takes seconds, so it happens on a snapshot, outside any transaction; the
command then keeps the record. Nobody is drawn before its commitment is kept.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.matching import (
    deciding,
    everyone,
    intake,
    matches,
    participants,
    proposing,
    selection,
    store,
)
from services.matching.bodies import On
from services.matching.commands import locked_for
from services.matching.draw_bodies import (
    DrawPrepared,
    DrawRevealed,
    PrepareDraw,
    Relaxed,
    RevealDraw,
)
from services.matching.model import Participant
from services.matching.models import DrawRow, MatchRow, OpportunityRow
from services.matching.pairing import Candidate
from services.matching.selection import (
    Request,
    TargetsOutOfReachError,
    UnclearRequestError,
)
from services.matching.selection.opportunity import request_for
from services.runtime import audit
from services.runtime.errors import Conflict, DomainError, NotFound
from services.runtime.security.principal import Principal

NO_DRAW = "There is no draw with this id."
ERASED = "Somebody in this draw asked to be forgotten, so its record is erased."


@dataclass(frozen=True, slots=True)
class Prepared:
    """A lottery that was worked out, not yet kept."""

    revision: int
    filled: int
    seed: str
    record: selection.SelectionRecord
    relaxed: Relaxed | None = None


def pool_of(session: Session, row: OpportunityRow, now: datetime) -> list[UUID]:
    """Everyone who agrees to be matched, can take part, and was not asked or seated yet."""
    opportunity, tally = store.as_opportunity(row), store.as_tally(row)
    taken = matches.decided(session, row.id)
    return everyone.allowed(session, row.organisation_id, opportunity, tally, now, taken)


def size_of_pool(session: Session, row: OpportunityRow, now: datetime) -> int:
    """How many people `pool_of` would give."""
    opportunity, tally = store.as_opportunity(row), store.as_tally(row)
    taken = matches.decided(session, row.id)
    return everyone.how_many_allowed(session, row.organisation_id, opportunity, tally, now, taken)


def snapshot(session: Session, row: OpportunityRow, now: datetime) -> tuple[Request, int, int]:
    """The request for a draw of all open seats, with the revision and filled seats it is for."""
    tally = store.as_tally(row)
    if row.state != "open" or tally.free == 0:
        raise Conflict("There is no open seat to draw for.")
    pool = [
        Participant(str(i), categories=categories)
        for i, categories in participants.categories_of(session, pool_of(session, row, now)).items()
    ]
    members = [
        Participant(f"seat-{n}", categories=categories)
        for n, categories in enumerate(store.holders(session, row.id))
    ]
    request = request_for(store.as_opportunity(row), pool, members)
    return request, row.revision, row.filled


def work_out(
    request: Request, revision: int, filled: int, body: PrepareDraw, reference: UUID
) -> Prepared:
    """The fair lottery of a snapshot with a fresh seed. Takes seconds; touches no database.

    Where the targets cannot all be met, the smallest change that helps is made if `body` allows
    it, and otherwise told by a DomainError.
    """
    try:
        lottery, relaxed = _lottery(request, body)
        seed = secrets.token_hex(32)
        record = selection.prepare(
            lottery, seed, reference=str(reference), stand_ins=body.stand_ins
        )
    except TargetsOutOfReachError as error:
        raise DomainError(error.relaxation.reason, "targets") from None
    except UnclearRequestError as error:
        raise DomainError(str(error)) from None
    return Prepared(revision, filled, seed, record, relaxed)


def _lottery(request: Request, body: PrepareDraw) -> tuple[selection.Lottery, Relaxed | None]:
    try:
        return selection.fair_lottery(request, body.rule, soft_allowance=body.soft_allowance), None
    except TargetsOutOfReachError as error:
        if not body.relax:
            raise
        found = error.relaxation
    request = found.apply(request)
    lottery = selection.fair_lottery(request, body.rule, soft_allowance=body.soft_allowance)
    changes = [change.sentence for change in found.changes]
    return lottery, Relaxed(reason=found.reason, changes=changes, seats=found.seats)


def _notice(record: selection.SelectionRecord, relaxed: Relaxed | None) -> dict[str, Any]:
    """What everyone may read, changed targets included; the reason holds counts and stays here."""
    told = selection.public_notice(record)
    return told | ({"changed_targets": relaxed.changes} if relaxed else {})


def keep(session: Session, principal: Principal, body: On[Prepared], now: datetime) -> DrawPrepared:
    """Keep a lottery with its commitment; refused when the seats changed meanwhile."""
    row = locked_for(session, principal, body.id)
    prepared = body.body
    if (row.revision, row.filled) != (prepared.revision, prepared.filled):
        raise Conflict("The opportunity changed while the draw was prepared. Prepare it again.")
    draw = DrawRow(
        id=new_id(),
        opportunity_id=row.id,
        state="committed",
        commitment=prepared.record.commitment,
        notice=_notice(prepared.record, prepared.relaxed),
        relaxed=prepared.relaxed.model_dump() if prepared.relaxed else None,
        record=prepared.record.to_json(),
        seed=prepared.seed,
        prepared_by=principal.account_id,
        prepared_at=now,
    )
    session.add(draw)
    audit.record(session, principal, "draw:prepare", "draw", str(draw.id), now)
    return DrawPrepared(draw_id=draw.id, commitment=draw.commitment)


def get(session: Session, draw_id: UUID) -> DrawRow:
    draw = session.get(DrawRow, draw_id)
    if draw is None:
        raise NotFound(NO_DRAW)
    return draw


def reveal(
    session: Session, principal: Principal, body: On[RevealDraw], now: datetime
) -> DrawRevealed:
    """Draw from the committed lottery and invite who was drawn.

    Somebody who may no longer be asked is passed over for the next stand-in. The coordinator who
    reveals the draw is the one who approves its invitations.
    """
    draw = get(session, body.id)
    row = locked_for(session, principal, draw.opportunity_id, "draw")
    session.refresh(draw)
    if draw.state != "committed" or draw.record is None or draw.seed is None:
        raise Conflict("This draw was held already, or its record is erased. Prepare a new one.")
    record = selection.read_record(draw.record)
    if row.state != "open" or row.seats - row.filled < record.seats:
        raise Conflict("Fewer seats are open than this draw is for. Prepare a new one.")
    drawn = selection.draw(record, draw.seed, body.body.public_words)
    relaxed = Relaxed.model_validate(draw.relaxed) if draw.relaxed else None
    draw.record, draw.notice = drawn.to_json(), _notice(drawn, relaxed)
    draw.state, draw.revealed_at, draw.seed = "revealed", now, None
    audit.record(session, principal, "draw:reveal", "draw", str(draw.id), now)
    reply_by = deciding.reply_by(body.body.reply_by, now)
    order = [*drawn.selected, *drawn.stand_ins]
    invited = _invite(session, principal, row, order, record.seats, reply_by, now)
    passed = sum(UUID(p) not in invited for p in drawn.selected)
    return DrawRevealed(draw_id=draw.id, invited=list(invited.values()), passed_over=passed)


def _invite(
    session: Session,
    principal: Principal,
    row: OpportunityRow,
    order: list[str],
    seats: int,
    reply_by: date,
    now: datetime,
) -> dict[UUID, UUID]:
    """Approve people in this order until so many are asked; participant to match."""
    invited: dict[UUID, UUID] = {}
    known = store.profiles_of(session, [UUID(p) for p in order])
    found = {c.id: c for c in proposing.candidates(session, known.values())}
    for participant_id in map(UUID, order):
        candidate = found.get(participant_id)
        if len(invited) == seats:
            break
        if candidate is None or intake.may_match(session, participant_id) is not None:
            continue
        match = _match_of(session, row, candidate, now)
        if match is None:
            continue
        deciding.approve_locked(session, principal, row, match, reply_by, now)
        invited[participant_id] = match.id
    return invited


def _match_of(
    session: Session, row: OpportunityRow, candidate: Candidate, now: datetime
) -> MatchRow | None:
    """The person's match here, made if there is none; None if they were asked meanwhile."""
    live = [m for m in store.matches_of_person(session, candidate.id) if m.opportunity_id == row.id]
    if live and live[0].state in matches.DECIDED:
        return None
    if proposing.blocks_of(store.as_opportunity(row), candidate, now):
        return None
    return proposing.drawn(session, row, live[0] if live else None, candidate, now)


def answers_so_far(session: Session, organisation_id: str) -> selection.PastAnswers:
    """How people of this organisation answered invitations: yes, and no or nothing yet."""
    rows = session.execute(
        select(MatchRow.state, func.count())
        .join(OpportunityRow, OpportunityRow.id == MatchRow.opportunity_id)
        .where(
            OpportunityRow.organisation_id == organisation_id,
            MatchRow.asked_at.is_not(None),
            MatchRow.state.in_(("accepted", "released", "alternate", "declined")),
        )
        .group_by(MatchRow.state)
    )
    counts = dict(rows.all())
    no = counts.pop("declined", 0)
    return selection.PastAnswers(yes=sum(counts.values()), no=no)
