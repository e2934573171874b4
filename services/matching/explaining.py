"""The numbers of an explanation as they are stored, beside its sentence."""

from __future__ import annotations

from typing import Any

from services.matching import explain
from services.matching.gaps import Tally
from services.matching.model import Opportunity, Participant
from services.matching.pairing import Standing
from services.matching.scoring import Proposal, Score, alone_in


def explain_match(
    opportunity: Opportunity,
    tally: Tally,
    person: Participant,
    score: Score,
    partner: Standing | None,
) -> tuple[str, dict[str, Any]]:
    """A proposal's sentence and numbers: gap before and after, needs met, voice, company."""
    alone = alone_in(tally, person.categories)
    at = {t.target_id: 1 << i for i, t in enumerate(tally.targets)}
    shared = [t for t in alone if partner and partner.groups & at[t.target_id]]
    proposal = Proposal(
        opportunity_id=opportunity.opportunity_id,
        participant_id=person.participant_id,
        score=score,
        pair_with=str(partner.id) if partner else None,
        shared=tuple(t.target_id for t in shared),
        only_of=tuple(t.target_id for t in alone if t not in shared),
    )
    found = explain.explain(proposal, opportunity, tally, person)
    return found.sentence, {
        "index_before": round(found.index_before, 6),
        "index_after": round(found.index_after, 6),
        "changes": [_change(each) for each in found.changes],
        "needs": {
            "met": list(found.needs.met),
            "to_arrange": list(found.needs.to_arrange),
            "to_ask": list(found.needs.to_ask),
            "blocking": list(found.needs.blocking),
        },
        "new_voice": found.new_voice,
        "joins": score.joins,
        "shared": list(proposal.shared),
        "only_of": list(proposal.only_of),
    }


def _change(change: explain.Change) -> dict[str, Any]:
    target, before, after = change.target, change.before, change.after
    return {
        "target_id": target.target_id,
        "people": target.people,
        "held_before": before.held,
        "held_after": after.held,
        "short_before": round(before.short, 4),
        "short_after": round(after.short, 4),
        "aim": round(target.floor(before.seats), 4) if target.has_goal else None,
        "gain": change.gain,
    }
