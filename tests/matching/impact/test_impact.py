"""A programme from theory to answers; every figure checked against SQL of its own."""

from __future__ import annotations

import csv
import io
import re
import statistics
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.cli.community_impact import seed_impact
from services.matching.impact.bodies import PROGRAMME
from services.runtime.security.principal import Principal, Role
from tests.matching.harness import NOW, ORGANISATION, Matching, Visitor
from tests.matching.test_pages import words

PROGRAMMES = "/api/v1/programmes"


def start(matching: Matching, **changes: Any) -> str:
    answer = matching.http.post(PROGRAMMES, json=PROGRAMME | changes)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["programme_id"])


def seeded(matching: Matching) -> str:
    """The made-up year; its programme's id."""
    coordinator = Principal(matching.coordinator_id, Role.COORDINATOR, ORGANISATION, None, "seed")
    seed_impact(matching.node, coordinator, NOW)
    (item,) = matching.http.get(PROGRAMMES).json()["items"]
    return str(item["programme_id"])


def impact(matching: Matching, programme: str) -> dict[str, Any]:
    answer = matching.http.get(f"{PROGRAMMES}/{programme}/impact")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def figure(seen: dict[str, Any], code: str) -> dict[str, Any]:
    (found,) = [f for f in seen["figures"] if f["code"] == code]
    return dict(found)


def sql(matching: Matching, query: str, **values: Any) -> Any:
    return matching.read(lambda session: session.execute(text(query), values).scalar())


def test_every_figure_is_what_plain_sql_counts(matching: Matching) -> None:
    programme = seeded(matching)
    seen = impact(matching, programme)
    ours = "opportunity_id IN (SELECT opportunity_id FROM programme_opportunities)"
    taken = f"FROM seat_terms WHERE {ours} AND NOT is_member"
    counts = {
        "new_voice_rate": (
            f"SELECT count(*) {taken} AND new_voice",
            f"SELECT count(*) {taken}",
        ),
        "accepted": (
            f"SELECT count(*) FROM matches WHERE {ours} AND state IN ('accepted', 'released')",
            f"SELECT count(*) FROM matches WHERE {ours} AND (state IN ('accepted', 'released') "
            "OR reason = 'said_no')",
        ),
        "answered": (
            f"SELECT count(*) FROM matches WHERE {ours} AND state != 'invited'",
            f"SELECT count(*) FROM matches WHERE {ours}",
        ),
        "feedback_given": (
            f"SELECT count(DISTINCT opportunity_id) FROM feedback WHERE {ours}",
            "SELECT count(*) FROM programme_opportunities",
        ),
        "decisions_influenced": (
            "SELECT count(*) FROM programme_decisions WHERE outcome = 'changed'",
            "SELECT count(*) FROM programme_decisions WHERE outcome != 'open'",
        ),
    }
    for code, (part, whole) in counts.items():
        found = figure(seen, code)
        assert (found["part"], found["whole"]) == (sql(matching, part), sql(matching, whole)), code
        assert found["value"] == round(found["part"] / found["whole"], 4)
        assert found["low"] <= found["value"] <= found["high"]
    total = sql(matching, "SELECT sum(pence) FROM programme_costs")
    assert seen["total_pence"] == total == sum(kind["pence"] for kind in seen["costs"])
    voices = sql(matching, f"SELECT count(DISTINCT holder_id) {taken} AND new_voice")
    assert figure(seen, "cost_per_new_voice")["value"] == round(total / voices, 4)
    asked = "SELECT count(*) FROM programme_asked WHERE question ="
    for code, part, whole in (
        ("survey_response", "'listened' AND value IS NOT NULL", "'listened'"),
        ("survey_completion", "'again' AND value IS NOT NULL", "'listened'"),
        ("listened", "'listened' AND value >= 4", "'listened' AND value IS NOT NULL"),
        ("again", "'again' AND value >= 4", "'again' AND value IS NOT NULL"),
    ):
        found = figure(seen, code)
        counted = (sql(matching, f"{asked} {part}"), sql(matching, f"{asked} {whole}"))
        assert (found["part"], found["whole"]) == counted, code


