"""The journey from the HTTP APIs outside: the same steps and the same answers in both modes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from services.cli.community import PEOPLE, Person
from services.cli.demo import Demo
from services.cli.journey import Api, eventually, opportunity_body, proposal_for, register
from tests.scenario.conftest import Installation

AMINA = PEOPLE[0]


def someone(number: int) -> Person:
    """A person like Amina with a phone that no other test uses."""
    return replace(AMINA, name=f"Amina Number{number}", phone=f"07700 900{number}")


def open_opportunity(coordinator: Api, **changes: Any) -> str:
    body = opportunity_body(**changes)
    opened = coordinator.send("POST", "matching", "/api/v1/opportunities", body)
    return str(opened["opportunity_id"])


def proposal(coordinator: Api, opportunity: str, person: str) -> dict[str, Any]:
    return eventually("a proposal", lambda: proposal_for(coordinator, opportunity, person))


def approve(coordinator: Api, match_id: str) -> None:
    path = f"/api/v1/proposals/{match_id}/approve"
    coordinator.send("POST", "matching", path, {}, key=match_id)


def match(coordinator: Api, match_id: str) -> dict[str, Any]:
    return coordinator.get("matching", f"/api/v1/proposals/{match_id}")


def number(person: Person) -> str:
    return "+44" + person.phone.replace(" ", "")[1:]


def texts_to(installation: Installation, person: Person) -> list[str]:
    return [text.body for text in installation.standin.sent if text.to == number(person)]


def nothing_of(installation: Installation, person: str, service: str, table: str) -> bool:
    rows = installation.rows(service, f"SELECT participant_id FROM {table}")
    return UUID(person) not in {UUID(str(one)) for (one,) in rows}


def withdraw(worker: Api, person: str, purpose: str) -> None:
    say(worker, person, purpose, given=False)


def say(worker: Api, person: str, purpose: str, *, given: bool) -> None:
    body = {
        "consents": [{"purpose": purpose, "given": given, "wording_version": "1"}],
        "recorded_at": datetime.now(UTC).isoformat(),
    }
    worker.send("POST", "outreach", f"/api/v1/participants/{person}/consents", body)


def test_the_whole_journey_from_a_conversation_to_you_said_we_did(
    installation: Installation,
) -> None:
    demo = Demo(installation.base, installation.standin)
    demo.play()
    assert demo.steps >= 9


def test_several_people_say_yes_at_once_and_no_seat_is_overfilled(
    installation: Installation, worker: Api, coordinator: Api
) -> None:
    opportunity = open_opportunity(coordinator, seats=4)
    people = [someone(n) for n in range(211, 216)]
    ids = [register(worker, person) for person in people]
    proposals = [proposal(coordinator, opportunity, one)["match_id"] for one in ids]
    for match_id in proposals:
        approve(coordinator, match_id)
    for person in people:
        eventually("an invitation", partial(texts_to, installation, person))
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda one: installation.standin.reply(number(one), "YES"), people))

    def settled() -> list[str]:
        states = [match(coordinator, one)["state"] for one in proposals]
        return states if all(s in ("accepted", "alternate") for s in states) else []

    states = eventually("every answer taken", settled)
    assert sorted(states) == ["accepted", "accepted", "alternate", "alternate", "alternate"]
    seen = coordinator.get("matching", f"/api/v1/opportunities/{opportunity}")
    assert seen["representation"]["filled"] == 4


def test_without_consent_to_matching_a_proposal_is_taken_back(
    installation: Installation, worker: Api, coordinator: Api
) -> None:
    opportunity = open_opportunity(coordinator)
    person = register(worker, someone(221))
    proposal(coordinator, opportunity, person)
    withdraw(worker, person, "matching")
    eventually("it is taken back", lambda: proposal_for(coordinator, opportunity, person) is None)


def test_whoever_agrees_again_is_proposed_again_with_what_they_tell_then(
    installation: Installation, worker: Api, coordinator: Api
) -> None:
    opportunity = open_opportunity(coordinator)
    person = register(worker, someone(222))
    before = proposal(coordinator, opportunity, person)
    withdraw(worker, person, "matching")
    eventually("it is taken back", lambda: proposal_for(coordinator, opportunity, person) is None)
    say(worker, person, "matching", given=True)
    path = f"/api/v1/participants/{person}"
    revision = worker.get("outreach", path)["revision"]
    # What they told was deleted with their consent, so they are asked again.
    told = {
        "characteristics": AMINA.profile,
        "lived_experience": list(AMINA.lived_experience),
    }
    worker.send(
        "PATCH",
        "outreach",
        path,
        {"matching_profile": told},
        headers={"If-Match": f'"{revision}"'},
    )
    after = proposal(coordinator, opportunity, person)
    assert after["match_id"] != before["match_id"]
    eventually(
        "the same gain as before",
        lambda: (proposal_for(coordinator, opportunity, person) or {})["gain"] == before["gain"],
    )


def test_an_erased_person_is_gone_from_every_service(
    installation: Installation, worker: Api, coordinator: Api
) -> None:
    opportunity = open_opportunity(coordinator)
    who = someone(222)
    person = register(worker, who)
    approve(coordinator, proposal(coordinator, opportunity, person)["match_id"])
    eventually("the invitation", lambda: texts_to(installation, who))
    path = f"/api/v1/participants/{person}"
    worker.send("DELETE", "outreach", path)
    worker.send("GET", "outreach", path, expect=(404, 410))
    for service, table in (("matching", "profiles"), ("notifications", "recipients")):
        gone = partial(nothing_of, installation, person, service, table)
        eventually(f"nothing left in {service}", gone)
    installation.standin.reply(number(who), "YES")
    seen = coordinator.get("matching", f"/api/v1/opportunities/{opportunity}")
    assert seen["representation"]["filled"] == 2


def test_what_is_sent_twice_by_a_phone_counts_once(
    installation: Installation, worker: Api, coordinator: Api
) -> None:
    opportunity = open_opportunity(coordinator)
    who = someone(223)
    person = register(worker, who)
    match_id = proposal(coordinator, opportunity, person)["match_id"]
    approve(coordinator, match_id)
    approve(coordinator, match_id)
    eventually("the invitation", lambda: texts_to(installation, who))
    installation.standin.reply(
        number(who),
        "YES",
    )
    eventually("the yes", lambda: match(coordinator, match_id)["state"] == "accepted")
    eventually("the confirmation", lambda: len(texts_to(installation, who)) >= 2)
    texts = texts_to(installation, who)
    assert len(texts) == len(set(texts)) == 2
