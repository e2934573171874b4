"""Limits of rate at the gate: by account, by program, by address of somebody unknown."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.runtime.security.limits import Asking, Meter, network_of
from services.runtime.security.permissions import Permission
from services.runtime.security.problems import PROBLEM_MEDIA_TYPE
from services.runtime.security.rate import RateLimit
from services.runtime.security.settings import SecuritySettings
from tests.runtime.security.house import NOW, SAME_ORIGIN, House, token_for

PLACE = {"place": "market"}


def reads(house: House, count: int, **headers: str) -> list[int]:
    return [house.client.get("/contacts", headers=headers).status_code for _ in range(count)]


def writes(house: House, count: int) -> list[int]:
    path = "/api/contacts"
    answers = [house.client.post(path, json=PLACE, headers=SAME_ORIGIN) for _ in range(count)]
    return [answer.status_code for answer in answers]


def test_whoever_asks_too_often_is_told_how_long_to_wait_and_then_gets_in() -> None:
    house = House(settings={"reads_per_minute": 3})
    house.sign_in()
    assert reads(house, 3) == [200, 200, 200]
    refused = house.client.get("/contacts")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == PROBLEM_MEDIA_TYPE
    assert refused.json()["type"] == "urn:newvoices:problem:too-many-tries"
    assert refused.headers["retry-after"] == "20"
    house.time += timedelta(seconds=20)
    assert reads(house, 2) == [200, 429]


def test_a_new_session_of_the_same_account_gets_no_new_allowance() -> None:
    house = House(settings={"reads_per_minute": 1})
    house.sign_in()
    assert reads(house, 2) == [200, 429]
    house.sign_in()
    assert reads(house, 1) == [429]


def test_one_account_uses_up_nothing_of_another_s() -> None:
    house = House(settings={"reads_per_minute": 1})
    house.sign_in()
    assert reads(house, 2) == [200, 429]
    house.sign_in(account_id=UUID(int=2))
    assert reads(house, 1) == [200]


def test_changes_are_counted_apart_from_looks() -> None:
    house = House(settings={"reads_per_minute": 1, "writes_per_minute": 2})
    house.sign_in()
    assert reads(house, 2) == [200, 429]
    assert writes(house, 3) == [200, 200, 429]


def test_what_the_role_may_not_do_is_counted_too() -> None:
    house = House(settings={"reads_per_minute": 2})
    bearer = {"authorization": f"Bearer {token_for(house, Permission.CONTACT_LOG)}"}
    assert reads(house, 3, **bearer) == [403, 403, 429]


def test_files_to_take_away_have_a_smaller_limit_of_their_own() -> None:
    house = House(settings={"exports_per_minute": 1})
    house.sign_in()
    asked = [house.client.get("/contacts?form=pdf").status_code for _ in range(2)]
    assert asked == [200, 429]
    assert reads(house, 1) == [200]


def test_a_program_uses_up_nothing_of_its_owner_s_allowance() -> None:
    house = House(settings={"reads_per_minute": 2})
    bearer = {"authorization": f"Bearer {token_for(house, Permission.CONTACT_READ)}"}
    assert reads(house, 3, **bearer) == [200, 200, 429]
    house.sign_in()
    assert reads(house, 1) == [200]


def test_guessed_tokens_are_slowed_down_and_keep_no_good_token_out() -> None:
    house = House(settings={"strangers_per_minute": 2})
    good = token_for(house, Permission.CONTACT_READ)
    assert reads(house, 3, authorization="Bearer nv_guess") == [401, 401, 429]
    assert reads(house, 1) == [429], "no session either"
    assert reads(house, 1, authorization=f"Bearer {good}") == [200]


def test_open_pages_are_limited_by_address_and_say_so_as_a_page() -> None:
    house = House(settings={"strangers_per_minute": 1})
    assert house.client.get("/").status_code == 200
    refused = house.client.get("/", headers={"accept": "text/html"})
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "60"
    assert "Wait a minute, then try again." in refused.text
    house.sign_in()
    assert house.client.get("/").status_code == 200, "a colleague at the same address"


def test_nought_means_no_limit() -> None:
    house = House(settings={"reads_per_minute": 0})
    house.sign_in()
    assert set(reads(house, 50)) == {200}


def test_a_phone_that_was_offline_for_a_week_sends_five_hundred_contacts_at_once() -> None:
    meter = Meter.from_settings(SecuritySettings())
    assert all(meter.take(Asking.WRITE, "a phone", NOW).allowed for _ in range(500))


def test_the_memory_has_an_end_and_the_quietest_are_forgotten() -> None:
    meter = Meter({Asking.UNKNOWN: RateLimit(1, timedelta(minutes=1))}, most=2)
    for who in ("a", "b", "a", "c"):
        meter.take(Asking.UNKNOWN, who, NOW)
    assert not meter.take(Asking.UNKNOWN, "a", NOW).allowed
    assert meter.take(Asking.UNKNOWN, "b", NOW).allowed, "b was forgotten"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_stands_for_its_household(address: str, network: str) -> None:
    assert network_of(address) == network
