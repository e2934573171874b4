"""API tokens: random, hashed, scoped, expiring."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.security.permissions import ASKS_AGAIN, ROLE_PERMISSIONS, Permission, allows
from services.runtime.security.principal import Role
from services.runtime.security.tokens import (
    PREFIX,
    StoredToken,
    check_request,
    hash_of,
    new_secret,
    principal_of,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def stored(**changes: object) -> StoredToken:
    fields: dict[str, object] = {
        "id": UUID(int=9),
        "token_hash": "h",
        "account_id": UUID(int=1),
        "role": Role.COORDINATOR,
        "organisation_id": "leeds",
        "team_id": None,
        "scopes": frozenset({"opportunity:read"}),
        "expires_at": NOW + DAY,
    }
    return StoredToken(**(fields | changes))  # type: ignore[arg-type]


def test_a_secret_is_recognisable_and_only_its_hash_needs_keeping() -> None:
    secret, kept = new_secret()
    assert secret.startswith(PREFIX)
    assert len(secret) >= 43
    assert kept == hash_of(secret)
    assert secret not in kept
    assert new_secret()[0] != secret


def test_a_token_speaks_for_its_account_until_it_expires_or_is_withdrawn() -> None:
    principal = principal_of(stored(), NOW)
    assert principal is not None
    assert allows(principal, Permission.OPPORTUNITY_READ)
    assert not allows(principal, Permission.OPPORTUNITY_WRITE)
    assert principal_of(stored(), NOW + DAY) is None
    assert principal_of(stored(withdrawn_at=NOW), NOW) is None


@given(role=st.sampled_from(Role), scopes=st.frozensets(st.sampled_from(Permission)))
def test_a_token_never_gets_more_than_its_account_holds(
    role: Role, scopes: frozenset[Permission]
) -> None:
    values = {scope.value for scope in scopes}
    if scopes and scopes <= ROLE_PERMISSIONS[role] - ASKS_AGAIN - {Permission.ACCOUNT_OWN}:
        assert check_request(role, values, DAY) == values
    else:
        with pytest.raises(ValueError):
            check_request(role, values, DAY)


@pytest.mark.parametrize("life", [timedelta(0), -DAY, 366 * DAY])
def test_a_token_lasts_at_most_a_year(life: timedelta) -> None:
    with pytest.raises(ValueError, match="365"):
        check_request(Role.COORDINATOR, ["opportunity:read"], life)


def test_the_wildcard_is_not_for_tokens() -> None:
    with pytest.raises(ValueError):
        check_request(Role.COORDINATOR, ["*"], DAY)
