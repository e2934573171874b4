"""Payments through the API, each figure checked against SQL of its own."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from schemas.events import ParticipantErased, PaymentRecorded
from services.runtime.security.principal import Role
from tests.matching.harness import Matching
from tests.matching.reciprocity.conftest import Group


def sql(matching: Matching, query: str, **values: Any) -> list[Any]:
    return list(matching.read(lambda s: s.execute(text(query), values).all()))


def test_who_came_and_chose_to_be_paid_is_owed_what_was_offered(group: Group) -> None:
    first, second = group.holders()
    (member,) = group.holders(member=True)
    group.choose(first, "paid")
    group.choose(second, "expenses_only")
    group.choose(member, "declined")
    answer = group.post("sessions", on=group.day.isoformat(), holder_ids=[first, second, member])
    assert (len(answer["owed_ids"]), answer["unpaid_by_choice"]) == (1, 2)
    (item,) = group.seen()["owed"]
    assert (item["holder_id"], item["pence"], item["kind"]) == (first, 2500, "payment")
    assert item["due_on"] == (group.day + timedelta(days=30)).isoformat()


def test_a_choice_is_kept_only_after_the_notice_about_benefits(group: Group) -> None:
    first, _ = group.holders()
    refused = group.choose(first, "paid", told=False, status=422)
    assert "Tell the person first that pay may affect benefits" in refused["detail"]
    assert sql(group.matching, "SELECT * FROM payment_choices") == []


def test_nobody_is_owed_money_before_they_were_asked(group: Group) -> None:
    first, second = group.holders()
    group.choose(first, "paid")
    body = {"on": group.day.isoformat(), "holder_ids": [first, second]}
    refused = group.post("sessions", 409, **body)
    assert "Ask first how these people want to be paid: seat 3." in refused["detail"]
    refused = group.post("items", 409, holder_id=second, kind="payment", pence=500)
    assert "Ask the person first" in refused["detail"]
    assert group.seen()["owed"] == []


def test_a_choice_given_with_the_yes_counts_as_known_before(group: Group) -> None:
    group.matching.open(title="Another")
    group.seat_somebody(choice="expenses_only")
    found = [h for h in group.seen()["holders"] if h["choice"]]
    assert [(h["choice"], h["before_yes"]) for h in found] == [("expenses_only", True)]


def test_a_choice_can_be_kept_between_the_invitation_and_the_yes(matching: Matching) -> None:
    group = Group(matching, people=1)
    person = matching.register()
    answer = matching.invite(group.id, person)
    asked = [h for h in group.seen()["holders"] if h["state"] == "approved"]
    kept = group.choose(asked[0]["holder_id"], "declined")
    assert kept["before_yes"] is True
    matching.receive(answer)
    seated = [h for h in group.seen()["holders"] if h["holder_id"] == asked[0]["holder_id"]]
    assert [(h["choice"], h["before_yes"]) for h in seated] == [("declined", True)]


def test_a_change_of_mind_cancels_what_is_unpaid_and_keeps_what_was_paid(group: Group) -> None:
    first, _ = group.holders()
    group.choose(first, "paid")
    group.meet(first)
    travel = group.post("items", holder_id=first, kind="expense", expense="travel", pence=460)
    group.post("settlements", 200, owed_ids=travel["owed_ids"], paid_on=group.day.isoformat())
    assert group.choose(first, "declined")["cancelled"] == 1
    assert [(i["kind"], i["state"]) for i in group.seen()["owed"]] == [("expense", "paid")]
    refused = group.post("items", 409, holder_id=first, kind="benefit", label="Voucher", pence=900)
    assert "chose not to take this" in refused["detail"]
    group.post("items", holder_id=first, kind="training", label="Chairing a meeting", pence=0)


def test_a_meeting_is_owed_once_however_often_it_is_recorded(group: Group) -> None:
    first, second = group.holders()
    for holder in (first, second):
        group.choose(holder, "paid")
    group.meet(first)
    body = {"on": group.day.isoformat(), "holder_ids": [first, second]}
    refused = group.post("sessions", 409, **body)
    assert "recorded already for seat 2" in refused["detail"]
    group.meet(second)
    assert len(group.seen()["owed"]) == 2


def test_a_rate_of_the_day_is_used_and_noted(group: Group) -> None:
    first, _ = group.holders()
    group.choose(first, "paid")
    group.meet(first, rate_id="nihr_hour", quantity="2.5")
    group.post(
        "items", holder_id=first, kind="expense", expense="travel", rate_id="mileage_car",
        quantity="12.5",
    )  # fmt: skip
    by_rate = {i["rate_id"]: i for i in group.seen()["owed"]}
    assert (by_rate["nihr_hour"]["pence"], by_rate["nihr_hour"]["quantity"]) == (6250, 2.5)
    assert by_rate["nihr_hour"]["rate_valid_from"] == "2022-08-31"
    assert (by_rate["mileage_car"]["pence"], by_rate["mileage_car"]["rate_pence"]) == (563, 45)


def test_a_rate_that_did_not_hold_yet_is_refused(group: Group) -> None:
    first, _ = group.holders()
    group.choose(first, "paid")
    body = {"on": "2022-08-30", "holder_ids": [first], "rate_id": "nihr_hour"}
    assert "Enter an amount, or add the rate" in group.post("sessions", 422, **body)["detail"]
    wrong = body | {"on": group.day.isoformat(), "rate_id": "mileage_car"}
    assert "for something else" in group.post("sessions", 422, **wrong)["detail"]


def test_pay_by_the_hour_follows_the_length_of_the_meeting(matching: Matching) -> None:
    group = Group(matching, people=1, payment_unit="hour")
    (first,) = group.holders()
    group.choose(first, "paid")
    group.meet(first)
    assert [i["pence"] for i in group.seen()["owed"]] == [6250]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"kind": "expense", "pence": 500}, "Choose what the expense is for"),
        ({"kind": "benefit", "pence": 500}, "Say what it is"),
        ({"kind": "payment", "pence": 0}, "above 0"),
        ({"kind": "payment"}, "Give an amount, or choose a rate"),
        ({"kind": "payment", "pence": 5, "rate_id": "nihr_day"}, "Not both"),
        ({"kind": "payment", "pence": 5, "session_on": "2030-01-01"}, "not come yet"),
    ],
)
def test_what_cannot_be_owed_says_what_to_do(group: Group, body: dict[str, Any], told: str) -> None:
    first, _ = group.holders()
    group.choose(first, "paid")
    assert told in group.post("items", 422, holder_id=first, **body)["detail"]


def test_people_are_told_of_money_once_and_of_its_sum(group: Group) -> None:
    first, second = group.holders()
    (member,) = group.holders(member=True)
    for holder in (first, second, member):
        group.choose(holder, "paid")
    owed = group.meet(first, second, member)
    more = [
        {"holder_id": first, "kind": "expense", "expense": "travel", "pence": 460},
        {"holder_id": first, "kind": "benefit", "label": "Voucher", "pence": 1000},
    ]
    for body in more:
        owed += group.post("items", **body)["owed_ids"]
    day = group.day.isoformat()
    group.post("settlements", 200, owed_ids=owed, paid_on=day)
    told = group.matching.published(PaymentRecorded)
    assert sorted(e.amount_pence for e in told) == [2500, 2960]
    assert {str(e.match_id) for e in told} == {first, second}
    assert group.post("settlements", 409, owed_ids=owed[:1], paid_on=day)
    assert len(group.matching.published(PaymentRecorded)) == 2


def community(group: Group) -> None:
    """Paid in time, paid late, overdue, not due yet and cancelled, of several kinds."""
    first, second = group.holders()
    for holder in (first, second):
        group.choose(holder, "paid")
    in_time, late = group.meet(first, second)
    early = (group.day + timedelta(days=1)).isoformat()
    travel = {"holder_id": first, "kind": "expense", "expense": "travel", "due_on": early}
    group.post("items", pence=460, **travel)
    paid_late = group.post("items", pence=780, **travel)["owed_ids"]
    (wrong,) = group.post("items", pence=9900, **travel)["owed_ids"]
    group.post(f"items/{wrong}/cancel", 204, reason="wrong_amount")
    group.pass_days(3)
    day = group.matching.now.date().isoformat()
    group.post("settlements", 200, owed_ids=[in_time, *paid_late], paid_on=day)
    group.post("items", holder_id=second, kind="benefit", label="Voucher", pence=1500)
    training = {"kind": "training", "label": "Chairing a meeting", "pence": 0}
    group.post("items", holder_id=second, due_on=early, **training)
    assert late


def test_every_figure_of_an_opportunity_is_what_the_database_says(group: Group) -> None:
    community(group)
    seen = group.seen()["totals"]
    today = group.matching.now.date().isoformat()
    (row,) = sql(
        group.matching,
        """
        WITH counted AS (SELECT * FROM owed WHERE cancel_reason = '' AND kind <> 'training')
        SELECT (SELECT TOTAL(pence) FROM counted WHERE paid_on IS NULL),
               (SELECT TOTAL(pence) FROM counted WHERE paid_on IS NULL AND :today > due_on),
               (SELECT COUNT(*) FROM counted WHERE paid_on IS NULL AND :today > due_on),
               (SELECT TOTAL(pence) FROM counted WHERE paid_on IS NOT NULL),
               (SELECT COUNT(*) FROM counted WHERE paid_on > '' OR due_on < :today),
               (SELECT COUNT(*) FROM counted WHERE paid_on <= due_on)
        """,
        today=today,
    )
    keys = ("owed_pence", "overdue_pence", "overdue", "paid_pence", "fell_due", "in_time")
    assert tuple(seen[key] for key in keys) == tuple(row)
    assert tuple(row) == (4460, 460, 1, 3280, 3, 1)
    assert seen["in_time_share"] == pytest.approx(1 / 3)


def test_the_overview_adds_up_to_its_opportunities_and_hides_few_choices(group: Group) -> None:
    community(group)
    other = Group(group.matching, people=1)
    (only,) = other.holders()
    other.choose(only, "declined")
    seen = group.matching.http.get("/api/v1/reciprocity").json()
    (one,) = seen["opportunities"]
    assert one["totals"] == group.seen()["totals"] == seen["totals"]
    assert sum(kind["owed_pence"] for kind in seen["by_kind"].values()) == 4460
    counts = dict(
        sql(
            group.matching,
            """
            SELECT COALESCE((SELECT choice FROM payment_choices p WHERE p.holder_id IN
                    (s.match_id, s.member_id) ORDER BY p.id DESC LIMIT 1), 'none'), COUNT(*)
            FROM seats s WHERE s.state = 'filled' GROUP BY 1
            """,
        )
    )
    assert counts == {"paid": 2, "declined": 1, "none": 2}
    assert seen["choices"] == {
        "paid": None,
        "expenses_only": 0,
        "declined": None,
        "not_asked": None,
    }


def test_the_files_hold_the_figures_of_the_page(group: Group) -> None:
    community(group)
    answer = group.matching.http.get("/api/v1/reciprocity/export", params={"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    (row,) = [r for r in rows if r[:1] == ["Better home care"]]
    assert row[2:7] == ["44.60", "4.60", "32.80", "3", "1"]
    assert ["Be paid", "few"] in rows
    for form in ("ods", "html", "pdf"):
        one = group.matching.http.get(f"{group.path}/reciprocity/export", params={"form": form})
        assert one.status_code == 200
        assert f'.{form}"' in one.headers["content-disposition"]


def test_no_stranger_reads_or_records_payments(group: Group) -> None:
    community(group)
    first = group.holders()[0]
    stranger = group.matching.client(Role.COORDINATOR)
    assert stranger.get(f"{group.path}/reciprocity").status_code == 404
    assert stranger.get("/api/v1/reciprocity").json()["opportunities"] == []
    body = {"on": group.day.isoformat(), "holder_ids": [first]}
    assert stranger.post(f"{group.path}/reciprocity/sessions", json=body).status_code == 404
    worker = group.matching.client(Role.LINK_WORKER)
    assert worker.get("/api/v1/reciprocity").status_code == 403
    (owed, *_) = [i["owed_id"] for i in group.seen()["owed"]]
    elsewhere = Group(group.matching, people=1)
    elsewhere.post(f"items/{owed}/cancel", 404, reason="wrong_amount")
    elsewhere.post("items", 404, holder_id=str(uuid4()), kind="payment", pence=5)


def test_what_was_paid_outlives_the_person_without_pointing_at_them(group: Group) -> None:
    person = group.seat_somebody(choice="paid")
    (holder,) = [h["holder_id"] for h in group.seen()["holders"] if h["choice"] == "paid"]
    (owed,) = group.meet(holder)
    group.post("settlements", 200, owed_ids=[owed], paid_on=group.day.isoformat())
    group.matching.receive(ParticipantErased(participant_id=person))
    assert group.seen()["totals"]["paid_pence"] == 2500
    for table in ("owed", "payment_choices", "matches", "seats"):
        rows = sql(group.matching, f"SELECT * FROM {table}")
        assert person.hex not in str(rows).replace("-", "")


def test_no_column_can_hold_a_bank_detail(matching: Matching) -> None:
    columns = sql(matching, "SELECT name FROM pragma_table_info('owed')")
    columns += sql(matching, "SELECT name FROM pragma_table_info('payment_choices')")
    names = " ".join(name for (name,) in columns)
    assert not any(word in names for word in ("account_n", "sort", "iban", "bank", "card"))
