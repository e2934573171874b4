"""Every route with every role and other people's ids: nothing leaks, nothing changes, no 5xx."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.runtime.pages.navigation import AREAS
from services.runtime.security.gate import Kind
from services.runtime.security.permissions import ASKS_AGAIN, Permission, allows, reaches
from services.runtime.security.principal import Role
from services.runtime.security.routes import undeclared_routes
from tests.security.fuzzing import (
    ENDING,
    Operation,
    contents,
    names_records,
    operations,
    send,
    stranger_id,
    with_ids,
)
from tests.support.figures import tell
from tests.support.whole import ELSEWHERE, HERE, Record, Who, Whole, populate, whole

# Routes that a role reaches for the whole organisation, on purpose, whoever made the record.
# Coordinators read each other's opportunities; codes without a name (pseudonyms) are for everyone
# who may read participants.
ORGANISATION_WIDE = {
    ("GET", "/outreach/api/v1/participants/{participant_id}/pseudonym"),
    ("GET", "/matching/api/v1/opportunities/{opportunity_id}"),
    ("GET", "/matching/opportunities/{opportunity_id}"),
    # The notice of a draw is public, so that everybody can check that it was fair.
    ("GET", "/matching/api/v1/opportunities/{opportunity_id}/draws"),
    ("GET", "/matching/api/v1/draws/{draw_id}"),
    # What a programme brings about is for the whole organisation; who changes it, is not.
    ("GET", "/matching/api/v1/programmes/{programme_id}"),
    ("GET", "/matching/api/v1/programmes/{programme_id}/impact"),
    ("GET", "/matching/programmes/{programme_id}"),
    ("GET", "/matching/programmes/{programme_id}/export"),
    # Surveys are counts of the organisation, taken in by any of its coordinators.
    ("GET", "/matching/api/v1/surveys/{survey_id}"),
    ("DELETE", "/matching/api/v1/surveys/{survey_id}"),
    ("GET", "/matching/surveys/{survey_id}"),
    ("GET", "/matching/surveys/{survey_id}/export"),
}
REGISTERING = "/outreach/api/v1/participants"
# Dead letters hold ids and codes only and belong to the installation, not to an organisation;
# a part of the induction and an area are the same for everybody; a link's secret is no id; an
# article at its open address was shared with everybody.
NOBODYS = {"event_id", "part", "area_code", "secret", "token", "said", "article", "code", "form"}
# Rest dates and wordings of an organisation: tried with ids that nothing has, not yet with another
# organisation's.
NOT_MADE = {"sharing_id", "rest_id", "version_id"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder: Path = tmp_path_factory.mktemp("whole")
    with whole(folder) as made:
        for number, (organisation, team) in enumerate(
            [(HERE, "north"), (HERE, "south"), (ELSEWHERE, "north")]
        ):
            worker = made.sign_in(Role.LINK_WORKER, organisation, team)
            coordinator = made.sign_in(Role.COORDINATOR, organisation, team)
            populate(made, worker, coordinator, 100 * (number + 1))
        yield made


@pytest.fixture(scope="module")
def everybody(world: Whole) -> list[Who]:
    """One of each role, in the first team of the first organisation, who made nothing."""
    return [world.sign_in(role, HERE, "north") for role in Role]


def test_every_link_of_the_menu_leads_to_a_page_for_whoever_sees_it(everybody: list[Who]) -> None:
    for who in everybody:
        for area in AREAS:
            for _, href, permission in area.links:
                if allows(who.principal, permission):
                    answer = who.client.get(href, headers={"accept": "text/html"})
                    assert answer.status_code == 200, (who.role, href)


def test_every_route_of_the_application_says_who_may_use_it(world: Whole) -> None:
    assert undeclared_routes(world.root) == []
    assert len(operations(world)) > 60


def test_routes_that_erase_export_or_administer_ask_for_a_recent_sign_in(world: Whole) -> None:
    asks = {
        (operation.method, operation.path)
        for operation in operations(world)
        if operation.access.fresh
    }
    assert {
        ("DELETE", "/outreach/api/v1/participants/{participant_id}"),
        ("POST", "/outreach/people/{person_id}/erase"),
        ("POST", "/outreach/own/erase"),
        ("GET", "/outreach/own/download"),
        ("GET", "/matching/own/download"),
        ("GET", "/notifications/own/download"),
        ("POST", "/outreach/api/v1/accounts"),
        ("POST", "/outreach/api/v1/accounts/{account_id}/disable"),
        ("PUT", "/outreach/api/v1/settings"),
    } <= asks
    for operation in operations(world):
        administers = operation.access.permission in ASKS_AGAIN
        erases = operation.path.endswith("/own/erase") or "/download" in operation.path
        assert not (administers or erases) or operation.access.fresh, operation.path


def test_every_kind_of_id_in_a_path_is_tried(world: Whole) -> None:
    known = {record.parameter for record in world.records}
    asked = {name for operation in operations(world) for name in operation.parameters}
    assert asked - known <= NOBODYS | NOT_MADE


def foreign(who: Who, operation: Operation, record: Record) -> bool:
    other = record.owner.organisation_id != who.principal.organisation_id
    # Invitations, delivery, the inbox and its tasks are the shared work of an organisation.
    shared = operation.path.startswith("/notifications/")
    # Accounts of colleagues are for the administrators of their organisation.
    shared = shared or operation.access.permission is Permission.ACCOUNT_ADMINISTER
    if shared or (operation.method, operation.path) in ORGANISATION_WIDE:
        return other
    return other or not reaches(who.principal, record.owner)


def attempts(world: Whole, who: Who) -> Iterator[tuple[Operation, Record]]:
    for operation in operations(world):
        for parameter in operation.parameters:
            for record in _one_of_each_owner(world, parameter):
                yield operation, record


def _one_of_each_owner(world: Whole, parameter: str) -> list[Record]:
    found = {record.owner: record for record in world.records if record.parameter == parameter}
    return list(found.values())


def test_another_persons_records_answer_as_if_they_did_not_exist_and_stay_as_they_are(
    world: Whole, everybody: list[Who]
) -> None:
    before, tried = contents(world), Counter[str]()
    faults: list[str] = []
    refused_already: set[tuple[Role, str, str]] = set()
    for who in everybody:
        for operation, record in attempts(world, who):
            if not foreign(who, operation, record):
                continue
            permission = operation.access.permission
            allowed = permission is not None and allows(who.principal, permission)
            # The role is looked at before the record, so one record shows it for all.
            once = (who.role, operation.method, operation.path)
            if not allowed and once in refused_already:
                continue
            answer = send(who, operation, operation.at({record.parameter: record.id}))
            told = f"{who.role} {operation.method} {operation.path}: {answer.status_code}"
            if not allowed:
                refused_already.add(once)
                tried["role without the permission"] += 1
                if answer.status_code != 403:
                    faults.append(told)
                continue
            tried["record out of reach"] += 1
            # The content may be refused before anything is looked up, and a page may lead back with
            # a sentence; either way it must not differ from an id that nothing has.
            refused = (404, 422, 303) if operation.is_page else (404, 422)
            if answer.status_code not in refused:
                faults.append(told)
            elif operation.method != "PUT" and _differs_from_nothing(who, operation, record):
                faults.append(f"{told} in other words than for an id that nothing has")
    assert faults == []
    assert contents(world) == before
    assert tried["record out of reach"] > 100
    tell("operations (route and method)", len(operations(world)))
    tell("roles", len(everybody))
    for how, count in tried.items():
        tell(f"requests for others' records: {how}", count)


def _differs_from_nothing(who: Who, operation: Operation, record: Record) -> bool:
    # A path may hold several ids: the others stay the same, as a page repeats its own address.
    others = {parameter: stranger_id(parameter) for parameter in operation.parameters}
    theirs = send(who, operation, operation.at(others | {record.parameter: record.id}))
    nothing = stranger_id(record.parameter)
    nobodys = send(who, operation, operation.at(others | {record.parameter: nothing}))
    return (theirs.status_code, _shown(theirs.text, record.id)) != (
        nobodys.status_code,
        _shown(nobodys.text, nothing),
    )


def _shown(text: str, record_id: str) -> str:
    """What differs between two answers by itself: the id asked for, a form's token."""
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text.replace(record_id, "ID"))


