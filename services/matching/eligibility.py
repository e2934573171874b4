"""Hard rules, before any score: who may be proposed for an opportunity at all.

Every rule that stops a proposal says so with a code and one plain sentence for the coordinator.
What was not told about area, times, travel or format never stops anyone: the coordinator asks.
Only a group the opportunity is for has to have been told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from schemas import vocabulary
from schemas.vocabulary import NONE_OF_THESE, UNSTATED
from services.matching.characteristics import is_member, people
from services.matching.model import (
    DEFAULT_POLICY,
    Opportunity,
    Participant,
    Policy,
    Slot,
    askable_from,
)

BlockCode = Literal[
    "no_consent",
    "holds_seat",
    "already_proposed",
    "conflict",
    "under_18",
    "area",
    "not_open_to",
    "access_need",
    "times",
    "distance",
    "format",
    "asked_often",
]

_TIME_NEEDS: dict[str, frozenset[Slot]] = {
    "daytime": frozenset(d * 3 + p for d in range(7) for p in (0, 1)),
    "evenings": frozenset(d * 3 + 2 for d in range(7)),
    "weekends": frozenset(d * 3 + p for d in (5, 6) for p in range(3)),
}
_VENUE_ONLY = frozenset(
    {"transport", "step_free", "accessible_toilet", "quiet_space", "prayer_space", "food"}
)


@dataclass(frozen=True, slots=True)
class Block:
    """One reason against a proposal. ``needs`` names the unmet access needs, if that is it."""

    code: BlockCode
    sentence: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NeedCheck:
    """The person's access needs against the opportunity, as sorted codes.

    ``met``: in place, or nothing is needed in this format. ``to_arrange``: the host arranges it
    when asked. ``to_ask``: in the person's own words, so somebody has to talk to them.
    ``blocking``: neither in place nor arranged; the proposal has to wait for it.
    """

    met: tuple[str, ...] = ()
    to_arrange: tuple[str, ...] = ()
    to_ask: tuple[str, ...] = ()
    blocking: tuple[str, ...] = ()


def check_needs(person: Participant, opportunity: Opportunity) -> NeedCheck:
    """Sorts the person's access needs into met, to arrange, to ask and blocking.

    Evenings, weekends and daytime are alternatives to each other and part of when the person can
    come; they are met or not together, and the rule on times blocks, not this one.
    """
    met: list[str] = []
    arrange: list[str] = []
    ask: list[str] = []
    block: list[str] = []
    for need in sorted(person.needs - UNSTATED - {NONE_OF_THESE}):
        if need == "other":
            ask.append(need)
        elif need in _TIME_NEEDS:
            (met if free_times(person, opportunity) else ask).append(need)
        elif need in opportunity.offers or _not_needed_here(need, opportunity):
            met.append(need)
        else:
            (arrange if need in opportunity.can_arrange else block).append(need)
    return NeedCheck(tuple(met), tuple(arrange), tuple(ask), tuple(block))


def _not_needed_here(need: str, opportunity: Opportunity) -> bool:
    formats = opportunity.formats
    if need in _VENUE_ONLY:
        return "in_person" not in formats
    if need == "phone_not_online":
        return bool(formats & {"in_person", "phone"})
    return need == "data_or_device" and "online" not in formats


def covered_needs(opportunity: Opportunity) -> frozenset[str]:
    """All access need codes that would not block at this opportunity, whoever has them."""
    codes = vocabulary.ACCESS_NEEDS.codes()
    return frozenset(
        code
        for code in codes
        if not check_needs(Participant("", needs=frozenset({code})), opportunity).blocking
    )


def free_slots(person: Participant) -> frozenset[Slot] | None:
    """When the person can come: times told, narrowed by evenings, weekends or daytime asked for.

    None if neither was told. Should the two contradict each other, either counts.
    """
    asked = person.needs & _TIME_NEEDS.keys()
    wanted = frozenset[Slot]().union(*(_TIME_NEEDS[n] for n in asked)) if asked else None
    if person.times is None or wanted is None:
        return person.times if wanted is None else wanted
    return person.times & wanted or person.times | wanted


def too_far(person: Participant, opportunity: Opportunity) -> bool:
    """Whether the way is longer than the person or the opportunity allows.

    Never when it can be joined online or by phone, or when either place is unknown.
    """
    if opportunity.formats & {"online", "phone"}:
        return False
    if person.place is None or opportunity.place is None:
        return False
    limits = [x for x in (person.travel_km, opportunity.travel_km) if x is not None]
    return bool(limits) and not person.place.within(opportunity.place, min(limits))


def free_times(person: Participant, opportunity: Opportunity) -> bool:
    """Whether the person can come to enough of the sessions; true while either is not known."""
    slots = free_slots(person)
    if slots is None or not opportunity.times:
        return True
    return len(slots & opportunity.times) >= min(opportunity.times_needed, len(opportunity.times))


def blocks(
    person: Participant,
    opportunity: Opportunity,
    now: datetime,
    *,
    holds_seat: bool = False,
    policy: Policy = DEFAULT_POLICY,
) -> tuple[Block, ...]:
    """Everything that stops this proposal now; empty when the person may be proposed.

    ``holds_seat``: whether they already hold a seat of this opportunity. Without consent that is
    the only block told, since nothing else may be looked at.
    """
    if not person.consented:
        return (Block("no_consent", "This person has not agreed to be matched."),)
    found = [*_about_place_in_line(person, opportunity, now, holds_seat, policy)]
    found += _about_the_person(person, opportunity)
    unmet = check_needs(person, opportunity).blocking
    if unmet:
        found.append(Block("access_need", _unmet(unmet), unmet))
    if person.modes and not person.modes & opportunity.formats:
        found.append(Block("format", "This person cannot take part in the way it is held."))
    return tuple(found)


def _about_place_in_line(
    person: Participant, opportunity: Opportunity, now: datetime, holds_seat: bool, policy: Policy
) -> list[Block]:
    found = []
    if holds_seat:
        found.append(Block("holds_seat", "This person already has a seat here."))
    elif opportunity.opportunity_id in person.proposed:
        found.append(Block("already_proposed", "This person was already proposed for this."))
    if opportunity.organisation and opportunity.organisation in person.conflicts:
        found.append(Block("conflict", "This person has a conflict of interest with the host."))
    again = askable_from(person, policy)
    if again is not None and again > now:
        found.append(
            Block(
                "asked_often",
                f"This person was asked {policy.asks} times in {policy.ask_window.days} days. "
                f"Ask again from {again.day} {again:%B %Y}.",
            )
        )
    return found


def _about_the_person(person: Participant, opportunity: Opportunity) -> list[Block]:
    found = []
    if opportunity.adults_only and "under_18" in person.categories.get("age_band", ()):
        found.append(Block("under_18", "This is for people aged 18 or over."))
    if opportunity.areas and person.area is not None and person.area not in opportunity.areas:
        found.append(Block("area", "This is for people from other areas."))
    if opportunity.open_to and not any(
        is_member(person.categories, g) for g in opportunity.open_to
    ):
        wanted = " or ".join(people(g) for g in opportunity.open_to)
        found.append(
            Block("not_open_to", f"This is for {wanted}. This person has not said they are.")
        )
    if not free_times(person, opportunity):
        found.append(Block("times", "This person cannot come at the times of the sessions."))
    if too_far(person, opportunity):
        found.append(Block("distance", _too_far(person, opportunity)))
    return found


def _too_far(person: Participant, opportunity: Opportunity) -> str:
    """The sentence for a way that is too long; it says whose limit it is and no distance."""
    own = Opportunity("", 1, formats=opportunity.formats, place=opportunity.place)
    if too_far(person, own):
        return "It is farther away than this person can travel."
    return "This person lives farther away than this opportunity is open to."


def _unmet(needs: tuple[str, ...]) -> str:
    named = "; ".join(vocabulary.label("access_needs", n) for n in needs)
    return f"Not in place yet: {named}. Ask the host whether it can be arranged."
