"""What a coordinator reads to decide: proposals, who is blocked, and what would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from schemas import vocabulary
from services.matching import explain, matches, queries, store
from services.matching.bodies import On, WhatIfBody
from services.matching.characteristics import Categories
from services.matching.gaps import GAIN_SCALE, Gap, Tally, index
from services.matching.models import MatchRow, OpportunityRow
from services.matching.views import (
    BlockedList,
    BlockedNeed,
    BlockedReason,
    BlockView,
    GapChange,
    ProposalList,
    ProposalView,
    WhatIfPlace,
    WhatIfView,
)
from services.matching.what_if import Waiting, order, reweighted
from services.runtime import lists
from services.runtime.clock import as_utc
from services.runtime.errors import DomainError, NotFound
from services.runtime.security.principal import Principal

BEST = (lists.By(MatchRow.rank, descending=True), lists.By(MatchRow.tie), lists.By(MatchRow.id))


def decided_lately(
    session: Session, principal: Principal, opportunity_id: UUID
) -> list[ProposalView]:
    """The last decisions that can still be taken back."""
    row = queries.reached(session, principal, opportunity_id)
    found = session.scalars(
        select(MatchRow)
        .where(
            MatchRow.opportunity_id == row.id,
            or_(
                MatchRow.state.in_(matches.ASKED),
                and_(MatchRow.state == "declined", MatchRow.reason != "said_no"),
            ),
        )
        .order_by(MatchRow.updated_at.desc(), MatchRow.id)
        .limit(10)
    )
    return [proposal_view(m) for m in found]


def proposals(
    session: Session,
    principal: Principal,
    opportunity_id: UUID,
    states: Sequence[str] = ("proposed",),
    page: lists.Paging = lists.FIRST,
) -> ProposalList:
    """Matches in these states, the best first."""
    row = queries.reached(session, principal, opportunity_id)
    found, following = _page(session, row, states, page)
    return ProposalList(items=[proposal_view(m) for m in found], next=following)


def _page(
    session: Session, row: OpportunityRow, states: Sequence[str], page: lists.Paging
) -> tuple[Sequence[MatchRow], str | None]:
    query = select(MatchRow).where(MatchRow.opportunity_id == row.id, MatchRow.state.in_(states))
    return lists.cut(session.scalars(lists.after(query, BEST, page)).all(), BEST, page)


def proposal_view(match: MatchRow) -> ProposalView:
    return ProposalView(
        match_id=match.id,
        opportunity_id=match.opportunity_id,
        participant_id=match.participant_id,
        state=match.state,
        reason=match.reason,
        failure=match.failure,
        sentence=match.sentence,
        gain=match.gain / GAIN_SCALE,
        new_voice=match.new_voice,
        pair_with=match.pair_with,
        explanation=match.explanation,
        blocks=[BlockView(**block) for block in match.blocks],
        invitation_id=match.invitation_id,
        reply_by=match.reply_by,
        created_at=as_utc(match.created_at),
    )


def proposal(session: Session, principal: Principal, match_id: UUID) -> ProposalView:
    match = session.get(MatchRow, match_id)
    if match is None:
        raise NotFound("There is no proposal with this id.")
    queries.reached(session, principal, match.opportunity_id, "proposal")
    return proposal_view(match)


def blocked(
    session: Session,
    principal: Principal,
    opportunity_id: UUID,
    page: lists.Paging = lists.FIRST,
) -> BlockedList:
    """Who cannot be proposed yet, and how many people each need would let in."""
    row = queries.reached(session, principal, opportunity_id)
    everyone = store.live_matches(session, row.id, ("blocked",))
    blocks = [block for match in everyone for block in match.blocks]
    counted = Counter(need for block in blocks for need in block.get("needs", []))
    others = Counter(block["code"] for block in blocks if block["code"] != "access_need")
    found, following = _page(session, row, ("blocked",), page)
    needs = [
        BlockedNeed(need=need, label=vocabulary.label("access_needs", need), people=people)
        for need, people in sorted(counted.items(), key=_most_first)
    ]
    reasons = [BlockedReason(code=c, people=n) for c, n in sorted(others.items(), key=_most_first)]
    items = [proposal_view(m) for m in found]
    return BlockedList(needs=needs, reasons=reasons, items=items, next=following)


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def what_if(session: Session, principal: Principal, ask: On[WhatIfBody]) -> WhatIfView:
    """The gaps and the order if these were approved and said yes, or targets weighed otherwise."""
    row = queries.reached(session, principal, ask.id)
    found = session.scalars(
        select(MatchRow).where(
            MatchRow.id.in_(ask.body.match_ids), MatchRow.opportunity_id == row.id
        )
    ).all()
    if len(found) < len(set(ask.body.match_ids)):
        raise NotFound("One of these proposals is not of this opportunity.")
    profiles = store.profiles_of(session, [m.participant_id for m in found])
    chosen = [store.as_categories(p.categories) for p in profiles.values()]
    others = _waiting(session, row, without={m.id for m in found})
    return _imagined(store.as_tally(row), chosen, ask.body.weights, others)


def _waiting(session: Session, row: OpportunityRow, without: set[UUID]) -> list[Waiting]:
    found = [m for m in store.live_matches(session, row.id, ("proposed",)) if m.id not in without]
    profiles = store.profiles_of(session, [m.participant_id for m in found])
    return [
        Waiting(m.id, store.as_categories(profile.categories), not m.new_voice, m.tie)
        for m in found
        if (profile := profiles.get(m.participant_id)) is not None
    ]


def _imagined(
    tally: Tally,
    chosen: Sequence[Categories],
    weights: Mapping[str, float],
    others: Sequence[Waiting],
) -> WhatIfView:
    try:
        weighed = reweighted(tally, weights)
    except ValueError as error:
        raise DomainError(str(error), "weights") from None
    try:
        seen = explain.what_if(weighed, chosen)
    except ValueError as error:
        raise DomainError(str(error), "match_ids") from None
    changes = zip(tally.targets, seen.before, seen.after, strict=True)
    return WhatIfView(
        index_now=round(index(tally), 6),
        index_before=round(seen.index_before, 6),
        index_after=round(seen.index_after, 6),
        open_after=seen.free_after,
        changes=[_gap_change(b, a, set_now.weight) for set_now, b, a in changes],
        order=[
            WhatIfPlace(
                match_id=p.match_id,
                place=p.place,
                place_now=p.place_now,
                gain=p.gain / GAIN_SCALE,
                widens=p.widens,
            )
            for p in order(tally, seen.tally_after, others)
        ],
    )


def _gap_change(before: Gap, after: Gap, weight_set: float) -> GapChange:
    view = queries.gap_view(before)
    return GapChange(
        target_id=view.target_id,
        people=view.people,
        before=before.held,
        after=after.held,
        aim_least=view.aim_least,
        aim_most=view.aim_most,
        short_before=view.short,
        short_after=round(after.short, 4),
        weight=before.target.weight,
        weight_set=weight_set,
    )
