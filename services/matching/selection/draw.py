"""The draw: from the seed to the people selected and their stand-ins, the same every time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from itertools import accumulate

from services.matching.selection.lottery import TICKETS
from services.matching.selection.pool import UnclearRequestError
from services.matching.selection.randomness import Stream
from services.matching.selection.record import SelectionRecord, commitment_of
from services.matching.selection.stand_ins import stand_in_types


def draw(record: SelectionRecord, seed: str, public_words: str = "") -> SelectionRecord:
    """Reveal the seed and draw: the record with seed, ticket, selected people and stand-ins.

    The ticket chooses the panel; who of each type takes part is drawn too, each as likely, and
    the stand-ins of a type are the next in that order. UnclearRequestError if the seed is not the
    one committed to, or the draw has been held.
    """
    if record.ticket is not None:
        raise UnclearRequestError("This draw has been held. A record is drawn once.")
    if commitment_of(record, seed) != record.commitment:
        raise UnclearRequestError("This is not the seed that was committed to before the draw.")
    key = (record.format, record.commitment, seed, public_words)
    ticket = Stream(*key, "ticket").below(TICKETS)
    ends = list(accumulate(panel.tickets for panel in record.panels))
    panel = record.panel(bisect_right(ends, ticket))
    order = stand_in_types(record.typed_pool(), panel, record.stand_ins_wanted)
    queues = {
        kind: iter(Stream(*key, f"type {kind}").shuffled(record.types[kind].people))
        for kind in range(len(record.types))
        if panel[kind] or kind in order
    }
    selected = [next(queue) for kind, queue in queues.items() for _place in range(int(panel[kind]))]
    return replace(
        record,
        seed=seed,
        public_words=public_words,
        ticket=ticket,
        selected=tuple(sorted(selected)),
        stand_ins=tuple(next(queues[kind]) for kind in order),
    )
