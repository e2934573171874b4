"""Tiny pools, and their answers by looking at every panel there is."""

from __future__ import annotations

from itertools import combinations

import highspy
import numpy as np
from hypothesis import strategies as st

from services.matching.selection import Group, Participant, Request, SoftTarget, Target

CATEGORIES = [("age", "under_25"), ("age", "over_65"), ("carer", "yes"), ("area", "north")]
GROUPS = [
    *(Group.of(f"people with {name} {code}", (name, code)) for name, code in CATEGORIES),
    Group.of("carers under 25", ("age", "under_25"), ("carer", "yes")),
]


@st.composite
def requests(draw, *, max_people=7, soft=False, members=True, reachable=True):
    """A tiny request; with `reachable` the targets are set around a panel, so that one exists."""
    answers = st.fixed_dictionaries(
        {
            "age": st.sampled_from(["under_25", "over_65", "between", "prefer_not_to_say"]),
            "carer": st.sampled_from(["yes", "no", None]),
            "area": st.sampled_from(["north", "south"]),
        }
    )
    people = [
        Participant.of(f"p{i}", draw(answers)) for i in range(draw(st.integers(1, max_people)))
    ]
    seated = [Participant.of(f"m{i}", draw(answers)) for i in range(draw(st.integers(0, 2)))]
    seated = seated if members else []
    seats = draw(st.integers(1, min(4, len(people))))
    groups = draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=4))
    aim = draw(st.permutations(people))[:seats] + seated
    targets, softs = [], []
    for group in groups:
        held = sum(group.includes(person) for person in aim)
        if soft and draw(st.booleans()):
            softs.append(SoftTarget(group, draw(st.integers(0, 4)), draw(st.integers(1, 2))))
        elif reachable:
            low, high = max(held - draw(st.integers(0, 1)), 0), held + draw(st.integers(0, 1))
            targets.append(Target(group, low, draw(st.sampled_from([high, None]))))
        else:
            low = draw(st.integers(0, 4))
            high = draw(st.sampled_from([None, low, low + 1]))
            targets.append(Target(group, low, high))
    return Request(tuple(people), seats, tuple(targets), tuple(softs), tuple(seated))


def off_target(request, panel):
    """Seats by which the panel's targets are missed, in all, and how many targets are missed."""
    misses = []
    for target in request.targets:
        held = sum(target.group.includes(person) for person in (*panel, *request.members))
        over = 0 if target.maximum is None else held - target.maximum
        misses.append(max(target.minimum - held, over, 0))
    return sum(misses), sum(miss > 0 for miss in misses)


def soft_cost(request, panel):
    total = 0
    for soft in request.soft_targets:
        held = sum(soft.group.includes(person) for person in (*panel, *request.members))
        total += soft.weight * (held - soft.seats) ** 2
    return total


def all_panels(request):
    """Every panel that fills the seats, breaks no target and costs least in soft targets."""
    panels = [
        panel
        for panel in combinations(request.pool, request.seats)
        if off_target(request, panel) == (0, 0)
    ]
    least = min((soft_cost(request, panel) for panel in panels), default=0)
    return [panel for panel in panels if soft_cost(request, panel) == least]


def _solve(cost, rows, low, high):
    """Maximise cost · x for 0 ≤ x ≤ 1 under low ≤ rows · x ≤ high."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    for one in cost:
        highs.addCol(one, 0.0, 1.0, 0, [], [])
    which = np.arange(len(cost), dtype=np.int32)
    for row, below, above in zip(rows, low, high, strict=True):
        highs.addRow(below, above, len(which), which, np.array(row, dtype=float))
    highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
    highs.run()
    assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return highs.getInfo().objective_function_value


def leximin(request):
    """The leximin chance of each person that some panel holds, by all panels and one program a
    person and level; nothing is pooled."""
    panels = all_panels(request)
    people = [p for p in request.pool if any(p in panel for panel in panels)]
    holds = np.array([[float(p in panel) for panel in panels] for p in people])
    count = len(panels)
    one = [1.0] * count
    fixed: dict[int, float] = {}
    while len(fixed) < len(people):
        rows, low, high = [[*one, 0.0]], [1.0], [1.0]
        for i, row in enumerate(holds):
            rows.append([*row, 0.0 if i in fixed else -1.0])
            low.append(fixed.get(i, 0.0) - (1e-9 if i in fixed else 0.0))
            high.append(highspy.kHighsInf)
        level = _solve([*np.zeros(count), 1.0], rows, low, high)
        for i in range(len(people)):
            if i in fixed:
                continue
            least = [1.0, *(fixed.get(j, level) - 1e-9 for j in range(len(people)))]
            most = _solve(holds[i], [one, *holds], least, [1.0, *[highspy.kHighsInf] * len(people)])
            if most <= level + 1e-6:
                fixed[i] = level
    return {people[i].id: chance for i, chance in fixed.items()}
