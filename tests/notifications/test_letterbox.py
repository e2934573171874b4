"""What is answered is kept, whatever happens before the database has it."""

from __future__ import annotations

import asyncio
import errno
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, select

from services.notifications import arriving, letterbox, store
from services.notifications.arriving import TAKEN_TOGETHER, arrivals
from services.notifications.letterbox import InUse, Letterbox, Values
from services.notifications.models import Base, Receipt
from services.notifications.receipts import settle_receipts
from services.runtime.node import Node
from tests.support.journey import Journey

RECEIPTS: Table = Base.metadata.tables["receipts"]


def report(number: int, now: datetime) -> Values:
    return {
        "provider_id": f"SM{number}",
        "status": "sent",
        "message_id": uuid4(),
        "error_code": "",
        "received_at": now,
    }


def box_at(folder: Path) -> Letterbox:
    return Letterbox(folder / "receipts.box", RECEIPTS, lambda: None)


def left_behind(folder: Path, rows: list[Values]) -> bytes:
    """The file of a process that has answered these reports and then died."""
    box = box_at(folder)
    for row in rows:
        box.put(row).result(10)
    content = (folder / "receipts.box").read_bytes()
    box.close()
    return content


def kept(node: Node) -> set[str]:
    return set(node.database.read(lambda session: session.scalars(select(Receipt.provider_id))))


def test_a_report_that_was_answered_is_found_by_the_next_process(
    tmp_path: Path, journey: Journey
) -> None:
    rows = [report(n, journey.clock()) for n in range(3)]
    left_behind(tmp_path, rows)
    found = box_at(tmp_path)
    assert found.waiting(10) == rows
    found.close()


def test_a_line_that_was_cut_off_was_never_answered_and_spoils_nothing(
    tmp_path: Path, journey: Journey
) -> None:
    now = journey.clock()
    content = left_behind(tmp_path, [report(n, now) for n in range(2)])
    (tmp_path / "receipts.box").write_bytes(content + content[:40])
    box = box_at(tmp_path)
    box.put(report(7, now)).result(10)
    box.close()
    again = box_at(tmp_path)
    assert [row["provider_id"] for row in again.waiting(10)] == ["SM0", "SM1", "SM7"]
    again.close()


def test_nothing_is_answered_that_the_disk_refused(
    tmp_path: Path, journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = journey.clock()
    box = box_at(tmp_path)
    box.put(report(1, now)).result(10)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "no space")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", full)
        with pytest.raises(OSError, match="no space"):
            box.put(report(2, now)).result(10)
    box.put(report(3, now)).result(10)
    box.close()
    again = box_at(tmp_path)
    assert [row["provider_id"] for row in again.waiting(10)] == ["SM1", "SM3"]
    again.close()


def test_what_came_while_it_is_emptied_is_saved_first(tmp_path: Path, journey: Journey) -> None:
    box = box_at(tmp_path)
    box.put(report(1, journey.clock())).result(10)
    saved: list[Values] = []
    box.empty(saved.extend)
    assert [row["provider_id"] for row in saved] == ["SM1"]
    assert box.waiting(10) == []
    assert (tmp_path / "receipts.box").read_bytes() == b""
    box.close()


def test_two_processes_never_take_from_one_box(tmp_path: Path) -> None:
    box = box_at(tmp_path)
    with pytest.raises(InUse):
        box_at(tmp_path)
    box.close()
    box_at(tmp_path).close()


def test_a_report_answered_before_a_crash_takes_effect_after_it_once(journey: Journey) -> None:
    node, now = journey.node, journey.clock()
    folder = Path(node.settings.data_dir)
    rows = [report(n, now) for n in range(TAKEN_TOGETHER + 5)]
    left_behind(folder, rows)
    (folder / "receipts.box").rename(folder / "notifications-receipts.box")
    # One of them had reached the database already when the process died.
    node.writer.write(lambda session: store.add_once(session, Receipt, rows[:1]))
    while settle_receipts(node, now):
        pass
    assert kept(node) == {row["provider_id"] for row in rows}


def test_a_transaction_that_fails_leaves_the_reports_waiting(journey: Journey) -> None:
    node, now = journey.node, journey.clock()
    settle_receipts(node, now)
    asyncio.run(arrivals(node, Receipt).keep(report(1, now)))

    def broken(_session: object) -> int:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError):
        arriving.take_in(node, Receipt, "SELECT 1 FROM receipts WHERE handled = false", broken)
    assert kept(node) == set()
    settle_receipts(node, now)
    assert kept(node) == {"SM1"}


def test_closing_the_service_leaves_nothing_in_the_file(journey: Journey) -> None:
    node, now = journey.node, journey.clock()
    settle_receipts(node, now)
    asyncio.run(arrivals(node, Receipt).keep(report(1, now)))
    file = Path(node.settings.data_dir) / "notifications-receipts.box"
    assert b"SM1" in file.read_bytes()
    node.close()
    assert file.read_bytes() == b""


@pytest.mark.parametrize("limit", ["QUIET_SECONDS", "FULL_BYTES"])
def test_the_file_is_emptied_when_it_is_quiet_and_when_it_is_full(
    journey: Journey, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    node, now = journey.node, journey.clock()
    file = Path(node.settings.data_dir) / "notifications-receipts.box"
    settle_receipts(node, now)
    asyncio.run(arrivals(node, Receipt).keep(report(1, now)))
    monkeypatch.setattr(letterbox, limit, -1)
    while settle_receipts(node, now):
        pass
    assert kept(node) == {"SM1"}
    assert file.read_bytes() == b""
