"""Nothing crosses from one organisation to another without an agreement that holds today."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from services.matching import commands, queries, sharing
from services.matching.bodies import On, OpenOpportunity
from services.runtime.errors import NotFound
from services.runtime.security.principal import Principal, Role
from services.runtime.tables import audit as audit_table
from tests.matching.harness import NOW, Matching, Visitor, opening, running
from tests.support.examples import examples

TODAY = NOW.date()
AGREEMENT = {
    "organisation_id": "riverton",
    "starts_on": "2026-09-01",
    "ends_on": "2026-09-30",
    "why": "We look for people together.",
}


def share(matching: Matching, opportunity: UUID, **changes: Any) -> Any:
    path = f"/api/v1/opportunities/{opportunity}/sharing"
    return matching.http.post(path, json=AGREEMENT | changes)


def reader(matching: Matching, role: Role = Role.COORDINATOR) -> Any:
    return matching.client(role, organisation="riverton")


def test_an_agreement_lets_another_organisation_read_the_facts_and_nothing_of_a_person(
    matching: Matching,
) -> None:
    opportunity = matching.open(members=[{}])
    matching.register()
    path = f"/api/v1/opportunities/{opportunity}"
    other = reader(matching)
    assert other.get(path).status_code == 404
    assert share(matching, opportunity).status_code == 201
    view = other.get(path).json()
    assert view["title"] == "Better home care"
    assert view["shared_by"] == "elmfield"
    assert (view["representation"], view["gap_index"], view["proposals"]) == (None, None, 0)
    (item,) = other.get("/api/v1/opportunities").json()["items"]
    assert item["opportunity_id"] == str(opportunity)
    for more in ("proposals", "blocked", "sharing", "live"):
        assert other.get(f"{path}/{more}").status_code == 404, more
    assert other.post(f"{path}/close", json={}).status_code == 404
    assert reader(matching, Role.LINK_WORKER).get(path).status_code == 200


@pytest.mark.parametrize("days", [-1, 30])
def test_an_agreement_holds_from_its_first_day_to_its_last(matching: Matching, days: int) -> None:
    opportunity = matching.open()
    share(matching, opportunity)
    other = reader(matching)
    for day, status in ((days, 404), (0, 200), (29, 200)):
        matching.now = NOW + timedelta(days=day)
        assert other.get(f"/api/v1/opportunities/{opportunity}").status_code == status, day


def test_an_agreement_can_end_at_once_and_both_are_in_the_audit_trail(matching: Matching) -> None:
    opportunity = matching.open()
    made = share(matching, opportunity).json()["sharing_id"]
    other = reader(matching)
    assert other.post(f"/api/v1/sharing/{made}/end", json={}).status_code == 404
    assert matching.http.post(f"/api/v1/sharing/{made}/end", json={}).status_code == 200
    assert other.get(f"/api/v1/opportunities/{opportunity}").status_code == 404
    assert matching.http.post(f"/api/v1/sharing/{made}/end", json={}).status_code == 409
    query = select(audit_table.c.action).where(audit_table.c.subject_id == made)
    actions = matching.read(lambda s: list(s.scalars(query)))
    assert actions == ["sharing:agree", "sharing:end"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"organisation_id": "elmfield"},
        {"organisation_id": "Not A Name!"},
        {"ends_on": "2026-08-31"},
        {"why": ""},
    ],
)
def test_an_agreement_that_makes_no_sense_is_refused(
    matching: Matching, wrong: dict[str, str]
) -> None:
    assert share(matching, matching.open(), **wrong).status_code == 422


def test_only_the_coordinator_of_an_opportunity_shares_it(matching: Matching) -> None:
    path = f"/api/v1/opportunities/{matching.open()}/sharing"
    assert matching.client(Role.COORDINATOR).post(path, json=AGREEMENT).status_code == 404
    for role in (Role.LINK_WORKER, Role.ADMINISTRATOR, Role.HOST):
        assert matching.client(role).post(path, json=AGREEMENT).status_code == 403


def test_the_page_shares_and_ends(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    where = f"/opportunities/{opportunity}/sharing"
    page = visitor.see(where)
    refused = visitor.send(where, page, 422, **AGREEMENT | {"why": ""})
    assert 'href="#why"' in refused
    page = visitor.send(where, page, **AGREEMENT)
    assert "riverton" in page
    made = page.split(f"{where}/")[1].split("/end")[0]
    assert "Ended. They can no longer read it." in visitor.send(f"{where}/{made}/end", page)


days = st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n))
agreed = st.tuples(
    st.integers(0, 2), st.integers(0, 2), days, st.none() | days, st.booleans()
).filter(lambda a: a[0] != a[1] and (a[3] is None or a[2] <= a[3]))


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder: Path = tmp_path_factory.mktemp("sharing")
    with running(folder) as matching:
        yield matching


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(agreed, max_size=5))
def test_each_organisation_reads_its_own_and_what_is_shared_today_and_no_more(
    lasting: Matching, agreements: list[tuple[int, int, date, date | None, bool]]
) -> None:
    """Organisations with one opportunity each; agreements (owner, reader, first, last, ended)."""
    run = uuid4().hex[:8]
    people = [Principal(uuid4(), Role.COORDINATOR, f"o{n}-{run}", None, "s") for n in range(3)]
    body = OpenOpportunity.model_validate(opening(targets=[]))
    owned = [
        lasting.write(lambda s, p=p: commands.open_opportunity(s, p, body, NOW)).opportunity_id
        for p in people
    ]
    holds = {(n, n) for n in range(3)}
    for owner, other, first, last, ended in agreements:
        # An agreement in the past cannot be made now, so it is made on its first day.
        then = NOW + (first - TODAY)
        ask = sharing.ShareBody(
            organisation_id=people[other].organisation_id, starts_on=first, ends_on=last, why="Why"
        )
        made = lasting.write(
            lambda s, o=owner, a=ask, t=then: sharing.agree(s, people[o], On(owned[o], a), t)
        )
        if ended:
            lasting.write(
                lambda s, o=owner, m=made: sharing.end(s, people[o], On(m.sharing_id, None), NOW)
            )
        elif first <= TODAY and (last is None or last >= TODAY):
            holds.add((owner, other))
    for other, principal in enumerate(people):
        listed = lasting.read(lambda s, p=principal: queries.opportunities(s, p, queries.Wanted()))
        expected = {owned[owner] for owner, to in holds if to == other}
        assert {item.opportunity_id for item in listed.items} == expected
        for owner, opportunity in enumerate(owned):
            try:
                lasting.read(lambda s, p=principal, o=opportunity: queries.opportunity(s, p, o))
                read = True
            except NotFound:
                read = False
            assert read == ((owner, other) in holds)
