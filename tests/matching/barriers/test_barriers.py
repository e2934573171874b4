"""Barriers: what is counted, what is hidden, what was done; figures checked against SQL."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from schemas.events import ContactLogged
from services.matching.barriers import domain
from services.matching.barriers.domain import Report
from services.matching.suppression import Rule
from services.runtime.security.principal import Role
from tests.matching.harness import AREA, ORGANISATION, Matching, Visitor
from tests.matching.reciprocity.test_pages import words

TODAY = date(2026, 9, 1)
REPORTS = st.builds(
    Report,
    code=st.sampled_from(["travel", "cost", "time"]),
    reporter=st.sampled_from(domain.REPORTERS),
    reported_on=st.dates(date(2026, 6, 1), date(2026, 9, 20)),
    number=st.integers(1, 3),
)


def said(
    *codes: str, on: date, contact: UUID | None = None, organisation: str = ORGANISATION
) -> Any:
    return ContactLogged(
        contact_id=contact or uuid4(),
        organisation_id=organisation,
        area_code=AREA,
        venue_kind="library",
        kind="one_to_one",
        people=1,
        language="en",
        barriers=list(codes),
        contacted_on=on,
    )


def sql(matching: Matching, query: str, **values: Any) -> list[Any]:
    return list(matching.read(lambda s: s.execute(text(query), values).all()))


def seen(matching: Matching) -> dict[str, Any]:
    answer = matching.http.get("/api/v1/barriers")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def community(matching: Matching) -> None:
    """Three months of conversations, notes of staff, and this month's, which does not count yet."""
    july, august = date(2026, 7, 10), date(2026, 8, 10)
    matching.receive(*(said("travel", "cost", on=july) for _ in range(7)))
    matching.receive(*(said("travel", "never_asked", on=august) for _ in range(9)))
    matching.receive(*(said("time", on=august) for _ in range(2)))
    matching.receive(said("travel", on=TODAY), said("travel", on=august, organisation="other"))
    worker = matching.client(Role.LINK_WORKER)
    for _ in range(6):
        body = {"codes": ["not_welcome", "travel"], "on": "2026-08-20"}
        assert worker.post("/api/v1/barriers/reports", json=body).status_code == 201


def test_months_are_whole_and_in_order_over_the_turn_of_a_year() -> None:
    months = domain.months_before(date(2027, 2, 14), 3)
    assert months == (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1))
    assert domain.window(date(2027, 2, 14)) == (date(2026, 2, 1), date(2027, 2, 1))


@given(st.lists(REPORTS, max_size=60), st.integers(2, 8))
def test_no_small_number_is_ever_shown_and_totals_agree(
    reports: list[Report], threshold: int
) -> None:
    counted = domain.count(reports, TODAY, Rule(threshold=threshold))
    shown = [v for line in (*counted.barriers, counted.totals) for v in (*line.counts, line.total)]
    for value in (*shown, *counted.months.values()):
        assert value is None or value == 0 or value >= threshold
    if None not in counted.months.values():
        assert counted.totals.total == sum(value or 0 for value in counted.months.values())
    for line in (*counted.barriers, counted.totals):
        if None not in line.counts and line.total is not None:
            assert sum(value or 0 for value in line.counts) == line.total


def test_one_look_more_within_a_month_shows_nothing_new() -> None:
    reports = [Report("travel", "participant", date(2026, 8, 3))] * 6
    early = domain.count(reports, date(2026, 9, 2), Rule())
    more = [*reports, Report("travel", "participant", date(2026, 9, 3))]
    assert domain.count(more, date(2026, 9, 29), Rule()) == early


def test_every_figure_is_what_the_database_says_or_hidden(matching: Matching) -> None:
    community(matching)
    found = seen(matching)
    real = sql(
        matching,
        """
        SELECT code, SUM(reporter = 'participant'), SUM(reporter = 'link_worker'), COUNT(1)
        FROM barrier_reports
        WHERE organisation_id = 'elmfield' AND strftime('%Y-%m', reported_on) < '2026-09'
        GROUP BY code
        """,
    )
    lines = {line["key"]: line for line in found["barriers"]}
    assert lines.keys() == {row[0] for row in real}
    for code, people, workers, everyone in real:
        shown = lines[code]
        assert shown["participant"] in (people, None)
        assert shown["link_worker"] in (workers, None)
        assert shown["total"] in (everyone, None)
    assert (lines["travel"]["participant"], lines["travel"]["link_worker"]) == (16, 6)
    assert lines["travel"]["total"] == 22
    assert lines["time"]["participant"] is None
    months = dict(
        sql(
            matching,
            """
            SELECT strftime('%Y-%m-01', reported_on), COUNT(*) FROM barrier_reports
            WHERE organisation_id = 'elmfield' GROUP BY 1
            """,
        )
    )
    shown = {line["month"]: line["total"] for line in found["months"]}
    assert len(shown) == 12
    assert "2026-09-01" not in shown
    assert months["2026-07-01"] == 14 == shown["2026-07-01"]
    assert months["2026-08-01"] == 32 == shown["2026-08-01"]
    assert found["totals"]["total"] == 46