def test_waits_of_filled_and_open_seats_are_those_in_the_tables(matching: Matching) -> None:
    seen = impact(matching, seeded(matching))
    found = figure(seen, "time_to_fill")
    filled = "SELECT count(*) FROM seat_terms WHERE NOT is_member"
    still_open = "SELECT count(*) FROM seats WHERE state = 'open'"
    assert found["part"] == sql(matching, filled)
    assert found["whole"] == found["part"] + sql(matching, still_open)
    first = """
        SELECT min(julianday(t.started_at) - julianday(o.opened_at)) AS days
        FROM seat_terms t JOIN opportunities o ON o.id = t.opportunity_id
        WHERE NOT t.is_member GROUP BY t.seat_id
    """
    waits = matching.read(lambda s: [row.days for row in s.execute(text(first))])
    # Few seats are open, so the estimate lies near the plain median of first waits.
    assert found["value"] == pytest.approx(statistics.median(waits), abs=12)
    assert seen["waits"][0]["day"] == pytest.approx(min(waits), abs=0.01)


def test_the_page_answers_both_questions_and_says_what_it_cannot_tell(matching: Matching) -> None:
    programme = seeded(matching)
    seen = impact(matching, programme)
    page = words(Visitor(matching).see(f"/programmes/{programme}"))
    assert "Is it working in the intended way?" in page
    assert "Is it worthwhile?" in page
    for answer in seen["answers"]:
        assert answer["sentence"] in page
        assert answer["word"] != "too_early"
    for found in seen["figures"]:
        assert found["sentence"] in page
    assert "no group to compare with" in page


@pytest.mark.parametrize(
    ("form", "begins"), [("csv", b""), ("html", b"<!"), ("ods", b"PK"), ("pdf", b"%PDF")]
)
def test_the_same_figures_can_be_taken_away(matching: Matching, form: str, begins: bytes) -> None:
    programme = seeded(matching)
    visitor = Visitor(matching)
    answer = visitor.http.get(f"/matching/programmes/{programme}/export?form={form}")
    assert answer.status_code == 200, answer.text
    assert answer.content.lstrip().startswith(begins)
    assert "attachment" in answer.headers["content-disposition"]
    if form == "csv":
        cells = [c for row in csv.reader(io.StringIO(answer.text)) for c in row]
        found = figure(impact(matching, programme), "new_voice_rate")
        assert "Seats taken by new voices" in cells
        assert f"{found['value']:.0%}" in cells


def test_few_people_are_hidden_on_page_and_export(matching: Matching) -> None:
    opportunity = matching.open(seats=6)
    people = [matching.register() for _ in range(3)]
    matching.settle()
    programme = start(matching, opportunity_ids=[str(opportunity)])
    for person in people[:2]:
        matching.receive(matching.invite(opportunity, person))
    cost = {"on": "2026-03-01", "kind": "venue", "pence": 9000}
    matching.http.post(f"{PROGRAMMES}/{programme}/costs", json=cost)
    matching.now += timedelta(days=1)
    seen = impact(matching, programme)
    for code in ("new_voice_rate", "accepted", "answered", "time_to_fill", "cost_per_new_voice"):
        found = figure(seen, code)
        assert found["hidden"], code
        assert (found["value"], found["part"], found["whole"]) == (None, None, None)
    assert seen["waits"] == []
    assert {a["word"] for a in seen["answers"]} == {"too_early"}
    export = Visitor(matching).http.get(f"/matching/programmes/{programme}/export?form=csv")
    assert "few" in export.text


def test_only_the_programmes_own_time_and_opportunities_count(matching: Matching) -> None:
    inside = matching.open(seats=12, members=[{}], targets=[])
    matching.open(seats=5, targets=[], title="Another programme's")
    lines = [("2025-12-31", 100), ("2026-01-05", 200), ("2026-08-31", 400), ("2027-01-01", 800)]
    programme = start(matching, opportunity_ids=[str(inside)], ended_on="2026-12-31")
    for on, pence in lines:
        body = {"on": on, "kind": "other", "pence": pence}
        assert matching.http.post(f"{PROGRAMMES}/{programme}/costs", json=body).is_success
    matching.now = NOW + timedelta(days=20)
    seen = impact(matching, programme)
    assert seen["total_pence"] == 600
    found = figure(seen, "time_to_fill")
    # Eleven seats wait since the opening; the member's was never open.
    assert (found["part"], found["whole"], found["value"]) == (0, 11, None)
    assert figure(seen, "feedback_given")["whole"] == 1


