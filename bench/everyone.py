"""A look through everyone for one opportunity: with columns kept in memory, and row by row.

    python -m bench.everyone [--people 20000] [--looks 10]

Both ways answer on the same database in one run and have to give the same people. Between two looks
one profile changes, as it does when somebody registers. The first look with columns reads every
profile and is told apart. Time is the processor's (`time.process_time`); seeds are fixed.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from bench import plain_proposing
from bench.figures import Figure
from bench.proposing import NOW, Community, opened
from services.matching import everyone, intake, searching, store
from services.matching.models import OpportunityRow, ProfileRow, new_stamp
from services.runtime.node import Node

Way = Callable[[Session, OpportunityRow], list[UUID]]


def profiles(community: Community, count: int) -> list[dict[str, object]]:
    """Rows as registrations leave them, written at once."""
    found = []
    for _ in range(count):
        state = community.person()
        found.append(
            {
                "participant_id": state.participant_id,
                "organisation_id": state.organisation_id,
                "area_code": state.area_code,
                "categories": intake.categories_of(state.matching_profile),
                "needs": state.access_needs,
                "slots": intake.slots_of(state.availability),
                "modes": state.availability.modes,
                "travel_km": None,
                "prior_seats": state.prior_seats,
                "stamp": new_stamp(),
            }
        )
    return found


def columns(session: Session, row: OpportunityRow) -> list[UUID]:
    return searching.best_of_everyone(session, row, NOW)


def row_by_row(session: Session, row: OpportunityRow) -> list[UUID]:
    return plain_proposing.best_of_everyone(session, row, NOW)


def looked(node: Node, opportunity: UUID, way: Way) -> tuple[float, list[UUID]]:
    """Processor time in milliseconds of one look, and whom it found."""

    def look(session: Session) -> tuple[float, list[UUID]]:
        row = store.get(session, opportunity)
        begun = time.process_time()
        found = way(session, row)
        return (time.process_time() - begun) * 1000, found

    return node.database.read(look)


def measured(folder: Path, people: int, looks: int) -> list[Figure]:
    node, community = opened(folder, looks, 0)
    rows = profiles(community, people)
    node.database.write(lambda session: session.execute(insert(ProfileRow), rows))
    ids = node.database.read(lambda s: s.scalars(select(OpportunityRow.id)).all())
    first, _ = looked(node, ids[0], columns)
    fast, slow = [], []
    for n, opportunity in enumerate(ids):
        someone = UUID(str(rows[n]["participant_id"]))
        node.database.write(lambda s, i=someone: store.person_changed(s, i))
        (quick, one), (long, other) = (looked(node, opportunity, w) for w in (columns, row_by_row))
        assert one == other, "the two ways found other people"
        fast.append(quick)
        slow.append(long)
    bytes_each = memory(node, ids[0], people)
    node.close()
    what = f"a look through {people:,} people"
    ratio = statistics.median(slow) / statistics.median(fast)
    return [
        Figure(f"{what}, row by row, median", statistics.median(slow), "ms"),
        Figure(f"{what}, columns, median", statistics.median(fast), "ms", "row by row", ratio),
        Figure(f"{what}, columns, the first", first, "ms"),
        Figure("memory of one person in it", bytes_each, "bytes"),
    ]


def memory(node: Node, opportunity: UUID, people: int) -> float:
    """Bytes for each person that are kept between looks."""
    everyone._KEPT.clear()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    looked(node, opportunity, columns)
    kept = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    return kept / people


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--looks", type=int, default=10)
    chosen = parser.parse_args()
    print("| figure | value | beside | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for figure in measured(Path(folder), chosen.people, chosen.looks):
            print(figure.row())


if __name__ == "__main__":
    main()