def test_a_corrected_contact_takes_the_place_of_what_it_was(matching: Matching) -> None:
    contact, day = uuid4(), date(2026, 8, 10)
    matching.receive(said("travel", "cost", on=day, contact=contact))
    matching.receive(said("cost", on=day, contact=contact), said("cost", on=day, contact=contact))
    rows = sql(matching, "SELECT code FROM barrier_reports")
    assert rows == [("cost",)]


def test_no_answer_and_an_unknown_code_are_no_barrier(matching: Matching) -> None:
    matching.receive(said("none", "prefer_not_to_say", "from_the_future", on=date(2026, 8, 10)))
    assert sql(matching, "SELECT * FROM barrier_reports") == []


def test_what_was_done_is_kept_with_its_cost_and_outcome(matching: Matching) -> None:
    community(matching)
    action = {
        "code": "travel",
        "what": "A minibus to each meeting.",
        "done_by": "host",
        "outcome": "removed",
        "cost_pence": 12000,
        "done_on": "2026-08-30",
    }
    for change in ({}, {"code": "cost", "outcome": "stays", "cost_pence": 550}):
        answer = matching.http.post("/api/v1/barriers/actions", json=action | change)
        assert answer.status_code == 201, answer.text
    found = seen(matching)
    (row,) = sql(
        matching,
        "SELECT COUNT(*), SUM(outcome = 'removed'), SUM(cost_pence) FROM barrier_actions",
    )
    assert tuple(found["action_totals"].values()) == tuple(row) == (2, 1, 12550)
    assert "Getting there" not in found["not_acted_on"]
    assert "Nobody asked me" in found["not_acted_on"]
    refused = matching.http.post("/api/v1/barriers/actions", json=action | {"code": "weather"})
    assert "Choose from the list" in refused.json()["detail"]
    late = matching.http.post("/api/v1/barriers/actions", json=action | {"done_on": "2030-01-01"})
    assert "not come yet" in late.json()["detail"]


def test_who_reports_reads_and_acts(matching: Matching) -> None:
    body = {"codes": ["cost"], "on": "2026-08-20"}
    statuses = {
        role: (
            matching.client(role).get("/api/v1/barriers").status_code,
            matching.client(role).post("/api/v1/barriers/reports", json=body).status_code,
        )
        for role in (Role.LINK_WORKER, Role.COORDINATOR, Role.HOST, Role.AUDITOR)
    }
    assert statuses == {
        Role.LINK_WORKER: (200, 201),
        Role.COORDINATOR: (200, 201),
        Role.HOST: (403, 201),
        Role.AUDITOR: (403, 403),
    }
    reporters = sql(matching, "SELECT DISTINCT reporter FROM barrier_reports ORDER BY 1")
    assert reporters == [("coordinator",), ("host",), ("link_worker",)]
    columns = sql(matching, "SELECT name FROM pragma_table_info('barrier_reports')")
    assert not any("account" in name or "by" in name for (name,) in columns)


def test_the_files_hold_the_figures_of_the_page(matching: Matching) -> None:
    community(matching)
    answer = matching.http.get("/api/v1/barriers/export", params={"form": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert ["Getting there", "16", "6", "0", "0", "22"] in rows
    assert any(r[:2] == ["The time of day", "few"] for r in rows)
    assert any("“few” stands for 1 to 4" in " ".join(r) for r in rows)
    for form in ("ods", "html", "pdf"):
        file = matching.http.get("/api/v1/barriers/export", params={"form": form})
        assert file.status_code == 200


def test_the_pages_report_act_and_show(matching: Matching) -> None:
    community(matching)
    visitor = Visitor(matching)
    page = visitor.see("/barriers")
    assert "Getting there 16 6 0 0 22" in words(page)
    assert "August 2026 32" in words(page)
    form = visitor.see("/barriers/report")
    assert "Choose what gets in the way." in words(visitor.send("/barriers/report", form, 422))
    day = (TODAY - timedelta(days=1)).isoformat()
    done = visitor.send("/barriers/report", form, codes=["cost", "time"], on=day)
    assert "It counts once this month has ended" in words(done)
    form = visitor.see("/barriers/actions/new")
    empty = visitor.send("/barriers/actions/new", form, 422, cost_pence="lots")
    for field in ("code", "what", "done_by", "outcome", "cost_pence", "done_on"):
        assert f'href="#{field}"' in empty
    typed = {
        "code": "travel",
        "what": "A minibus.",
        "done_by": "host",
        "outcome": "eased",
        "cost_pence": "12.50",
        "done_on": day,
    }
    page = visitor.send("/barriers/actions/new", form, **typed)
    assert "A minibus. The host It is smaller £12.50" in words(page)


@pytest.mark.parametrize("role", [Role.LINK_WORKER, Role.COORDINATOR])
def test_barriers_are_in_the_menu_of_those_who_may_read_them(
    matching: Matching, role: Role
) -> None:
    page = Visitor(matching, role).see("/barriers")
    assert 'href="/matching/barriers"' in page
    assert ("Record what was done" in words(page)) is (role is Role.COORDINATOR)
