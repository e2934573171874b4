"""Everything in one process: consumers read the other services' outboxes with durable cursors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

from services.runtime import inbox
from services.runtime.failpoints import failpoint
from services.runtime.loops import Loops, joined
from services.runtime.node import Node
from services.runtime.processor import process, process_batch
from services.runtime.service import BackgroundJob
from services.runtime.signal import Signal
from services.runtime.tables import cursors
from services.runtime.tidying import EVERY_SECONDS, tidy_read

FEED = 500
# What a service does not read is passed by without a commit, up to so many rows and so long.
PASSED_BY = 2000
PASSED_FOR = timedelta(minutes=1)

CURSOR = "SELECT seq FROM cursors WHERE source = ?"
ROWS_AFTER = "SELECT seq, topic, key, payload FROM outbox WHERE seq > ? ORDER BY seq LIMIT ?"


class EmbeddedRunner:
    """Threads that carry events between the nodes of this process and run their jobs."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.nodes = list(nodes)
        self._loops = Loops()
        self._seldom = Signal()

    def start(self) -> None:
        for node in self.nodes:
            wake = joined([other.committed for other in self.nodes])
            self._loops.spawn(f"consume-{node.name}", Consumer(node, self.nodes).step, wake)
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

    def _tidy(self, node: Node, others: Sequence[Node]) -> bool:
        return tidy_read(node, others, node.now())

    def _spawn_job(self, node: Node, job: BackgroundJob) -> None:
        wake = node.committed if job.after_commits else self._seldom
        self._loops.spawn(
            f"{job.name}-{node.name}",
            lambda: job.run(node, node.now()),
            wake,
            job.every,
            job.gather,
        )


class Consumer:
    """One service's way through the outboxes of the others, as its own thread goes it."""

    def __init__(self, node: Node, nodes: Sequence[Node]) -> None:
        self._node = node
        self._feeds = [Feed(node, source) for source in nodes if source is not node]

    def step(self) -> bool:
        now = self._node.now()
        moved = [feed.step(now) for feed in self._feeds]
        return process(self._node, now) or any(moved)


class Feed:
    """From one service's outbox into another's inbox and effect; remembers what it passed by."""

    def __init__(self, node: Node, source: Node, pass_by: int = PASSED_BY) -> None:
        self._node, self._source, self._pass_by = node, source, pass_by
        self._kept = self._passed = 0
        self._noted: datetime | None = None

    def step(self, now: datetime) -> bool:
        """Take one batch; true if there was anything to take or to pass by."""
        rows = self._source.database.glance(ROWS_AFTER, (self._position(), FEED))
        if not rows:
            self._note_in_time(now)
            return False
        topics = self._node.service.topics
        raws = [
            inbox.Raw(topic, key, payload, f"{self._source.name}:{seq}")
            for seq, topic, key, payload in rows
            if topic in topics
        ]
        self._passed = rows[-1][0]
        if raws or self._passed - self._kept > self._pass_by:
            self._take_in(raws, now)
        return True

    def _position(self) -> int:
        kept = cursor_of(self._node, self._source.name)
        if kept < self._kept:
            # Somebody has set it back, so that all since then comes once more.
            self._passed = kept
        self._kept = kept
        return max(kept, self._passed)

    def _note_in_time(self, now: datetime) -> None:
        """What was passed by may be forgotten at its source, but only once the cursor says so."""
        self._noted = self._noted or now
        if self._passed > self._kept and now - self._noted > PASSED_FOR:
            self._take_in([], now)

    def _take_in(self, raws: Sequence[inbox.Raw], now: datetime) -> None:
        job = partial(_take_in, self._node, self._source.name, raws, self._passed, now)
        self._node.writer.write(job)
        self._noted = now
        failpoint("feed.after-commit")


def feed(node: Node, sources: Sequence[Node], now: datetime) -> bool:
    """Take one batch of each other service's outbox into the inbox and effect; true if any."""
    moved = [Feed(node, source, 0).step(now) for source in sources if source is not node]
    return any(moved)


def _take_in(
    node: Node, source: str, raws: Sequence[inbox.Raw], last: int, now: datetime, session: Session
) -> int:
    received = inbox.receive(session, raws, node.service.readers, now)
    _advance(session, source, last)
    failpoint("feed.before-commit")
    # In the same transaction: one commit less between cause and effect.
    return process_batch(node, session, now) if received else 0


def cursor_of(node: Node, source: str) -> int:
    found = node.database.glance(CURSOR, (source,))
    return int(found[0][0]) if found else 0


def _advance(session: Session, source: str, seq: int) -> None:
    session.execute(_ADVANCE, {"source": source, "seq": seq})


_INSERT = insert(cursors)
_ADVANCE = _INSERT.on_conflict_do_update(
    index_elements=["source"], set_={"seq": _INSERT.excluded.seq}
)
