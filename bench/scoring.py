"""Streaming scores: the compact tables of matching beside the plain numpy expression.

    python bench/scoring.py [--people 1000000] [--opportunities 10000] [--rounds 400]

Both sides answer the same questions on the same data in one run, and the answers are compared:
which ten opportunities fit one participant best, and which fifty participants fit one
opportunity best. Of every question the fastest of three answers counts, percentiles are over the
questions. Compare by the ratio. Data: made up here, seeds below; shares are roughly
England's, nothing else about the people is real.
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # waiting threads would slow the plain side

import numpy as np
from plain_scoring import PlainOpportunities, PlainPool

from schemas import vocabulary
from services.matching import gaps
from services.matching.characteristics import Categories, Group, group, matchable
from services.matching.model import Opportunity, Participant, Place, slot_of
from services.matching.open_opportunities import OpenOpportunities
from services.matching.participant_pool import ParticipantPool
from services.matching.targets import Target, check

SEED = 20210321
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
AREAS = [f"E0600{n:04d}" for n in range(1, 41)]
SINGLE = [
    "age_band",
    "sex",
    "ethnic_group",
    "religion",
    "sexual_orientation",
    "main_language",
    "unpaid_carer",
    "gender_same",
]
NEEDS = ["step_free", "bsl", "easy_read", "large_print", "transport", "childcare", "hearing_loop"]


def target_groups() -> tuple[list[Group], list[Group]]:
    """Every single category a target may speak about, and forty intersections."""
    rng = random.Random(SEED)
    pairs = [
        (x.list_id, c.code)
        for x in matchable()
        if x.list_id != "impairment"  # the plain side keeps bits for one list of many answers
        for c in x.countable()
        if c.code != "under_18"
    ]
    ages = [p for p in pairs if p[0] == "age_band"]
    lived = [p for p in pairs if p[0] in ("lived_experience", "ethnic_group")]
    crossing = {group(rng.choice(ages), rng.choice(lived)) for _ in range(40)}
    return [group(p) for p in pairs], sorted(crossing)


GROUPS = target_groups()


def categories(rng: random.Random) -> Categories:
    """Answers of one person to ten questions, one in twenty of them prefer not to say."""
    answers: dict[str, frozenset[str]] = {}
    for list_id in SINGLE:
        found = vocabulary.code_list(list_id)
        leaves = [c.code for c in found.countable() if not found.children(c.code)]
        leaves = [c for c in leaves if c != "under_18"]  # the plain side has no rule on age
        code = leaves[min(int(rng.expovariate(0.5)), len(leaves) - 1)]
        answers[list_id] = frozenset({"prefer_not_to_say" if rng.random() < 0.05 else code})
    limited = rng.random() < 0.2
    answers["health_condition"] = frozenset({"yes" if limited else "no"})
    if limited:
        answers["activity_limited"] = frozenset({rng.choice(["a_lot", "a_little"])})
    lived = [c.code for c in vocabulary.LIVED_EXPERIENCE.countable()]
    answers["lived_experience"] = frozenset(rng.sample(lived, rng.choice([0, 1, 1, 2, 3])))
    return vocabulary.expand(answers)


def participant(i: int, kinds: list[Categories], rng: random.Random) -> Participant:
    """A person with needs, times, a place and a past."""
    past: tuple[datetime | None, ...] = (None,) if rng.random() < 0.1 else ()
    asked = tuple(NOW - timedelta(days=rng.randrange(60)) for _ in range(rng.choice([0, 0, 1, 4])))
    return Participant(
        f"participant-{i}",
        rng.choice(kinds),
        area=rng.choice(AREAS),
        place=Place(rng.randrange(400_000, 500_000), rng.randrange(200_000, 300_000)),
        travel_km=rng.choice([None, 10.0, 30.0, 60.0]),
        needs=frozenset(rng.sample(NEEDS, rng.choice([0, 0, 0, 1, 2]))),
        times=frozenset(rng.sample(range(21), 8)),
        asked=asked,
        seat_ends=past,
    )


def opportunity(i: int, rng: random.Random) -> Opportunity:
    """A panel with five to fifteen targets, some of them intersections."""
    seats, single, crossing = rng.randint(6, 20), GROUPS[0], GROUPS[1]
    count = rng.randint(5, 12)
    groups = rng.sample(single, count) + rng.sample(crossing, rng.randint(0, 3))
    targets = [Target(f"t{k}", of, least=rng.randint(1, 3)) for k, of in enumerate(groups)]
    return Opportunity(
        f"opportunity-{i}",
        seats,
        check(targets, seats * 3),
        areas=frozenset() if rng.random() < 0.5 else frozenset(rng.sample(AREAS, 10)),
        offers=frozenset(rng.sample(NEEDS, 4)),
        can_arrange=frozenset(rng.sample(NEEDS, 2)),
        times=frozenset({slot_of(NOW + timedelta(hours=8 * k)) for k in rng.sample(range(21), 3)}),
        place=Place(rng.randrange(400_000, 500_000), rng.randrange(200_000, 300_000)),
        travel_km=rng.choice([None, 40.0]),
    )


def span(ask: Callable[[], object]) -> float:
    """Milliseconds of the fastest of three calls, so that no other program is measured."""
    found = []
    for _ in range(3):
        start = time.perf_counter_ns()
        ask()
        found.append((time.perf_counter_ns() - start) / 1e6)
    return min(found)


def report(name: str, plain: list[float], ours: list[float]) -> None:
    """One line with medians, 99th percentiles and their ratios."""
    p50, p99 = ((float(np.percentile(plain, q)), float(np.percentile(ours, q))) for q in (50, 99))
    print(f"{name}")
    print(f"  plain numpy   p50 {p50[0]:8.3f} ms   p99 {p99[0]:8.3f} ms")
    print(f"  matching      p50 {p50[1]:8.3f} ms   p99 {p99[1]:8.3f} ms")
    print(f"  ratio         p50 {p50[0] / p50[1]:8.2f}      p99 {p99[0] / p99[1]:8.2f}")


def one_against_opportunities(count: int, rounds: int) -> None:
    """One participant against many open opportunities."""
    rng = random.Random(SEED)
    opportunities = [opportunity(i, rng) for i in range(count)]
    tallies = [
        gaps.count(o, [categories(rng) for _ in range(rng.randrange(4))]) for o in opportunities
    ]
    board, plain = OpenOpportunities(capacity=count), PlainOpportunities(opportunities, tallies)
    for o, tally in zip(opportunities, tallies, strict=True):
        board.put(o, tally)
    kinds = [categories(rng) for _ in range(2_000)]
    people = [participant(i, kinds, rng) for i in range(rounds)]
    for person in people[:50]:
        assert board.top(person, NOW, 10) == plain.top(person, NOW, 10)
    gc.freeze()
    slow, fast = [], []
    for person in people:
        slow.append(span(lambda p=person: plain.top(p, NOW, 10)))
        fast.append(span(lambda p=person: board.top(p, NOW, 10)))
    report(f"One participant against {count:,} open opportunities, best 10", slow, fast)
    print(
        f"  memory        plain {plain.nbytes / 1e6:.1f} MB, matching {board.nbytes / 1e6:.1f} MB"
    )


def one_against_people(count: int, rounds: int) -> None:
    """One opportunity against many participants."""
    rng = random.Random(SEED + 1)
    kinds = [categories(rng) for _ in range(20_000)]
    pool, plain = ParticipantPool(capacity=count), PlainPool(count)
    for i in range(count):
        person = participant(i, kinds, rng)
        pool.put(person)
        plain.put(i, person)
    opportunities = [opportunity(i, rng) for i in range(rounds)]
    tallies = [gaps.count(o, [categories(rng) for _ in range(3)]) for o in opportunities]
    for o, tally in list(zip(opportunities, tallies, strict=True))[:10]:
        assert pool.top(o, tally, NOW, 50) == plain.top(o, tally, NOW, 50)
    gc.freeze()
    slow, fast = [], []
    for o, tally in zip(opportunities, tallies, strict=True):
        slow.append(span(lambda o=o, t=tally: plain.top(o, t, NOW, 50)))
        fast.append(span(lambda o=o, t=tally: pool.top(o, t, NOW, 50)))
    report(f"One opportunity against {count:,} participants, best 50", slow, fast)
    print(
        f"  memory        plain {plain.nbytes / 1e6:.1f} MB, matching {pool.nbytes / 1e6:.1f} MB "
        f"({pool.nbytes / count:.0f} bytes a person)"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--opportunities", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=2_000)
    given = parser.parse_args()
    one_against_opportunities(given.opportunities, given.rounds)
    one_against_people(given.people, max(20, given.rounds // 20))