def test_ids_of_others_in_a_body_are_refused_too(world: Whole) -> None:
    """The path is one's own; the body names another organisation's or team's records."""
    tried = 0
    for number, who in enumerate(_owners(world)):
        mine = {r.parameter: r.id for r in world.records if reaches(who.principal, r.owner)}
        theirs = {r.parameter: r.id for r in world.records if not reaches(who.principal, r.owner)}
        for operation in operations(world):
            permission = operation.access.permission
            body = operation.body
            if operation.path.startswith(REGISTERING) and isinstance(body, dict):
                body = {**body, "contact_id": ""} if "name" in body and "consents" in body else body
            if not names_records(body) or permission is None:
                continue
            if not allows(who.principal, permission):
                continue
            # A registration of its own: the id is the device's choice.
            ids = mine | {"participant_id": stranger_id("")} if operation.method == "PUT" else mine
            answer = send(who, operation, operation.at(ids), with_ids(body, theirs))
            told = f"{number} {operation.method} {operation.path}: {answer.text}"
            assert 400 <= answer.status_code < 500, told
            tried += 1
    assert tried >= 5


def _owners(world: Whole) -> list[Who]:
    """The very accounts that made the records of the first team, signed in anew."""
    makers = {
        (record.owner.account_id, role)
        for record in world.records
        for parameter, role in (
            ("contact_id", Role.LINK_WORKER),
            ("opportunity_id", Role.COORDINATOR),
        )
        if record.parameter == parameter
        and record.owner.organisation_id == HERE
        and record.owner.team_id == "north"
    }
    return [
        world.enter(world.gate, account, role, HERE, "north")
        for account, role in makers
        if account is not None
    ]


