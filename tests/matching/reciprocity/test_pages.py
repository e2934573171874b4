"""The payment pages as somebody without JavaScript uses them."""

from __future__ import annotations

import re
from html import unescape

from schemas.events import PaymentRecorded
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, Visitor
from tests.matching.reciprocity.conftest import Group


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_from_the_choice_to_the_payment_by_forms_alone(group: Group) -> None:
    visitor = Visitor(group.matching)
    here = f"/opportunities/{group.id}/reciprocity"
    first, second = group.holders()
    page = visitor.see(here)
    assert "3 people with a seat were not asked yet" in words(page)
    form = visitor.see(f"{here}/choice/{first}")
    assert "Pay may affect your benefits" in words(form)
    assert words(form).index("benefits adviser") < words(form).index("What did the person choose?")
    refused = visitor.send(f"{here}/choice/{first}", form, 422, choice="paid")
    assert "Tell the person first" in words(refused)
    kept = visitor.send(f"{here}/choice/{first}", form, choice="paid", told_about_benefits="yes")
    assert "The choice is kept" in words(kept)
    group.choose(second, "expenses_only")

    day = group.day.isoformat()
    form = visitor.see(f"{here}/session")
    assert "Ask these people first how they want to be paid: Member, seat 1" in words(form)
    missing = visitor.send(f"{here}/session", form, 422, on="")
    assert 'href="#on"' in missing
    assert 'href="#holder_ids"' in missing
    done = visitor.send(f"{here}/session", form, on=day, holder_ids=[first, second])
    assert "Payments owed: 1." in words(done)

    form = visitor.see(f"{here}/new")
    wrong = {"holder_id": second, "kind": "expense", "expense": "travel", "pence": "lots"}
    assert "Enter an amount in pounds" in words(visitor.send(f"{here}/new", form, 422, **wrong))
    page = visitor.send(f"{here}/new", form, **wrong | {"pence": "4.60"})
    assert "£4.60, Costs: Travel, seat 3" in words(page)

    none = visitor.send(here, page, 422, paid_on=day)
    assert "Tick what was paid." in words(none)
    owed = [i["owed_id"] for i in group.seen()["owed"]]
    paid = visitor.send(here, page, owed_ids=owed, paid_on=day)
    assert "Nothing is owed." in words(paid)
    assert "100% Paid in time" in words(paid) or "Paid in time 2 of 2 that fell due" in words(paid)
    assert [e.amount_pence for e in group.matching.published(PaymentRecorded)] == [2500, 460]


def test_what_was_recorded_by_mistake_is_cancelled_with_a_reason(group: Group) -> None:
    first, _ = group.holders()
    group.choose(first, "paid")
    (owed,) = group.meet(first)
    visitor = Visitor(group.matching)
    here = f"/opportunities/{group.id}/reciprocity"
    form = visitor.see(f"{here}/{owed}/cancel")
    assert "£25, Involvement payment" in words(form)
    visitor.send(f"{here}/{owed}/cancel", form, 422)
    page = visitor.send(f"{here}/{owed}/cancel", form, reason="did_not_attend")
    assert "Nothing is owed." in words(page)


def test_the_overview_shows_each_opportunity_the_rates_and_their_sources(group: Group) -> None:
    first, _ = group.holders()
    group.choose(first, "paid")
    group.meet(first)
    group.pass_days(31)
    visitor = Visitor(group.matching)
    page = visitor.see("/reciprocity")
    assert "Owed not paid yet £25" in words(page)
    assert "Overdue 1 thing after its day £25" in words(page)
    assert "Better home care £25 £25 £0 0 of 1" in words(page)
    assert "Mileage by car or van: £0.45 for each mile" in words(page)
    assert 'href="https://www.legislation.gov.uk' not in page
    assert "Procurement Act 2023, section 68" in words(page)
    assert f'href="/matching/opportunities/{group.id}/reciprocity"' in page


def test_payments_are_in_the_menu_of_coordinators_only(matching: Matching) -> None:
    assert 'href="/matching/reciprocity"' in Visitor(matching).see("/opportunities")
    worker = Visitor(matching, Role.LINK_WORKER).see("/opportunities")
    assert 'href="/matching/reciprocity"' not in worker
