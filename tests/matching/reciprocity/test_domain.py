"""Rules of what is owed, and of dated rates."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.reciprocity import domain
from services.matching.reciprocity.domain import Owed
from services.matching.reciprocity.rates import NoRate, RatesUnreadable, load, parse

TODAY = date(2026, 10, 20)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
ITEMS = st.builds(
    Owed,
    kind=st.sampled_from(domain.KINDS),
    pence=st.integers(0, 10_000),
    due_on=DAYS,
    paid_on=st.none() | DAYS,
    cancelled=st.just(False),
)
ENTRY = """
[[rate]]
id = "hour"
label = "One hour"
kind = "payment"
amount_pence = {pence}
unit = "hour"
valid_from = {day}
source = "A policy"
link = "https://www.example.org/policy"
"""


def owed(due: date, paid: date | None = None, pence: int = 2500) -> Owed:
    return Owed("payment", pence, due, paid)


def test_paid_on_its_day_is_in_time_and_a_day_later_is_late() -> None:
    assert domain.state_of(owed(TODAY, TODAY), TODAY) == "paid"
    assert domain.state_of(owed(TODAY - timedelta(1), TODAY), TODAY) == "paid_late"
    assert domain.state_of(owed(TODAY), TODAY) == "owed"
    assert domain.state_of(owed(TODAY - timedelta(1)), TODAY) == "overdue"
    assert domain.state_of(Owed("payment", 1, TODAY, None, cancelled=True), TODAY) == "cancelled"


def test_what_is_late_and_unpaid_counts_against_the_share_in_time() -> None:
    late = owed(TODAY - timedelta(3))
    found = domain.totals([owed(TODAY, TODAY), late, owed(TODAY + timedelta(5))], TODAY)
    assert (found.fell_due, found.in_time, found.in_time_share) == (2, 1, 0.5)
    assert (found.owed_pence, found.overdue_pence, found.paid_pence) == (5000, 2500, 2500)
    assert domain.totals([owed(TODAY + timedelta(5))], TODAY).in_time_share is None


@given(st.lists(ITEMS, max_size=30), DAYS)
def test_every_penny_is_owed_or_paid_and_no_more_is_overdue_than_owed(
    items: list[Owed], today: date
) -> None:
    found = domain.totals(items, today)
    assert found.owed_pence + found.paid_pence == sum(each.pence for each in items)
    assert 0 <= found.overdue_pence <= found.owed_pence
    assert 0 <= found.in_time <= found.fell_due <= len(items)


def test_a_choice_is_kept_to_whatever_is_owed() -> None:
    assert all(domain.takes("paid", kind) for kind in domain.KINDS)
    assert [k for k in domain.KINDS if domain.takes("expenses_only", k)] == ["expense", "training"]
    assert [k for k in domain.KINDS if domain.takes("declined", k)] == ["training"]
    assert [k for k in domain.KINDS if domain.takes(None, k)] == ["training"]


def test_half_pennies_go_up() -> None:
    assert domain.amount(45, Decimal("12.5")) == 563
    assert domain.amount(45, Decimal("12.49")) == 562
    with pytest.raises(ValueError, match="below 0"):
        domain.amount(45, Decimal("-1"))


def test_the_rate_that_holds_on_the_day_is_used() -> None:
    text = ENTRY.format(pence=2000, day="2024-04-01") + ENTRY.format(pence=2500, day="2026-04-01")
    rates = parse(text)
    assert rates.on("hour", date(2026, 3, 31)).amount_pence == 2000
    assert rates.on("hour", date(2026, 4, 1)).amount_pence == 2500
    assert [r.amount_pence for r in rates.all_on(date(2025, 1, 1))] == [2000]


def test_a_day_without_a_rate_is_refused_with_what_to_do() -> None:
    rates = parse(ENTRY.format(pence=2000, day="2024-04-01"))
    with pytest.raises(NoRate, match=r"holds on 31 March 2024\. Enter an amount, or add the rate"):
        rates.on("hour", date(2024, 3, 31))
    with pytest.raises(NoRate):
        rates.on("mile", date(2026, 3, 31))
    with pytest.raises(NoRate, match="Enter the day it is due"):
        rates.due(date(2026, 3, 31))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[rate]", "not TOML"),
        (ENTRY.format(pence=-1, day="2024-04-01"), "rate.0.amount_pence"),
        (ENTRY.format(pence=2000, day="2024-04-01").replace("link", "lonk"), "rate.0"),
        (ENTRY.format(pence=2000, day="2024-04-01") * 2, "two entries for the same day"),
    ],
)
def test_a_file_of_rates_with_a_mistake_says_where(text: str, told: str) -> None:
    with pytest.raises(RatesUnreadable, match=told):
        parse(text)


def test_every_built_in_figure_has_a_day_and_a_source(tmp_path: Path) -> None:
    rates = load(tmp_path)
    assert {r.id for r in rates.all_on(TODAY)} >= {"nihr_hour", "nhs_england_day", "mileage_car"}
    for each in (*rates.rates, *rates.terms):
        assert each.link.scheme == "https"
        assert len(each.source) > 10
    assert rates.due(date(2026, 10, 1)) == date(2026, 10, 31)


def test_an_organisation_brings_rates_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "rates.toml").write_text(ENTRY.format(pence=3100, day="2026-01-01"))
    assert [r.amount_pence for r in load(tmp_path).all_on(TODAY)] == [3100]
