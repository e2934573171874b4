"""Fair selection side by side with sortition-algorithms, on the same generated pools in one run.

    python -m bench.selection                 all sizes, table to docs/bench-selection.md
    python -m bench.selection --quick         the small sizes, table to the terminal

sortition-algorithms (GPL-3.0) is an oracle here and is imported nowhere else. Both sides run the
maximin rule; it stops at `TOLERANCE` from its bound, New Voices at 1e-5 of the smallest chance,
which is tighter. Each measurement is a process of its own: wall and processor seconds without
imports and reading the pool, and the peak resident memory of the whole process.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import resource
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from bench.selection_pools import CODES, Instance, generate

TOLERANCE = 1e-4
TABLE = Path("docs/bench-selection.md")

QUICK = [Instance(200, 20, seed=1), Instance(200, 20, seed=1, exact=True)]
COMPARED = [
    *QUICK,
    Instance(500, 30, seed=1),
    Instance(500, 30, seed=1, exact=True),
]
LARGE = [
    Instance(1_000, 40, seed=1),
    Instance(10_000, 100, seed=1),
    Instance(10_000, 100, seed=1, exact=True),
    Instance(100_000, 100, seed=1),
]


@dataclass(frozen=True)
class Outcome:
    """One run: smallest chance, proven bound (if given), seconds, and peak memory in MB."""

    minimum: float
    bound: float | None
    panels: int
    seconds: float
    processor: float
    memory: float


def ours(instance: Instance, rule: str) -> Outcome:
    """New Voices."""
    from services.matching.selection import Group, Participant, Request, Rule, Target, fair_lottery

    people, seats = generate(instance)
    request = Request(
        pool=tuple(Participant.of(name, answers) for name, answers in people),
        seats=instance.seats,
        targets=tuple(
            Target(Group.of(f"{feature} {code}", (feature, code)), low, high)
            for feature, code, low, high in seats
        ),
    )
    return timed(lambda: _our_answer(fair_lottery(request, Rule(rule))))


def _our_answer(lottery: object) -> tuple[float, float | None, int]:
    from services.matching.selection import Lottery

    assert isinstance(lottery, Lottery)
    assert lottery.reachable.all()
    assert lottery.proven
    return lottery.minimum, lottery.bound, len(lottery.panels)


def theirs(instance: Instance, backend: str) -> Outcome:
    """sortition-algorithms with one of its solver backends, stopping at TOLERANCE."""
    from sortition_algorithms.committee_generation import maximin
    from sortition_algorithms.features import read_in_features
    from sortition_algorithms.people import read_in_people
    from sortition_algorithms.settings import Settings

    people, seats = generate(instance)
    rows = [
        {"feature": feature, "value": code, "min": str(low), "max": str(high)}
        for feature, code, low, high in seats
    ]
    features, _, _ = read_in_features(["feature", "value", "min", "max"], rows)
    settings = Settings(id_column="id", columns_to_keep=[])
    columns = ["id", *CODES]
    pool, _ = read_in_people(
        columns, [{"id": name, **answers} for name, answers in people], features, settings
    )
    maximin.EPS = TOLERANCE

    def answer() -> tuple[float, float | None, int]:
        panels, chances, _ = maximin.find_distribution_maximin(
            features, pool, instance.seats, [], backend
        )
        total = dict.fromkeys((name for name, _ in people), 0.0)
        for panel, chance in zip(panels, chances, strict=True):
            for name in panel:
                total[name] += chance
        return min(total.values()), None, sum(chance > 0 for chance in chances)

    return timed(answer)


def timed(work: Callable[[], tuple[float, float | None, int]]) -> Outcome:
    """Run once, with the process's own clocks."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    start = time.perf_counter()
    minimum, bound, panels = work()
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_SELF)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Outcome(minimum, bound, panels, seconds, processor, after.ru_maxrss / 1024)


