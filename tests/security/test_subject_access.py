"""A person's copy holds what every service knows about them, and nothing of anybody else."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from services.cli.community import PEOPLE
from services.cli.journey import contact_body, opportunity_body, participant_body
from services.cli.main import app
from services.cli.subject_access import EXPORTS
from services.matching import subject_access as matching
from services.notifications import subject_access as notifications
from services.outreach import subject_access as outreach
from services.runtime.audit import first_broken_seq
from services.runtime.security.principal import Role
from services.runtime.subject_access import reads
from tests.support.whole import Who, Whole, populate, reply, whole

NAME, PHONE, EMAIL = "Quintessa Marblethwaite", "07700 900876", "quintessa@zebrafinch.example"
NOTES, REPLY = "Ask for the plumtree entrance.", "Is wombatical parking near?"

# Column names by which a table may tell of a participant.
HINTS = ("participant", "person", "holder", "recipient", "phone", "email", "sealed", "notes")
# Tables that name no participant, and what they are about instead. A new table with such a column
# has to be put here, or it has a column participant_id and is in the copy.
ABOUT_OTHERS = {
    "outreach": {
        "contacts": "the outreach contact; the notes of a talk with the person are in `met_at`",
        "accounts sign_ins sign_in_tries second_factors recovery_codes passkeys": "staff",
        "identities sign_in_steps learning_done learning_familiarity": "staff",
        "organisation_settings": "staff",
        "safeguarding_steps": "belongs to a concern, which is left out with its reason",
        "monitoring_answers": "in the copy as `equality_monitoring`",
        "monitoring_published": "counts",
    },
    "matching": {"opportunities targets members area_profiles draws feedback": "opportunities"},
    "notifications": {
        "opportunity_facts bsl_videos template_versions": "opportunities and templates",
        "receipts": "states of messages by the provider's number",
    },
}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Whole, str, Path]]:
    data = tmp_path_factory.mktemp("subject") / "data"
    with whole(data) as world:
        worker, coordinator = world.sign_in(Role.LINK_WORKER), world.sign_in(Role.COORDINATOR)
        populate(world, worker, coordinator, 500)
        yield world, _journey(world, worker, coordinator), data


def _journey(world: Whole, worker: Who, coordinator: Who) -> str:
    person, contact = str(uuid4()), str(uuid4())
    talk = contact_body("Elmfield food bank") | {"notes": NOTES, "asked": NOTES}
    assert worker.client.put(f"/outreach/api/v1/contacts/{contact}", json=talk).is_success
    body = participant_body(PEOPLE[0], contact) | {
        "name": NAME,
        "phone": PHONE,
        "email": EMAIL,
        "monitoring": {"religion": ["muslim"]},
    }
    body["consents"] = [
        {"purpose": "contact", "channel": "sms", "given": True, "wording_version": "1"},
        {"purpose": "matching", "given": True, "wording_version": "1"},
        {"purpose": "monitoring", "given": True, "wording_version": "1"},
    ]
    assert worker.client.put(f"/outreach/api/v1/participants/{person}", json=body).is_success
    concern = {"what": "Somebody takes her pension.", "urgency": "today", "participant_id": person}
    assert worker.client.post("/outreach/api/v1/concerns", json=concern).is_success
    world.settle()
    opened = coordinator.client.post("/matching/api/v1/opportunities", json=opportunity_body())
    world.settle()
    items = coordinator.client.get(f"{opened.headers['location']}/proposals").json()["items"]
    proposal = next(one for one in items if one["participant_id"] == person)
    approve = f"/matching/api/v1/proposals/{proposal['match_id']}/approve"
    assert coordinator.client.post(approve, json={}).is_success
    world.settle()
    reply(world, PHONE, REPLY, f"SM{'e' * 32}")
    world.settle()
    return person


def export(data: Path, person: str, file: Path) -> dict[str, Any]:
    result = CliRunner().invoke(
        app, ["subject-access", person, str(file)], env={"NEWVOICES_DATA_DIR": str(data)}
    )
    assert result.exit_code == 0, result.output
    assert NAME not in result.output
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def test_the_copy_holds_what_every_service_knows(
    lived: tuple[Whole, str, Path], tmp_path: Path
) -> None:
    _world, person, data = lived
    file = tmp_path / "copy.json"
    held = export(data, person, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert set(held) == set(EXPORTS) == {"outreach", "matching", "notifications"}
    outreach_part = held["outreach"]
    (row,) = outreach_part["tables"]["participants"]
    assert (row["name"], row["phone"], row["email"]) == (NAME, "+447700900876", EMAIL)
    about = outreach_part["about"][person]
    assert about["equality_monitoring"] == {"religion": ["muslim"]}
    assert about["met_at"]["notes"] == NOTES
    assert {"consents", "matching_profile"} <= set(outreach_part["tables"])
    assert "safeguarding_concerns" in outreach_part["left_out"]
    assert "pension" not in file.read_text()
    assert {"profiles", "consents", "matches", "decisions"} <= set(held["matching"]["tables"])
    told = held["notifications"]["tables"]
    assert any("New Voices" in message["sealed"] for message in told["messages"])
    assert REPLY in [inbound["sealed"] for inbound in told["inbound"]]
    assert {"recipients", "consent_ledger", "invitations"} <= set(told)
    for part in held.values():
        assert part["who_read_or_changed_it"]
        assert "actor" not in part["who_read_or_changed_it"][0]


def test_it_holds_nothing_of_anybody_else_and_no_key(
    lived: tuple[Whole, str, Path], tmp_path: Path
) -> None:
    world, person, data = lived
    text = json.dumps(export(data, person, tmp_path / "copy.json"))
    others = [one.id for one in world.records if one.parameter == "participant_id"]
    assert others
    for other in others:
        assert other not in text
    for one in PEOPLE[1:]:
        assert one.name not in text
    assert "nv1." not in text
    assert "07700 900500" not in text
    assert "+447700900500" not in text


def test_each_service_gives_the_person_their_part_on_their_own_page(
    lived: tuple[Whole, str, Path],
) -> None:
    world, person, _ = lived
    me = world.enter(world.gate, UUID(person), Role.PARTICIPANT, "elmfield", None)
    for name in ("matching", "notifications"):
        mine = me.client.get(f"/{name}/own/download")
        assert mine.status_code == 200
        assert mine.json()["tables"]
        assert "attachment" in mine.headers["content-disposition"]
        for role in (Role.LINK_WORKER, Role.ADMINISTRATOR):
            assert world.sign_in(role).client.get(f"/{name}/own/download").status_code == 403
    stranger = world.enter(world.gate, uuid4(), Role.PARTICIPANT, "elmfield", None)
    assert stranger.client.get("/notifications/own/download").json()["tables"] == {}


def test_every_reading_is_in_the_trail_and_the_trail_is_whole(
    lived: tuple[Whole, str, Path], tmp_path: Path
) -> None:
    world, person, data = lived
    held = export(data, person, tmp_path / "copy.json")
    again = export(data, person, tmp_path / "again.json")
    for name in EXPORTS:
        before, after = (
            [one["action"] for one in part[name]["who_read_or_changed_it"]]
            for part in (held, again)
        )
        assert after.count("subject-access:export") == before.count("subject-access:export") + 1
        assert world.node(name).database.read(first_broken_seq) is None


def test_every_table_is_in_the_copy_or_said_to_be_about_others(
    lived: tuple[Whole, str, Path],
) -> None:
    world, _, _ = lived
    parts = {
        "outreach": outreach.HELD,
        "matching": matching.HELD,
        "notifications": notifications.HELD,
    }
    for name, held in parts.items():
        metadata = world.node(name).service.metadata
        others = {table for line in ABOUT_OTHERS[name] for table in line.split()}
        read = reads(metadata, held)
        tables = {
            table.name
            for table in metadata.tables.values()
            if any(hint in column.name for column in table.columns for hint in HINTS)
        }
        assert tables - read - others == set(), f"say in {name} how these tables are read"
        assert not read & others


def test_nobody_and_the_erased_have_no_copy(lived: tuple[Whole, str, Path], tmp_path: Path) -> None:
    _, _, data = lived
    file = tmp_path / "copy.json"
    result = CliRunner().invoke(
        app, ["subject-access", str(uuid4()), str(file)], env={"NEWVOICES_DATA_DIR": str(data)}
    )
    assert result.exit_code == 1
    assert not file.exists()
