"""The record of a selection: everything needed to check it and to run it again.

The full record holds participants' ids with the targeted groups they are in, so it is for those
who may see the matching profile. `public_notice` is what everyone may see.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np

from services.matching.selection.lottery import TICKETS, Lottery
from services.matching.selection.pool import (
    Group,
    Ints,
    SoftTarget,
    Target,
    TypedPool,
    UnclearRequestError,
)

FORMAT = "newvoices-selection-1"


@dataclass(frozen=True)
class RecordedGroup:
    """The group of a target: its label, (characteristic, code) pairs, and members seated."""

    label: str
    categories: tuple[tuple[str, str], ...]
    seated: int


@dataclass(frozen=True)
class RecordedTarget:
    """A target as Target."""

    group: RecordedGroup
    minimum: int
    maximum: int | None


@dataclass(frozen=True)
class RecordedSoftTarget:
    """A soft target as SoftTarget."""

    group: RecordedGroup
    seats: int
    weight: int


@dataclass(frozen=True)
class RecordedType:
    """Identical people: their ids, and the places of the targets and soft targets they count in."""

    people: tuple[str, ...]
    targets: tuple[int, ...]
    soft_targets: tuple[int, ...]


@dataclass(frozen=True)
class RecordedPanel:
    """A panel as (type, people) pairs, and how many of the tickets draw it."""

    tickets: int
    people_by_type: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Fairness:
    """What the lottery claims: see Lottery. `proof` has one weight a type, or is None."""

    minimum: float
    bound: float
    shortfall: float
    proven: bool
    reachable: tuple[bool, ...]
    proof: tuple[float, ...] | None


@dataclass(frozen=True)
class SelectionRecord:
    """A prepared selection, and after the draw its seed and outcome.

    `commitment` (SHA-256, hexadecimal) is published before the draw. `public_words` are words or
    numbers that somebody outside adds after that, so that the seed alone decides nothing.
    """

    format: str
    reference: str
    rule: str
    seats: int
    targets: tuple[RecordedTarget, ...]
    soft_targets: tuple[RecordedSoftTarget, ...]
    soft_budget: int | None
    types: tuple[RecordedType, ...]
    panels: tuple[RecordedPanel, ...]
    stand_ins_wanted: int
    fairness: Fairness
    commitment: str
    seed: str | None = None
    public_words: str = ""
    ticket: int | None = None
    selected: tuple[str, ...] = ()
    stand_ins: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The record as JSON text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    def typed_pool(self) -> TypedPool:
        """The pool with identical people pooled, rebuilt from the record."""
        kinds = len(self.types)
        in_target = np.zeros((kinds, len(self.targets)), dtype=np.int64)
        in_soft = np.zeros((kinds, len(self.soft_targets)), dtype=np.int64)
        for index, kind in enumerate(self.types):
            in_target[index, list(kind.targets)] = 1
            in_soft[index, list(kind.soft_targets)] = 1
        seated = np.array([target.group.seated for target in self.targets], dtype=np.int64)
        most = [
            self.seats if t.maximum is None else t.maximum - t.group.seated for t in self.targets
        ]
        least = [t.minimum - t.group.seated for t in self.targets]
        softs = self.soft_targets
        return TypedPool(
            seats=self.seats,
            targets=tuple(Target(_group(t.group), t.minimum, t.maximum) for t in self.targets),
            soft_targets=tuple(SoftTarget(_group(s.group), s.seats, s.weight) for s in softs),
            ids=tuple(kind.people for kind in self.types),
            sizes=np.array([len(kind.people) for kind in self.types], dtype=np.int64),
            in_target=in_target,
            in_soft=in_soft,
            lower=np.maximum(np.array(least, dtype=np.int64), 0),
            upper=np.array(most, dtype=np.int64),
            seated=seated,
            wanted=np.array([s.seats - s.group.seated for s in softs], dtype=np.int64),
        )

    def panel(self, index: int) -> Ints:
        """One panel as people a type (T,)."""
        people = np.zeros(len(self.types), dtype=np.int64)
        for kind, count in self.panels[index].people_by_type:
            people[kind] = count
        return people


def _group(recorded: RecordedGroup) -> Group:
    return Group(frozenset(recorded.categories), recorded.label)


def commitment_of(record: SelectionRecord, seed: str) -> str:
    """SHA-256 of the seed, the pool's hash, the targets and the panels, as hexadecimal.

    Hashed is compact JSON with sorted keys. The seed is secret until the draw and keeps anyone
    from guessing the pool's answers from the hash.
    """
    whole = asdict(record)
    sealed = {
        "format": record.format,
        "reference": record.reference,
        "seed": seed,
        "pool": sha256(_canonical([asdict(kind) for kind in record.types])).hexdigest(),
        **{
            name: whole[name]
            for name in (
                "rule",
                "seats",
                "targets",
                "soft_targets",
                "soft_budget",
                "panels",
                "stand_ins_wanted",
            )
        },
    }
    return sha256(_canonical(sealed)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def prepare(
    lottery: Lottery, seed: str, *, reference: str = "", stand_ins: int = 0
) -> SelectionRecord:
    """The record to keep before the draw; publish its `public_notice`, keep the seed secret.

    `seed` is 64 hexadecimal digits from a source nobody can foresee (secrets.token_hex(32));
    `reference` names the opportunity; `stand_ins` is how many stand-ins to draw as well.
    """
    if len(seed) != 64 or not set(seed) <= set("0123456789abcdef"):
        raise UnclearRequestError("The seed must be 64 hexadecimal digits (0 to 9, a to f).")
    pool = lottery.pool
    record = SelectionRecord(
        format=FORMAT,
        reference=reference,
        rule=lottery.rule.value,
        seats=pool.seats,
        targets=tuple(
            RecordedTarget(_recorded(t.group, int(seated)), t.minimum, t.maximum)
            for t, seated in zip(pool.targets, pool.seated, strict=True)
        ),
        soft_targets=tuple(
            RecordedSoftTarget(_recorded(s.group, s.seats - int(wanted)), s.seats, s.weight)
            for s, wanted in zip(pool.soft_targets, pool.wanted, strict=True)
        ),
        soft_budget=lottery.soft_budget,
        types=tuple(
            RecordedType(ids, _places(hard), _places(soft))
            for ids, hard, soft in zip(pool.ids, pool.in_target, pool.in_soft, strict=True)
        ),
        panels=tuple(
            RecordedPanel(int(tickets), tuple((t, int(panel[t])) for t in _places(panel)))
            for panel, tickets in zip(lottery.panels, lottery.tickets, strict=True)
        ),
        stand_ins_wanted=stand_ins,
        fairness=Fairness(
            minimum=lottery.minimum,
            bound=lottery.bound,
            shortfall=lottery.shortfall,
            proven=lottery.proven,
            reachable=tuple(bool(one) for one in lottery.reachable),
            proof=None if lottery.proof is None else tuple(float(one) for one in lottery.proof),
        ),
        commitment="",
    )
    return replace(record, commitment=commitment_of(record, seed))


def _recorded(group: Group, seated: int) -> RecordedGroup:
    return RecordedGroup(group.label, tuple(sorted(group.categories)), seated)


def _places(row: Ints) -> tuple[int, ...]:
    return tuple(int(place) for place in np.nonzero(row)[0])


def public_notice(record: SelectionRecord) -> dict[str, Any]:
    """What to publish, before and after the draw: no ids, no one's categories."""
    fairness = record.fairness
    return {
        "format": record.format,
        "reference": record.reference,
        "commitment": record.commitment,
        "rule": record.rule,
        "seats": record.seats,
        "people_in_the_pool": sum(len(kind.people) for kind in record.types),
        "targets": [
            {"group": t.group.label, "at_least": t.minimum, "at_most": t.maximum}
            for t in record.targets
        ],
        "panels": len(record.panels),
        "tickets": TICKETS,
        "smallest_chance": fairness.minimum,
        "largest_possible_smallest_chance": fairness.bound,
        "proven": fairness.proven,
        "seed": record.seed,
        "public_words": record.public_words,
        "ticket": record.ticket,
    }
