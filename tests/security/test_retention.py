"""What has been kept for long enough goes by a dated schedule, never before it was counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.retaining import OURS, RULES, carry_out, due, in_words
from services.matching.models import MatchRow
from services.notifications.models import Inbound, Message
from services.outreach.models import OutreachContact, Participant
from services.runtime.audit import first_broken_seq
from services.runtime.clock import utc_now
from services.runtime.retention import (
    Kept,
    Schedule,
    ScheduleError,
    code_of,
    matched,
    read_schedule,
)
from services.runtime.tables import audit
from tests.security.test_erasure import tables
from tests.support.lived import lived_in
from tests.support.whole import Who, Whole

TOP = Path(__file__).resolve().parents[2]


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[tuple[Whole, Who]]:
    with lived_in(tmp_path / "data") as made:
        yield made


def clear(world: Whole, now: datetime) -> dict[str, int]:
    schedule = read_schedule(OURS)
    done = carry_out(world.nodes, schedule, due(world.nodes, schedule, now), now)
    if any(done.values()):
        world.settle()
    return done


def counted(world: Whole, now: datetime) -> dict[str, int]:
    return {one.rule.kind: one.count for one in due(world.nodes, read_schedule(OURS), now)}


def contents(world: Whole) -> str:
    left_out = ("audit", "cursors", "inbox")
    return json.dumps(
        [
            (name, sorted(str(row) for row in rows))
            for name, _, rows in tables(world)
            if not name.endswith(left_out)
        ]
    )


def test_nothing_is_due_early_and_a_plan_changes_nothing(lived: tuple[Whole, Who]) -> None:
    world, _ = lived
    before = contents(world)
    now = utc_now()
    assert set(counted(world, now).values()) == {0}
    late = counted(world, now + timedelta(days=5000))
    assert late["contact-notes"] > 0
    assert late["participants-not-heard-of"] > 0
    assert late["contents"] > 0
    assert contents(world) == before
    assert set(clear(world, now).values()) == {0}
    assert contents(world) == before


def test_notes_go_after_their_time_and_the_contact_stays_for_the_counts(
    lived: tuple[Whole, Who],
) -> None:
    world, _ = lived
    node = world.node("outreach")
    contacts = node.database.read(lambda s: s.scalar(select(func.count(OutreachContact.id))))
    now = utc_now() + timedelta(days=366)
    planned = counted(world, now)["contact-notes"]
    assert planned > 0
    assert clear(world, now)["contact-notes"] == planned
    with node.database.reading() as session:
        left = session.scalars(select(OutreachContact)).all()
        assert len(left) == contacts
        assert {(one.notes, one.asked) for one in left} == {(None, None)}
    assert counted(world, now)["contact-notes"] == 0


def test_who_took_every_yes_back_is_erased_in_every_service_after_a_month(
    lived: tuple[Whole, Who],
) -> None:
    world, worker = lived
    gone, stays = (one.id for one in world.records if one.parameter == "participant_id")
    held = worker.client.get(f"/outreach/api/v1/participants/{gone}").json()["consents"]
    no = [
        {key: said[key] for key in ("purpose", "channel", "wording_version")} | {"given": False}
        for said in held
    ]
    body: dict[str, Any] = {"consents": no, "recorded_at": utc_now().isoformat()}
    answer = worker.client.post(f"/outreach/api/v1/participants/{gone}/consents", json=body)
    assert answer.status_code == 200, answer.text
    world.settle()
    soon, later = utc_now() + timedelta(days=29), utc_now() + timedelta(days=31)
    assert clear(world, soon)["participants-without-consent"] == 0
    assert clear(world, later)["participants-without-consent"] == 1
    assert worker.client.get(f"/outreach/api/v1/participants/{gone}").status_code == 410
    assert worker.client.get(f"/outreach/api/v1/participants/{stays}").status_code == 200
    for name, _, rows in tables(world):
        if name in ("matching.profiles", "notifications.recipients", "outreach.participants"):
            assert gone.replace("-", "") not in str(rows)


def test_after_years_of_silence_people_words_and_explanations_are_gone_and_counts_stay(
    lived: tuple[Whole, Who],
) -> None:
    world, _ = lived
    matching, notifications = world.node("matching"), world.node("notifications")
    matches = matching.database.read(lambda s: s.scalar(select(func.count(MatchRow.id))))
    messages = notifications.database.read(lambda s: s.scalar(select(func.count(Message.id))))
    clear(world, utc_now() + timedelta(days=5000))
    outreach = world.node("outreach")
    assert outreach.database.read(lambda s: s.scalar(select(func.count(Participant.id)))) == 0
    assert matching.database.read(lambda s: s.scalar(select(func.count(MatchRow.id)))) == matches
    with notifications.database.reading() as session:
        assert session.scalar(select(func.count(Message.id))) == messages
        assert session.scalars(select(Message.sealed)).unique().all() == [None]
        done = select(Inbound.sealed).where(Inbound.state == "done")
        assert set(session.scalars(done)) <= {None}


def test_every_batch_is_in_the_trail_with_its_count_and_the_schedule(
    lived: tuple[Whole, Who],
) -> None:
    world, _ = lived
    done = clear(world, utc_now() + timedelta(days=5000))
    told: dict[str, str] = {}
    query = select(audit.c.subject_id, audit.c.why).where(audit.c.action == "retention:apply")
    for node in world.nodes:
        told |= {row[0]: row[1] for row in node.database.read(lambda s: s.execute(query).all())}
        assert node.database.read(first_broken_seq) is None
    assert set(told) == {kind for kind, count in done.items() if count}
    assert told["contact-notes"].startswith(f"{done['contact-notes']} records, schedule of 20")


def test_the_command_needs_the_code_of_a_plan_that_still_holds(
    lived: tuple[Whole, Who], tmp_path: Path
) -> None:
    world, _ = lived
    short = OURS.read_text().replace("days = 365", "days = 1")
    (tmp_path / "ours.toml").write_text(short)
    environment = {
        "NEWVOICES_DATA_DIR": str(world.nodes[0].settings.data_dir),
        "NEWVOICES_RETENTION_SCHEDULE": str(tmp_path / "ours.toml"),
    }

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, ["retention", *words], env=environment)
        return result.exit_code, result.output

    code, said = run("plan")
    assert code == 0, said
    assert "nothing was changed" in said
    plan = said.rsplit("apply ", 1)[1].strip()
    assert run("apply", "00000000")[0] == 1
    assert run("apply", plan)[0] == 0
    # A changed schedule makes another code.
    later = short.replace('version = "2026-11-24"', 'version = "2027-01-01"')
    (tmp_path / "ours.toml").write_text(later)
    assert run("apply", plan)[0] == 1


def test_a_rule_without_a_time_and_a_time_without_a_rule_are_refused(tmp_path: Path) -> None:
    schedule = read_schedule(OURS)
    assert len(matched(schedule, RULES)) == sum(len(rules) for rules in RULES.values())
    spare = Kept(days=1, since=schedule.version, reason="a reason that is long enough")
    more = {**schedule.kept, "matching": {**schedule.kept["matching"], "unheard-of": spare}}
    less = {**schedule.kept, "matching": {}}
    for kept in (more, less, {**schedule.kept, "elsewhere": {}}):
        with pytest.raises(ScheduleError):
            matched(Schedule(version=schedule.version, kept=kept, for_good={}), RULES)
    for text in ("", "version = 1", 'version = "2026-01-01"\n[kept.a.b]\ndays = 0'):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(ScheduleError):
            read_schedule(tmp_path / "bad.toml")


def test_another_count_makes_another_code(lived: tuple[Whole, Who]) -> None:
    world, _ = lived
    schedule, now = read_schedule(OURS), utc_now()
    early = code_of(schedule, due(world.nodes, schedule, now))
    late = code_of(schedule, due(world.nodes, schedule, now + timedelta(days=5000)))
    assert early != late


def test_the_document_says_what_the_code_does() -> None:
    written = (TOP / "docs" / "security" / "retention.md").read_text()
    assert written == in_words(read_schedule(OURS)), "newvoices retention document > the file"
