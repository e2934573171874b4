"""Check a selection record from scratch: what was committed, that it is fair, and the draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from services.matching.selection.draw import draw
from services.matching.selection.lottery import RELATIVE_TOLERANCE, TICKETS, Rule, fairest
from services.matching.selection.panels import PanelFinder
from services.matching.selection.pool import TypedPool
from services.matching.selection.record import SelectionRecord, commitment_of
from services.matching.selection.record_file import read_record

NEAR = 1e-6


@dataclass(frozen=True)
class Check:
    """One thing checked, whether it holds, and a sentence to read out."""

    name: str
    holds: bool
    sentence: str


@dataclass(frozen=True)
class VerificationResult:
    """All checks of a record."""

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        """Whether every check holds."""
        return all(check.holds for check in self.checks)


def verify_file(path: Path, published_commitment: str | None = None) -> VerificationResult:
    """Check the record in a file: see `verify`. UnclearRequestError if it is not a record."""
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        text = ""
    return verify(read_record(text), published_commitment)


def verify(record: SelectionRecord, published_commitment: str | None = None) -> VerificationResult:
    """Check a record against itself and, where given, against the commitment published before.

    Without the published commitment a record that was rewritten as a whole cannot be told from
    the true one.
    """
    return VerificationResult(tuple(_checks(record, published_commitment)))


def _checks(record: SelectionRecord, published: str | None) -> Iterator[Check]:
    yield _committed(record, published)
    pool = record.typed_pool()
    ids = [person for kind in record.types for person in kind.people]
    yield _check(
        "people",
        len(set(ids)) == len(ids),
        "Every person is in the pool once.",
        "A person is in the pool more than once.",
    )
    panels = np.array([record.panel(index) for index in range(len(record.panels))])
    budget = record.soft_budget
    sound = len(panels) > 0 and all(
        pool.meets_targets(panel) and (budget is None or pool.soft_cost(panel) <= budget)
        for panel in panels
    )
    yield _check(
        "targets",
        sound,
        "Every panel that could be drawn fills the seats and meets the targets.",
        "A panel that could be drawn does not fill the seats or misses a target.",
    )
    tickets = [panel.tickets for panel in record.panels]
    complete = sum(tickets) == TICKETS and all(count > 0 for count in tickets)
    yield _check(
        "tickets", complete, "The tickets add up.", "The tickets of the panels do not add up."
    )
    if sound and complete:
        yield from _fairness(record, pool, panels)
        yield from _computed_again(record, pool, panels)
        yield from _drawn(record)


def _check(name: str, holds: bool, yes: str, no: str) -> Check:
    return Check(name, bool(holds), yes if holds else no)


def _committed(record: SelectionRecord, published: str | None) -> Check:
    if published is not None and published.strip().lower() != record.commitment:
        return Check("commitment", False, "The record is not the one that was published before.")
    if record.seed is None:
        sentence = "The draw has not been held, so the commitment cannot be opened yet."
        return Check("commitment", record.ticket is None, sentence)
    return _check(
        "commitment",
        commitment_of(record, record.seed) == record.commitment,
        "The seed, the pool, the targets and the panels are those committed to before the draw.",
        "The seed, the pool, the targets or the panels were changed after they were committed to.",
    )


def _fairness(record: SelectionRecord, pool: TypedPool, panels: np.ndarray) -> Iterator[Check]:
    claimed = record.fairness
    tickets = np.array([panel.tickets for panel in record.panels])
    chances = tickets @ panels / (TICKETS * pool.sizes)
    reachable = np.array(claimed.reachable, dtype=np.bool_)
    minimum = float(chances[reachable].min()) if reachable.any() else 0.0
    yield _check(
        "chances",
        abs(minimum - claimed.minimum) < 1e-9 and not chances[~reachable].any(),
        f"The smallest chance of anyone who can be selected is {minimum:.4%}, as stated.",
        "The chances are not those stated.",
    )
    yield _check(
        "bound",
        _bound_holds(record, pool, reachable),
        f"No lottery under these targets gives everyone a chance above {claimed.bound:.4%}.",
        "The stated limit of the smallest chance is not proven.",
    )


def _computed_again(
    record: SelectionRecord, pool: TypedPool, panels: np.ndarray
) -> Iterator[Check]:
    """Work out the fairest lottery anew, where the record claims to hold it."""
    if not record.fairness.proven or not pool.seats:
        return
    again = fairest(pool, Rule(record.rule), record.soft_budget)
    chances = np.array([panel.tickets for panel in record.panels]) @ panels / TICKETS / pool.sizes
    near = 10 * RELATIVE_TOLERANCE * again.bound
    if again.rule is Rule.LEXIMIN:
        same = bool((np.abs(chances - again.chances) <= near).all())
    else:
        same = again.minimum - record.fairness.minimum <= near
    yield _check(
        "fairest",
        same,
        f"Working out the fairest lottery again ({again.rule}) gives the same chances.",
        f"Working out the fairest lottery again ({again.rule}) gives other chances.",
    )


def _bound_holds(record: SelectionRecord, pool: TypedPool, reachable: np.ndarray) -> bool:
    """Whether the weights prove the bound, and the types without a chance are out of reach."""
    claimed = record.fairness
    if claimed.proven and claimed.bound - claimed.minimum > 3 * RELATIVE_TOLERANCE * claimed.bound:
        return False
    finder = PanelFinder(pool, record.soft_budget)
    if not reachable.all() and not _heaviest(finder, (~reachable).astype(float), 0.5):
        return False
    if claimed.proof is None:
        return not reachable.any() or claimed.bound > 1 - NEAR
    proof = np.array(claimed.proof)
    proof = np.where(reachable, proof, 0.0)
    total = float(proof @ pool.sizes)
    if (proof < 0).any() or abs(total - 1) > NEAR:
        return False
    return _heaviest(finder, proof, claimed.bound + NEAR * max(claimed.bound, NEAR))


def _heaviest(finder: PanelFinder, weights: np.ndarray, limit: float) -> bool:
    """Whether no panel weighs more than the limit: by the linear program if that says so."""
    finder.quick(weights, nodes=0)
    if finder.relaxed_value <= limit:
        return True
    best = finder.best(weights)
    return best is None or best[1] <= limit


def _drawn(record: SelectionRecord) -> Iterator[Check]:
    if record.seed is None:
        return
    if commitment_of(record, record.seed) != record.commitment:
        return
    blank = replace(record, seed=None, public_words="", ticket=None, selected=(), stand_ins=())
    again = draw(blank, record.seed, record.public_words)
    yield _check(
        "draw",
        (again.ticket, again.selected) == (record.ticket, record.selected),
        "Drawing again from the seed selects the same people.",
        "Drawing again from the seed selects other people.",
    )
    yield _check(
        "stand_ins",
        again.stand_ins == record.stand_ins,
        "Drawing again gives the same stand-ins in the same order.",
        "Drawing again gives other stand-ins, or another order.",
    )