def test_a_line_is_an_amount_or_hours_and_pay(matching: Matching) -> None:
    programme = start(matching)
    path = f"{PROGRAMMES}/{programme}/costs"
    hours = {"on": "2026-02-03", "kind": "staff_hours", "minutes": 450, "pence_an_hour": 1850}
    line = matching.http.post(path, json=hours).json()["id"]
    for wrong in ({**hours, "pence": 5}, {"on": "2026-02-03", "kind": "travel"}):
        assert matching.http.post(path, json=wrong).status_code == 422
    records = f"{PROGRAMMES}/{programme}/records"
    assert matching.http.get(records).json()["costs"][0]["pence"] == 13_875
    assert matching.http.delete(f"{records}/{line}").status_code == 204
    assert matching.http.delete(f"{records}/{line}").status_code == 404
    assert matching.http.get(records).json()["costs"] == []


def test_a_colleague_reads_and_only_its_coordinator_changes(matching: Matching) -> None:
    programme = start(matching)
    path = f"{PROGRAMMES}/{programme}"
    colleague = matching.client(Role.COORDINATOR)
    assert colleague.get(f"{path}/impact").status_code == 200
    body = {"on": "2026-02-03", "kind": "travel", "pence": 5}
    assert colleague.post(f"{path}/costs", json=body).status_code == 404
    assert colleague.get(f"{path}/records").status_code == 404
    stranger = matching.client(Role.COORDINATOR, organisation="riverton")
    assert stranger.get(f"{path}/impact").status_code == 404
    other = stranger.post("/api/v1/opportunities", json=_opening()).json()["opportunity_id"]
    refused = matching.http.post(PROGRAMMES, json=PROGRAMME | {"opportunity_ids": [other]})
    assert (refused.status_code, "one of these ids" in refused.text) == (422, True)


def _opening() -> dict[str, Any]:
    return {
        "title": "Elsewhere",
        "host_name": "Riverton",
        "host_kind": "nhs",
        "area_code": "E08000003",
        "seats": 2,
    }


def test_a_programme_goes_through_the_pages(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    form = visitor.see("/programmes/new")
    refused = visitor.send("/programmes/new", form, 422, name="x", new_voice_rate="lots")
    for field in ("name", "started_on", "new_voice_rate"):
        assert f'href="#{field}"' in refused
        assert f'id="{field}"' in refused
    typed = {
        "name": "New voices in home care",
        "started_on": "2026-01-05",
        "activities": "Outreach at food banks\r\n\r\nInvitations by text",
        "new_voice_rate": "50%",
        "cost_per_new_voice": "£400",
        "opportunity": str(opportunity),
    }
    page = visitor.send("/programmes/new", form, **typed)
    assert "The programme is started" in page
    assert "Invitations by text" in page
    (item,) = matching.http.get(PROGRAMMES).json()["items"]
    view = matching.http.get(f"{PROGRAMMES}/{item['programme_id']}").json()
    assert (view["aims"]["new_voice_rate"], view["aims"]["cost_per_new_voice"]) == (0.5, 40_000)
    assert view["theory"]["activities"] == ["Outreach at food banks", "Invitations by text"]
    assert view["opportunity_ids"] == [str(opportunity)]
    here = f"/programmes/{UUID(item['programme_id'])}"
    edit = visitor.see(f"{here}/edit")
    assert 'value="50"' in edit
    changed = typed | {"name": "Home care, new voices", "revision": "1"}
    assert "Home care, new voices" in visitor.send(f"{here}/edit", edit, **changed)
    records = visitor.see(f"{here}/records")
    assert "Enter an amount" in words(
        visitor.send(f"{here}/costs", records, 422, on="2026-02-01", kind="travel")
    )
    hours = {"on": "2026-02-01", "kind": "staff_hours", "hours": "7.5", "pay": "18.50"}
    paid = visitor.send(f"{here}/costs", records, **hours)
    assert "£138.75" in words(paid)
    decided = {"decided_on": "2026-02-02", "what": "Length of visits", "outcome": "changed"}
    page = visitor.send(f"{here}/decisions", records, **decided)
    assert "Changed by what people said" in words(page)
    line = re.search(r'name="line" value="([^"]+)"', page)
    assert line
    assert "The line is taken out" in visitor.send(f"{here}/remove", page, line=line[1])
