"""The menu stays short for every role, and an area shows its pages to those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from starlette.requests import Request

from services.runtime.pages import NavItem
from services.runtime.pages.navigation import AREAS, navigation
from services.runtime.security.permissions import allows
from services.runtime.security.principal import Principal, Role
from services.runtime.security.sessions import Session

MOST_IN_THE_MENU = 9
NOW = datetime(2026, 9, 1, 9, tzinfo=UTC)


def a_session(role: Role) -> Session:
    principal = Principal(UUID(int=1), role, "elmfield", "north", "s1")
    return Session(principal, NOW, NOW + timedelta(hours=1))


def menu(role: Role) -> Sequence[NavItem]:
    request = Request({"type": "http", "state": {"nv_session": a_session(role)}})
    return navigation(request)


@pytest.mark.parametrize("role", list(Role))
def test_the_menu_of_each_role_stays_short_and_leads_to_every_page_it_may_see(role: Role) -> None:
    items = menu(role)
    assert len(items) <= MOST_IN_THE_MENU
    principal = a_session(role).principal
    allowed = {
        href
        for area in AREAS
        for _, href, permission in area.links
        if allows(principal, permission)
    }
    shown = [page.href for item in items for page in (item.pages or (item,))]
    assert sorted(shown) == sorted(allowed)


def test_an_area_with_one_page_for_somebody_carries_that_pages_name() -> None:
    names = {item.text for item in menu(Role.COORDINATOR)}
    assert "Raise a concern" in names
    assert "Safety" not in names
    assert "Safety" in {item.text for item in menu(Role.SAFEGUARDING_LEAD)}


def test_nobody_who_is_signed_out_sees_a_menu() -> None:
    assert navigation(Request({"type": "http", "state": {}})) == ()