def test_lists_show_no_record_out_of_reach(world: Whole, everybody: list[Who]) -> None:
    looked = 0
    for who in everybody:
        for operation in operations(world):
            permission = operation.access.permission
            if operation.method != "GET" or operation.parameters:
                continue
            if permission is not None and not allows(who.principal, permission):
                continue
            answer = who.client.get(operation.path, params={"limit": 50})
            assert answer.status_code < 500, f"{operation.path}: {answer.text}"
            if answer.status_code != 200:
                continue
            for record in world.records:
                if record.owner.organisation_id != who.principal.organisation_id:
                    assert record.id not in answer.text, f"{who.role} {operation.path}"
                    looked += 1
    assert looked > 500
    tell("looks for another organisation's record in a list", looked)


def test_no_request_of_any_role_ends_in_a_server_error(world: Whole, everybody: list[Who]) -> None:
    """Every operation with its example body and one's own, strange and broken ids."""
    statuses: Counter[int] = Counter()
    for who in everybody:
        for operation in operations(world):
            if operation.path.endswith(ENDING):
                continue
            permission = operation.access.permission
            allowed = permission is None or allows(who.principal, permission)
            for ids in ("no-id", "%00"):
                path = operation.at(dict.fromkeys(operation.parameters, ids))
                answer = send(who, operation, path)
                statuses[answer.status_code] += 1
                assert answer.status_code < 500, (
                    f"{who.role} {operation.method} {path}: {answer.text}"
                )
                if not allowed:
                    assert answer.status_code == 403, f"{who.role} {operation.method} {path}"
                if not (allowed and operation.parameters):
                    break
    assert statuses[403] > 50
    tell("operations x roles, with strange and broken ids", statuses.total())


def test_nobody_signed_in_gets_nothing_but_what_is_open_to_all(world: Whole) -> None:
    client = world.browser()
    for operation in operations(world):
        path = operation.at({name: stranger_id(name) for name in operation.parameters})
        answer = client.request(operation.method, path, json=operation.body, follow_redirects=False)
        assert answer.status_code < 500, f"{operation.path}: {answer.text}"
        if operation.access.kind is Kind.REQUIRES:
            asked_to_sign_in = answer.status_code in (302, 303) and "sign-in" in str(
                answer.headers.get("location")
            )
            assert answer.status_code == 401 or asked_to_sign_in, operation.path
        elif operation.access.kind is Kind.SIGNED_ELSEWHERE:
            assert 400 <= answer.status_code < 500, operation.path
