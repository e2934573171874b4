"""Every event into effect at once, whatever carries events otherwise; no timed work is done.

For a restore: nobody may be seen whom an event still has to erase, and nothing may be sent. Events
that a service had already are known by their ids; Kafka may bring them again later.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from services.runtime import inbox, outbox
from services.runtime.node import Node
from services.runtime.processor import process

PAGE = 500


def deliver(nodes: Sequence[Node]) -> None:
    """Until nothing is left to take in."""
    read: dict[tuple[str, str], int] = {}
    busy = True
    while busy:
        busy = False
        for node in nodes:
            for source in nodes:
                if source is not node:
                    busy |= _hand_over(node, source, read)
            while process(node, node.now()):
                busy = True


def _hand_over(node: Node, source: Node, read: dict[tuple[str, str], int]) -> bool:
    """One page of a sender's events; true if there was one."""
    way = (node.name, source.name)
    rows = source.database.read(partial(outbox.read_after, seq=read.get(way, 0), limit=PAGE))
    if not rows:
        return False
    raws = [
        inbox.Raw(topic, key, payload, f"{source.name}:{seq}")
        for seq, topic, key, payload in rows
        if topic in node.service.topics
    ]

    def take_in(session: Session) -> None:
        inbox.receive(session, raws, node.service.readers, node.now())

    node.writer.write(take_in)
    read[way] = rows[-1][0]
    return True
