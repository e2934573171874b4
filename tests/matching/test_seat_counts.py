"""What the database counts for "Who is heard" is what going through every seat comes to."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from schemas.envelope import new_id
from services.matching import evenness, measuring, reference, seat_counts, store, suppression
from services.matching.measures import SeatTaken, concentration, spread
from services.matching.models import OpportunityRow, TermRow
from services.matching.suppression import Period
from services.runtime.clock import as_utc
from tests.matching.harness import NOW, ORGANISATION, Matching, running, running_on_postgres
from tests.matching.test_measuring import DATA, ENGLAND

AREAS = ("E08000003", "E06000001", "W06000015")
TARGETS = [
    {"group": {"age_band": "18_24"}, "least": 1},
    {"group": {"sex": "male"}, "most": 2},
    {"group": {"religion": "sikh"}, "proportion": 0.4},
    {"group": {"ethnic_group": "asian"}},
]


def community(session: Session, ids: list[UUID], rng: random.Random) -> None:
    """Three hundred terms of eighty people over three years; some begin at the same moment."""
    people = [uuid4() for _ in range(80)]
    for _ in range(300):
        began = NOW - timedelta(days=rng.randrange(1_100), hours=rng.choice([0, 9]))
        ended = began + timedelta(days=rng.randrange(400)) if rng.random() < 0.5 else None
        term = TermRow(
            id=new_id(),
            opportunity_id=rng.choice(ids),
            seat_id=new_id(),
            holder_id=rng.choice(people),
            new_voice=rng.random() < 0.6,
            started_at=began,
            ended_at=None if ended is None or ended > NOW else ended,
        )
        session.add(term)


@contextmanager
def service(on: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Matching]:
    if on == "sqlite":
        with running(folder) as matching:
            yield matching
    else:
        with running_on_postgres(request.getfixturevalue("postgres"), folder) as matching:
            yield matching


ON_POSTGRES = [pytest.mark.postgres]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=ON_POSTGRES)])
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Matching]:
    rng = random.Random(11)
    with service(request.param, request, tmp_path_factory.mktemp("seats")) as matching:
        ids = [
            matching.open(
                area_code=AREAS[n % 3],
                host_kind=("nhs", "council")[n % 2],
                targets=TARGETS[: 1 + n % 4],
                members=[{"categories": {"sex": ["male"], "age_band": ["18_24"]}}] if n else [],
            )
            for n in range(6)
        ]
        matching.write(lambda s: community(s, ids, rng))
        yield matching


def terms(session: Session, organisation: str = ORGANISATION) -> list[tuple[TermRow, str, str]]:
    query = (
        select(TermRow, OpportunityRow.host_kind, OpportunityRow.area_code)
        .join(OpportunityRow, OpportunityRow.id == TermRow.opportunity_id)
        .where(OpportunityRow.organisation_id == organisation)
        .order_by(TermRow.started_at, TermRow.id)
    )
    return [(term, kind, area) for term, kind, area in session.execute(query)]


def seats(session: Session) -> list[SeatTaken]:
    return [
        SeatTaken(
            str(term.holder_id),
            as_utc(term.started_at),
            as_utc(term.ended_at) if term.ended_at else None,
        )
        for term, _, _ in terms(session)
    ]


def test_seats_held_now_by_host_area_voice_and_earlier_seats(filled: Matching) -> None:
    def plain(session: Session) -> Counter[tuple[str, str, bool, int]]:
        found: Counter[tuple[str, str, bool, int]] = Counter()
        sat: Counter[UUID] = Counter()
        for term, kind, area in terms(session):
            if term.holder_id not in sat and not term.new_voice:
                sat[term.holder_id] += 1  # elsewhere
            if term.ended_at is None:
                found[kind, area, term.new_voice, min(2, sat[term.holder_id])] += 1
            sat[term.holder_id] += 1
        return found

    counted = filled.read(lambda s: seat_counts.count(s, ORGANISATION, [])).held
    assert {
        (h.host_kind, h.area_code, h.new_voice, h.earlier): h.seats for h in counted
    } == filled.read(plain)


def test_the_spread_of_seats_now(filled: Matching) -> None:
    plain = concentration(filled.read(seats), NOW)
    found = spread(filled.read(lambda s: seat_counts.count(s, ORGANISATION, [])).holders)
    assert (found.seats, found.people) == (plain.seats, plain.people)
    assert (found.hhi, found.gini) == pytest.approx((plain.hhi, plain.gini))
    assert plain.people < plain.seats


def test_each_quarter(filled: Matching) -> None:
    first = filled.read(lambda s: seat_counts.first_day(s, ORGANISATION))
    assert first == min(each.taken for each in filled.read(seats)).date()
    periods = suppression.publishable(first, NOW.date())
    assert len(periods) > 10

    def plain(session: Session, period: Period) -> tuple[int, int, float]:
        start, end = (datetime.combine(d, time(), UTC) for d in (period.start, period.end))
        known: set[UUID] = set()
        taken = new = 0
        for term, _, _ in terms(session):
            if start <= as_utc(term.started_at) < end:
                taken += 1
                new += term.new_voice and term.holder_id not in known
            known.add(term.holder_id)
        before = [s for s in seats(session) if s.taken < end]
        return taken, new, concentration(before, end - timedelta(microseconds=1)).hhi

    counted = filled.read(lambda s: seat_counts.count(s, ORGANISATION, periods))
    assert [each.period for each in counted.quarters] == list(periods)
    for each in counted.quarters:
        taken, new, hhi = filled.read(lambda s, p=each.period: plain(s, p))
        assert (each.taken, each.new_voices) == (taken, new), each.period.label
        assert spread(each.holders).hhi == pytest.approx(hhi), each.period.label


def test_groups_that_hold_no_seat(filled: Matching) -> None:
    def plain(session: Session) -> list[str]:
        held: Counter[str] = Counter()
        for row in session.scalars(select(OpportunityRow)):
            for target, count in zip(store.as_opportunity(row).targets, row.held, strict=True):
                if target.has_goal and target.floor(row.seats) > 0:
                    held[target.people] += count
        return sorted(people for people, count in held.items() if count == 0)

    found = filled.read(lambda s: measuring.not_reached(s, ORGANISATION))
    assert found == filled.read(plain) == ["Sikh people"]


def test_a_person_in_two_seats_of_an_area_is_one_with_what_they_told(filled: Matching) -> None:
    path = DATA / "census2021-ts008-extract.csv"
    filled.write(lambda s: reference.import_file(s, path, filled.now))
    person = filled.register({"age_band": ["18_24"], "sex": ["female"]})
    for _ in range(2):
        opportunity = filled.open(area_code=ENGLAND, members=[{}, {"categories": {}}])
        filled.settle()
        filled.receive(filled.invite(opportunity, person))
    found = filled.read(lambda s: evenness.seat_holders(s, ORGANISATION))
    assert list(found) == [ENGLAND], "other areas have no census table to stand beside"
    people = {frozenset(told.get("sex", ())): number for told, number in found[ENGLAND]}
    assert people == {frozenset(): 4, frozenset({"female"}): 1}
