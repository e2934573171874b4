"""People, targets and opportunities for the tests: short to write, and drawn by hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from schemas import vocabulary
from services.matching.characteristics import Categories, Group, group
from services.matching.model import Format, Opportunity, Participant, Place
from services.matching.targets import Target

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def answers(**chosen: str | tuple[str, ...]) -> Categories:
    """Categories of a person from their answers: ``answers(sex="female")``."""
    return vocabulary.expand(
        {k: frozenset((v,) if isinstance(v, str) else v) for k, v in chosen.items()}
    )


BLACK = group(("ethnic_group", "black"))
ASIAN = group(("ethnic_group", "asian"))
WOMEN = group(("sex", "female"))
YOUNG = group(("age_band", "18_24"))
CARERS = group(("lived_experience", "unpaid_carer"))
YOUNG_CARERS = group(("age_band", "18_24"), ("lived_experience", "unpaid_carer"))
GROUPS: tuple[Group, ...] = (
    BLACK,
    ASIAN,
    WOMEN,
    YOUNG,
    CARERS,
    YOUNG_CARERS,
    group(("ethnic_group", "white_roma")),
    group(("lived_experience", "dementia")),
)

_unsaid = "prefer_not_to_say"
categories = st.builds(
    answers,
    sex=st.sampled_from(["female", "male", _unsaid]),
    age_band=st.sampled_from(["18_24", "25_34", "65_74", _unsaid]),
    ethnic_group=st.sampled_from(
        ["white_british", "white_roma", "black", "black_african", "asian_indian", _unsaid]
    ),
    lived_experience=st.sampled_from(
        [("none",), (_unsaid,), ("unpaid_carer",), ("dementia",), ("unpaid_carer", "dementia")]
    ),
)


@st.composite
def targets(draw: st.DrawFn, seats: int, watched: bool = True) -> tuple[Target, ...]:
    """Up to six targets of any kind on different groups."""
    found = []
    for i, of in enumerate(draw(st.lists(st.sampled_from(GROUPS), max_size=6, unique=True))):
        kinds = ["proportion", "least", "range", *(["watched"] if watched else [])]
        kind, weight = draw(st.sampled_from(kinds)), draw(st.sampled_from([0.5, 1.0, 3.0]))
        least = draw(st.integers(0, seats))
        target = Target(f"t{i}", of, weight=weight)
        if kind == "proportion":
            target = Target(f"t{i}", of, proportion=draw(st.floats(0, 1)), weight=weight)
        elif kind == "least":
            target = Target(f"t{i}", of, least=least, weight=weight)
        elif kind == "range":
            most = draw(st.integers(least, seats))
            target = Target(f"t{i}", of, least=least, most=most, weight=weight)
        found.append(target)
    return tuple(found)


_places = st.none() | st.builds(Place, st.integers(0, 40_000), st.integers(0, 40_000))
_needs = st.frozensets(
    st.sampled_from(["bsl", "step_free", "evenings", "daytime", "other", "phone_not_online"]),
    max_size=3,
)
_slots = st.frozensets(st.integers(0, 20), max_size=6)
_formats: st.SearchStrategy[Format] = st.sampled_from(["in_person", "online", "phone"])


@st.composite
def participants(draw: st.DrawFn, participant_id: str) -> Participant:
    """Anybody, with any of the things that can stop or move a proposal."""
    ago = st.integers(0, 60).map(lambda days: NOW - timedelta(days=days))
    return Participant(
        participant_id,
        draw(categories),
        consented=draw(st.sampled_from([True, True, True, False])),
        area=draw(st.sampled_from([None, "E06000001", "E06000002"])),
        place=draw(_places),
        travel_km=draw(st.none() | st.floats(0, 60)),
        needs=draw(_needs),
        times=draw(st.none() | _slots),
        modes=draw(st.just(frozenset()) | st.frozensets(_formats, min_size=1)),
        asked=tuple(draw(st.lists(ago, max_size=4))),
        proposed=draw(st.frozensets(st.sampled_from(["o1", "o2"]), max_size=1)),
        conflicts=draw(st.frozensets(st.sampled_from(["host", "other"]), max_size=1)),
        seat_ends=tuple(draw(st.lists(st.none() | ago.map(_years_back), max_size=2))),
    )


def _years_back(when: datetime) -> datetime:
    return when - timedelta(days=715)


def crowd(least: int = 0, most: int = 12) -> st.SearchStrategy[list[Participant]]:
    """A list of different people."""
    return st.integers(least, most).flatmap(
        lambda n: st.tuples(*(participants(f"p{i}") for i in range(n))).map(list)
    )


def fit_crowd(least: int = 0, most: int = 12) -> st.SearchStrategy[list[Participant]]:
    """A list of different people whom no hard rule stops, some of them familiar voices."""
    ends = st.sampled_from([(), (), (None,)])
    return st.lists(st.tuples(categories, ends), min_size=least, max_size=most).map(
        lambda rows: [Participant(f"p{i}", c, seat_ends=e) for i, (c, e) in enumerate(rows)]
    )


panels = st.integers(1, 10).flatmap(
    lambda seats: st.builds(Opportunity, st.just("o1"), st.just(seats), targets(seats))
)
"""Opportunities open to everyone, with targets of any kind."""


@st.composite
def opportunities(draw: st.DrawFn, opportunity_id: str = "o1") -> Opportunity:
    """Any opportunity with one to ten seats."""
    seats = draw(st.integers(1, 10))
    return Opportunity(
        opportunity_id,
        seats,
        draw(targets(seats)),
        organisation=draw(st.sampled_from(["", "host"])),
        areas=draw(st.frozensets(st.sampled_from(["E06000001", "E06000002"]), max_size=2)),
        open_to=tuple(draw(st.lists(st.sampled_from(GROUPS), max_size=2, unique=True))),
        adults_only=draw(st.booleans()),
        offers=draw(_needs),
        can_arrange=draw(_needs),
        times=draw(_slots),
        times_needed=draw(st.integers(1, 3)),
        formats=draw(st.frozensets(_formats, min_size=1)),
        place=draw(_places),
        travel_km=draw(st.none() | st.floats(0, 60)),
    )