def alone(work: Callable[[Instance, str], Outcome], instance: Instance, what: str) -> Outcome:
    """Run in a process of its own, whose solvers print nothing."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=_hush) as process:
        return process.submit(work, instance, what).result()


def _hush() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def median_of_ours(instance: Instance, rule: str) -> Outcome:
    """The run of New Voices with the median of the processor seconds, of three."""
    runs = [alone(ours, instance, rule) for _ in range(3)]
    return sorted(runs, key=lambda run: run.processor)[1]


def compare(instances: list[Instance]) -> list[str]:
    """A row for each side and instance; stops if the smallest chances differ by more than 1e-4."""
    rows = []
    for instance in instances:
        mine = median_of_ours(instance, "maximin")
        rows.append(row(instance, "New Voices, maximin", mine, None))
        print(rows[-1], flush=True)
        for backend, name in (("highspy", "HiGHS"), ("mip", "mip < 2 (CBC)")):
            other = alone(theirs, instance, backend)
            rows.append(row(instance, f"sortition-algorithms, {name}", other, mine))
            print(rows[-1], flush=True)
            assert abs(mine.minimum - other.minimum) <= 1e-4, "The smallest chances differ."
        rows.append(row(instance, "New Voices, leximin", median_of_ours(instance, "leximin"), None))
        print(rows[-1], flush=True)
    return rows


def large(instances: list[Instance]) -> list[str]:
    """Rows of New Voices alone, at sizes where the other side takes too long to wait for."""
    rows = []
    for instance in instances:
        for rule in ("maximin", "leximin"):
            rows.append(row(instance, f"New Voices, {rule}", median_of_ours(instance, rule), None))
            print(rows[-1], flush=True)
    return rows


def row(instance: Instance, who: str, outcome: Outcome, reference: Outcome | None) -> str:
    """A line of the table."""
    wall = "" if reference is None else f"{outcome.seconds / reference.seconds:.0f} ×"
    work = "" if reference is None else f"{outcome.processor / reference.processor:.0f} ×"
    bound = "" if outcome.bound is None else f"{outcome.bound:.6f}"
    seconds, processor = f"{outcome.seconds:.2f}", f"{outcome.processor:.2f}"
    return (
        f"| {instance.name} | {who} | {outcome.minimum:.6f} | {bound} | {outcome.panels} | "
        f"{seconds} | {processor} | {wall} | {work} | {outcome.memory:.0f} |"
    )


COLUMNS = (
    "pool / seats",
    "who",
    "smallest chance",
    "proven bound",
    "panels",
    "seconds",
    "processor seconds",
    "ratio of seconds",
    "ratio of processor seconds",
    "peak MB",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}"


def page(rows: list[str], loads: tuple[float, float]) -> str:
    """The Markdown page of a run."""
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("highspy", "sortition-algorithms", "mip", "numpy")
    )
    body = "\n".join(rows)
    return f"""# Fair selection, measured

Made by `python -m bench.selection` from one run on {os.cpu_count()} processor cores
({platform.machine()}, Python {platform.python_version()};
{versions}). The load average at the
start and at the end was {loads[0]:.1f} and {loads[1]:.1f}: above the number of cores other work ran
besides, and then only processor seconds compare. Compare by ratio.

Pools are generated with their seeds in `bench/selection_pools.py`: five characteristics with 2, 5,
5, 2 and 4 categories, answered unlike the population. A target is the group's share of the seats,
rounded down to up; "exact" fixes every number of seats (minimum = maximum).

Both sides look for the largest smallest chance (maximin). sortition-algorithms stops at
{TOLERANCE:g} from its bound, New Voices at 0.00001 of the smallest chance, which is the tighter
of the two. Seconds leave out imports and reading the pool; peak memory is of the whole process.
New Voices' rows are the median of three runs, the others one run; ratios are to New Voices,
maximin.

{HEAD}
{body}

On every pool above the smallest chance meets the bound, which comes with weights that prove it: no
panel weighs more than the bound, so no lottery gives everyone more. Leximin goes on to raise the
next smallest chances; sortition-algorithms needs Gurobi for that, so tests compare it with brute
force over every panel of small pools instead.
"""


def main() -> None:
    """Run and print, or write the page."""
    options = argparse.ArgumentParser(description="Fair selection beside sortition-algorithms.")
    options.add_argument("--quick", action="store_true", help="small pools, nothing written")
    if options.parse_args().quick:
        print(HEAD)
        compare(QUICK)
        return
    print(HEAD)
    before = os.getloadavg()[0]
    rows = compare(COMPARED) + large(LARGE)
    TABLE.write_text(page(rows, (before, os.getloadavg()[0])), "utf-8")
    print(f"Written to {TABLE}.")


if __name__ == "__main__":
    main()
