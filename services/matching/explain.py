"""Why a person is proposed, in numbers and in one sentence a coordinator can read out.

The sentence says only what the coordinator needs: the voice, the gap that shrinks most, the pair,
and the access needs. It never says which answers the person gave beyond the groups the panel
looks for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from schemas import vocabulary
from services.matching.characteristics import Categories, is_member
from services.matching.eligibility import NeedCheck, check_needs
from services.matching.gaps import Gap, Tally, gap, gaps, index
from services.matching.model import DEFAULT_POLICY, Opportunity, Participant, Policy
from services.matching.scoring import Proposal
from services.matching.targets import Target


@dataclass(frozen=True, slots=True)
class Change:
    """One target before and after the seat. ``gain``: by it the index falls, in 1/100,000."""

    before: Gap
    after: Gap
    gain: int

    @property
    def target(self) -> Target:
        """The target both gaps are of."""
        return self.before.target


@dataclass(frozen=True, slots=True)
class Explanation:
    """A proposal explained.

    ``changes``: the targets whose group the person is in, the greatest gain first.
    ``index_before`` and ``index_after``: gap index, 0 to 1. ``sentence``: to be read out.
    """

    participant_id: str
    opportunity_id: str
    changes: tuple[Change, ...]
    index_before: float
    index_after: float
    needs: NeedCheck
    new_voice: bool
    pair_with: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The opportunity as it is, and as it would be if some proposals were approved and filled."""

    before: tuple[Gap, ...]
    after: tuple[Gap, ...]
    index_before: float
    index_after: float
    tally_after: Tally

    @property
    def free_after(self) -> int:
        """Seats still free then."""
        return self.tally_after.free


def what_if(
    tally: Tally, approved: Sequence[Categories], policy: Policy = DEFAULT_POLICY
) -> WhatIf:
    """The gaps if people with these categories took seats. Nothing is changed.

    Raises ValueError when there are more people than free seats.
    """
    if len(approved) > tally.free:
        raise ValueError(
            f"There are {tally.free} free seats and {len(approved)} people. Choose fewer people."
        )
    after = tally
    for categories in approved:
        after = after.with_person(categories)
    return WhatIf(
        before=gaps(tally, policy),
        after=gaps(after, policy),
        index_before=index(tally),
        index_after=index(after),
        tally_after=after,
    )


def explain(
    proposal: Proposal,
    opportunity: Opportunity,
    tally: Tally,
    person: Participant,
    policy: Policy = DEFAULT_POLICY,
) -> Explanation:
    """The proposal explained against the tally it would be added to."""
    after, gains = tally.with_person(person.categories), tally.step_gains
    changes = sorted(
        (
            Change(gap(tally, i, policy), gap(after, i, policy), gains[i])
            for i, target in enumerate(tally.targets)
            if is_member(person.categories, target.group)
        ),
        key=lambda c: (-c.gain, c.target.target_id),
    )
    needs = check_needs(person, opportunity)
    return Explanation(
        participant_id=person.participant_id,
        opportunity_id=opportunity.opportunity_id,
        changes=tuple(changes),
        index_before=tally.index,
        index_after=after.index,
        needs=needs,
        new_voice=not proposal.score.familiar,
        pair_with=proposal.pair_with,
        sentence=_sentence(proposal, changes, needs),
    )


def _sentence(proposal: Proposal, changes: Sequence[Change], needs: NeedCheck) -> str:
    over = [c for c in changes if c.after.above > c.before.above]
    if over:
        return (
            f"Think again before you choose this person, because {over[0].target.people} would "
            f"hold {over[0].after.held} seats and you set at most {over[0].target.most}."
        )
    parts = [
        "they are a familiar voice" if proposal.score.familiar else "they are a new voice",
        _gap_part(changes),
        *_company_part(proposal, changes),
        _needs_part(needs),
    ]
    return f"We suggest this person because {_joined(parts)}."


def _gap_part(changes: Sequence[Change]) -> str:
    eased = [c for c in changes if c.gain > 0]
    if not eased:
        return "no gap would change"
    first, more = eased[0], len(eased) - 1
    text = (
        f"{first.target.people} would go from {first.before.held} to {first.after.held} of "
        f"{aim(first.before)}"
    )
    if more:
        text += f", {more} more gap{'s' if more > 1 else ''} would get smaller"
    return text


def aim(gap: Gap) -> str:
    """The seats aimed for, in words: "2 seats", or "about 2 seats" where a share is not whole."""
    floor = gap.target.floor(gap.seats)
    whole = max(1, int(floor + 0.5))
    return f"{'' if floor == whole else 'about '}{whole} seat{'s' if whole > 1 else ''}"


def _company_part(proposal: Proposal, changes: Sequence[Change]) -> list[str]:
    names = {c.target.target_id: c.target.people for c in changes}
    parts = []
    if proposal.shared:
        groups = _joined([names[t] for t in proposal.shared])
        parts.append(f"a second person comes with them so that nobody stands alone for {groups}")
    elif proposal.only_of:
        groups = _joined([names[t] for t in proposal.only_of])
        parts.append(f"they would stand alone for {groups} as we found no second person yet")
    elif proposal.score.joins:
        lone = next((c for c in changes if c.before.held == 1), None)
        if lone is not None:
            parts.append(f"the one person who stands alone for {lone.target.people} gets company")
    return parts


def _needs_part(needs: NeedCheck) -> str:
    if needs.blocking:
        return f"we still have to find what they need ({_labels(needs.blocking)})"
    if needs.to_arrange:
        return f"the host can arrange what they need ({_labels(needs.to_arrange)})"
    if needs.to_ask:
        return "we will ask them what else they need"
    if needs.met:
        return "all their access needs are met"
    return "they told us of no access needs"


def _labels(needs: Sequence[str]) -> str:
    found = [vocabulary.label("access_needs", n) for n in needs]
    return "; ".join(x if x[:2].isupper() else x[0].lower() + x[1:] for x in found)


def _joined(parts: Sequence[str]) -> str:
    """Parts joined as in speech: "a", "a and b", "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
