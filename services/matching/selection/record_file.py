"""Read a selection record back from JSON, trusting nothing in it."""

from __future__ import annotations

import json
from typing import Any

from services.matching.selection.lottery import Rule
from services.matching.selection.pool import UnclearRequestError
from services.matching.selection.record import (
    FORMAT,
    Fairness,
    RecordedGroup,
    RecordedPanel,
    RecordedSoftTarget,
    RecordedTarget,
    RecordedType,
    SelectionRecord,
    commitment_of,
)


def read_record(text: str) -> SelectionRecord:
    """The record in a JSON text; UnclearRequestError if the text is not one."""
    try:
        return _read(json.loads(text))
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        RecursionError,
    ) as error:
        raise UnclearRequestError(
            "This file is not a complete selection record. "
            "Ask for the file as it was saved, and try again."
        ) from error


def _read(raw: dict[str, Any]) -> SelectionRecord:
    if raw["format"] != FORMAT:
        raise ValueError("format")
    fairness = raw["fairness"]
    proof = fairness["proof"]
    record = SelectionRecord(
        format=raw["format"],
        reference=str(raw["reference"]),
        rule=Rule(raw["rule"]).value,
        seats=int(raw["seats"]),
        targets=tuple(
            RecordedTarget(_read_group(t["group"]), t["minimum"], t["maximum"])
            for t in raw["targets"]
        ),
        soft_targets=tuple(
            RecordedSoftTarget(_read_group(s["group"]), s["seats"], s["weight"])
            for s in raw["soft_targets"]
        ),
        soft_budget=raw["soft_budget"],
        types=tuple(
            RecordedType(
                tuple(str(one) for one in kind["people"]),
                tuple(int(one) for one in kind["targets"]),
                tuple(int(one) for one in kind["soft_targets"]),
            )
            for kind in raw["types"]
        ),
        panels=tuple(
            RecordedPanel(
                int(panel["tickets"]),
                tuple((int(kind), int(count)) for kind, count in panel["people_by_type"]),
            )
            for panel in raw["panels"]
        ),
        stand_ins_wanted=int(raw["stand_ins_wanted"]),
        fairness=Fairness(
            minimum=float(fairness["minimum"]),
            bound=float(fairness["bound"]),
            shortfall=float(fairness["shortfall"]),
            proven=bool(fairness["proven"]),
            reachable=tuple(bool(one) for one in fairness["reachable"]),
            proof=None if proof is None else tuple(float(one) for one in proof),
        ),
        commitment=str(raw["commitment"]),
        seed=raw["seed"],
        public_words=str(raw["public_words"]),
        ticket=raw["ticket"],
        selected=tuple(str(one) for one in raw["selected"]),
        stand_ins=tuple(str(one) for one in raw["stand_ins"]),
    )
    _check_shape(record)
    return record


def _read_group(raw: dict[str, Any]) -> RecordedGroup:
    pairs = tuple((str(name), str(code)) for name, code in raw["categories"])
    return RecordedGroup(str(raw["label"]), pairs, int(raw["seated"]))


def _check_shape(record: SelectionRecord) -> None:
    """ValueError where a place points outside the record, or a text cannot be hashed."""
    kinds = range(len(record.types))
    places = [
        all(t in range(len(record.targets)) for kind in record.types for t in kind.targets),
        all(s in range(len(record.soft_targets)) for k in record.types for s in k.soft_targets),
        all(kind in kinds for panel in record.panels for kind, _ in panel.people_by_type),
        all(kind.people for kind in record.types),
        len(record.fairness.reachable) == len(kinds),
        record.fairness.proof is None or len(record.fairness.proof) == len(kinds),
        record.seed is None or isinstance(record.seed, str),
        record.ticket is None or isinstance(record.ticket, int),
    ]
    if not all(places):
        raise ValueError("shape")
    record.typed_pool()
    commitment_of(record, (record.seed or "") + record.public_words)
