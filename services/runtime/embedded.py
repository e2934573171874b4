"""Everything in one process: consumers read the other services' outboxes with durable cursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from services.runtime import inbox, outbox
from services.runtime.failpoints import failpoint
from services.runtime.loops import Loops, joined
from services.runtime.node import Node
from services.runtime.processor import process, process_batch
from services.runtime.service import BackgroundJob
from services.runtime.signal import Signal
from services.runtime.tables import cursors
from services.runtime.tidying import EVERY_SECONDS, tidy_read

FEED = 500


class EmbeddedRunner:
    """Threads that carry events between the nodes of this process and run their jobs."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self._loops = Loops()
        self._seldom = Signal()

    def start(self) -> None:
        for node in self.nodes:
            wake = joined([other.committed for other in self.nodes])
            self._loops.spawn(f"consume-{node.name}", partial(self._consume, node), wake)
            for job in node.service.jobs:
                self._spawn_job(node, job)
            others = [other for other in self.nodes if other is not node]
            tidy = partial(self._tidy, node, others)
            self._loops.spawn(f"tidy-{node.name}", tidy, self._seldom, EVERY_SECONDS)

    def stop(self) -> None:
        self._loops.stop([self._seldom, *(node.committed for node in self.nodes)])

    def settle(self, now: Callable[[], datetime] | None = None) -> None:
        """Deliver everything and run every job until nothing is left to do (no threads needed)."""
        busy = True
        while busy:
            busy = False
            for node in self.nodes:
                at = now() if now else node.now()
                busy |= feed(node, self.nodes, at)
                busy |= process(node, at)
                for job in node.service.jobs:
                    busy |= job.run(node, at)

    def _consume(self, node: Node) -> bool:
        return feed(node, self.nodes, node.now()) | process(node, node.now())

    def _tidy(self, node: Node, others: Sequence[Node]) -> bool:
        return tidy_read(node, others, node.now())

    def _spawn_job(self, node: Node, job: BackgroundJob) -> None:
        self._loops.spawn(
            f"{job.name}-{node.name}", lambda: job.run(node, node.now()), node.committed, job.every
        )


def feed(node: Node, sources: Sequence[Node], now: datetime) -> bool:
    """Take one batch of each other service's outbox into the inbox and effect; true if any."""
    moved = False
    for source in sources:
        if source is not node:
            moved |= _feed_from(node, source, now)
    return moved


def _feed_from(node: Node, source: Node, now: datetime) -> bool:
    after = node.database.read(lambda session: cursor_of(session, source.name))
    rows = source.database.read(lambda session: outbox.read_after(session, after, FEED))
    if not rows:
        return False
    topics = node.service.topics
    raws = [
        inbox.Raw(topic, key, payload, f"{source.name}:{seq}")
        for seq, topic, key, payload in rows
        if topic in topics
    ]

    def take_in(session: Session) -> int:
        received = inbox.receive(session, raws, node.service.readers, now)
        _advance(session, source.name, rows[-1][0])
        failpoint("feed.before-commit")
        # In the same transaction: one commit less between cause and effect.
        return process_batch(node, session, now) if received else 0

    node.writer.write(take_in)
    failpoint("feed.after-commit")
    return True


def cursor_of(session: Session, source: str) -> int:
    return session.scalar(select(cursors.c.seq).where(cursors.c.source == source)) or 0


def _advance(session: Session, source: str, seq: int) -> None:
    statement = insert(cursors).values(source=source, seq=seq)
    session.execute(statement.on_conflict_do_update(index_elements=["source"], set_={"seq": seq}))
