"""Roles, permissions and whose records they reach."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.permissions import (
    PARTICIPANT_DATA,
    ROLE_PERMISSIONS,
    ROLE_REACH,
    Owned,
    Permission,
    allows,
    reaches,
)
from services.runtime.security.principal import ALL_SCOPES, Principal, Role

roles = st.sampled_from(Role)
permissions = st.sampled_from(Permission)
organisations = st.sampled_from(["leeds", "hull"])
teams = st.sampled_from([None, "north", "south"])
accounts = st.sampled_from([UUID(int=1), UUID(int=2), UUID(int=3)])


def principal(role: Role, **changes: object) -> Principal:
    fields = {
        "account_id": UUID(int=1),
        "role": role,
        "organisation_id": "leeds",
        "team_id": "north",
        "session_id": "s",
        "scopes": ALL_SCOPES,
    }
    return Principal(**(fields | changes))  # type: ignore[arg-type]


def test_every_role_has_permissions_and_a_reach() -> None:
    assert set(ROLE_PERMISSIONS) == set(Role) == set(ROLE_REACH)
    assert all(ROLE_PERMISSIONS.values())


def test_every_permission_is_held_by_some_role() -> None:
    assert frozenset().union(*ROLE_PERMISSIONS.values()) == frozenset(Permission)


def test_an_administrator_learns_nothing_about_any_participant() -> None:
    assert not ROLE_PERMISSIONS[Role.ADMINISTRATOR] & PARTICIPANT_DATA
    assert not reaches(principal(Role.ADMINISTRATOR), Owned("leeds", UUID(int=1), "north"))


def test_an_auditor_sees_the_log_and_nothing_else() -> None:
    assert ROLE_PERMISSIONS[Role.AUDITOR] == {
        Permission.AUDIT_READ,
        Permission.AUDIT_EXPORT,
        Permission.ACCOUNT_OWN,
    }


def test_a_coordinator_sees_pseudonyms_only() -> None:
    assert Permission.PARTICIPANT_READ in ROLE_PERMISSIONS[Role.COORDINATOR]
    assert Permission.PARTICIPANT_READ_SENSITIVE not in ROLE_PERMISSIONS[Role.COORDINATOR]


def test_only_an_auditor_reads_the_audit_log() -> None:
    readers = {role for role in Role if Permission.AUDIT_READ in ROLE_PERMISSIONS[role]}
    assert readers == {Role.AUDITOR}


@given(role=roles, permission=permissions, scopes=st.frozensets(permissions))
def test_scopes_only_ever_narrow_a_role(
    role: Role, permission: Permission, scopes: frozenset[Permission]
) -> None:
    narrowed = principal(role, scopes=frozenset(scope.value for scope in scopes))
    assert allows(narrowed, permission) == (
        permission in ROLE_PERMISSIONS[role] and permission in scopes
    )


@given(role=roles, organisation=organisations, team=teams, account=accounts, own_team=teams)
def test_no_role_reaches_beyond_its_organisation_or_its_duty(
    role: Role, organisation: str, team: str | None, account: UUID, own_team: str | None
) -> None:
    who = principal(role, team_id=own_team)
    reached = reaches(who, Owned(organisation, account, team))
    own = account == who.account_id
    same_team = own_team is not None and team == own_team
    expected = {
        Role.LINK_WORKER: own or same_team,
        Role.COORDINATOR: own,
        Role.SAFEGUARDING_LEAD: True,
        Role.ADMINISTRATOR: False,
        Role.AUDITOR: False,
        Role.PARTICIPANT: own,
        Role.HOST: own,
    }[role]
    assert reached == (organisation == "leeds" and expected)


@pytest.mark.parametrize("role", [Role.LINK_WORKER, Role.COORDINATOR])
def test_two_people_without_a_team_do_not_share_one(role: Role) -> None:
    alone = principal(role, team_id=None)
    assert not reaches(alone, Owned("leeds", uuid4(), None))
