"""What a provider posts in a burst is written down together, and before all else."""

from __future__ import annotations

import asyncio
import threading
from datetime import datetime
from typing import Any

from sqlalchemy import event as sql_event
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.notifications.arriving import Arrivals
from services.notifications.models import Receipt
from tests.support.journey import Journey


def row(number: int, now: datetime) -> dict[str, Any]:
    return {
        "provider_id": f"SM{number}",
        "status": "sent",
        "message_id": None,
        "error_code": "",
        "received_at": now,
    }


def test_reports_that_come_while_the_writer_is_busy_are_one_statement(journey: Journey) -> None:
    node, release, began = journey.node, threading.Event(), threading.Event()
    order: list[str] = []

    def long_work(_session: Session) -> None:
        began.set()
        release.wait(30)

    node.writer.submit(long_work)
    began.wait(30)
    sql_event.listen(
        node.database.engine,
        "after_cursor_execute",
        lambda *a: order.append(a[2][:20]) if a[2].startswith("INSERT INTO receipts") else None,
    )
    later = node.writer.submit(lambda _session: order.append("others"))
    arrivals, now = Arrivals(node, Receipt), journey.clock()

    async def burst() -> None:
        # The same report twice in one burst is one row.
        waiting = [asyncio.ensure_future(arrivals.keep(row(n % 20, now))) for n in range(25)]
        await asyncio.sleep(0)
        waiting[3].cancel()
        release.set()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(burst())
    later.result(30)
    assert order == ["INSERT INTO receipts", "others"]
    kept = node.database.read(lambda session: session.scalars(select(Receipt.provider_id)).all())
    assert sorted(kept) == sorted(f"SM{n}" for n in range(20))
