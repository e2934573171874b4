"""Every figure on a page of the console is what SQL of our own counts.

One database of each service, filled with the made-up community: three people are asked, two answer.
The SQL here is written by hand, goes past the product's tables and functions, and where a figure
is a formula it is worked out anew. "Who is heard" by host, area and earlier seats is in
tests/matching/test_voices_figures.py; payments, barriers, answers and programmes have more cases
in their own folders.
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from services.cli.community import ORGANISATION
from services.matching.survey.questions import BARRIERS, GROUPS, JOBS
from services.matching.survey.sample import sample
from services.outreach import places
from services.outreach.care_models import Familiarity
from services.outreach.monitoring_models import MonitoringAnswer
from services.runtime.security.principal import Role
from tests.support.community import Console, close_to, made_up_community, percent, pounds, wilson
from tests.support.reading_pages import figures_of, plain, tables_of

FEW, THRESHOLD = "few", 5
CENSUS = json.loads((Path(places.__file__).parent / "data" / "areas.json").read_text("utf-8"))
# Held seats by the groups of targets: everybody in a seat whose answers hold every category.
HELD = """
    SELECT t.position, t.least,
      (SELECT COUNT(*) FROM seats s
       LEFT JOIN members m ON m.id = s.member_id
       LEFT JOIN profiles p ON p.participant_id = s.participant_id
       WHERE s.opportunity_id = t.opportunity_id AND s.state = 'filled' AND NOT EXISTS (
         SELECT 1 FROM json_each(t.groups) g WHERE NOT EXISTS (
           SELECT 1 FROM json_each(COALESCE(m.categories, p.categories),
                                   '$.' || json_extract(g.value, '$[0]')) c
           WHERE c.value = json_extract(g.value, '$[1]')))),
      (SELECT COUNT(*) FROM matches x JOIN profiles p USING (participant_id)
       WHERE x.opportunity_id = t.opportunity_id AND x.state IN ('approved', 'invited')
       AND NOT EXISTS (
         SELECT 1 FROM json_each(t.groups) g WHERE NOT EXISTS (
           SELECT 1 FROM json_each(p.categories, '$.' || json_extract(g.value, '$[0]')) c
           WHERE c.value = json_extract(g.value, '$[1]'))))
    FROM targets t WHERE t.opportunity_id = ? ORDER BY t.position
"""
# Whether the person has every category of a target's groups.
HAS = """NOT EXISTS (SELECT 1 FROM json_each(groups) g WHERE NOT EXISTS (
    SELECT 1 FROM json_each(p.categories, '$.' || json_extract(g.value, '$[0]')) c
    WHERE c.value = json_extract(g.value, '$[1]')))"""
TERMS = """
    SELECT t.holder_id, t.new_voice, t.started_at, t.ended_at FROM seat_terms t
    JOIN opportunities o ON o.id = t.opportunity_id WHERE o.organisation_id = ?
"""


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with made_up_community(tmp_path_factory.mktemp("figures")) as made:
        yield made


def test_the_list_of_opportunities_shows_seats_and_proposals(console: Console) -> None:
    page = plain(console.see("/matching/opportunities"))
    rows = console.sql(
        """SELECT o.title,
             (SELECT COUNT(*) FROM seats s WHERE s.opportunity_id = o.id AND state = 'filled'),
             (SELECT COUNT(*) FROM seats s WHERE s.opportunity_id = o.id),
             (SELECT COUNT(*) FROM matches m WHERE m.opportunity_id = o.id AND state = 'proposed')
           FROM opportunities o WHERE o.organisation_id = ? AND o.state = 'open'""",
        ORGANISATION,
    )
    assert len(rows) >= 5
    for title, filled, seats, proposals in rows:
        start = page.index(title)
        card = page[start : start + 160]
        assert f"{filled} of {seats} seats filled" in card
        if proposals:
            assert f"{proposals} proposal" in card


def test_an_opportunity_shows_who_has_a_seat_and_who_should(console: Console) -> None:
    page = console.see(console.path_of(console.opportunity))
    filled, seats = console.sql(
        "SELECT SUM(state = 'filled'), COUNT(*) FROM seats WHERE opportunity_id = ?",
        console.opportunity,
    )[0]
    states = dict(
        console.sql(
            "SELECT state, COUNT(*) FROM matches WHERE opportunity_id = ? GROUP BY 1",
            console.opportunity,
        )
    )
    asked = states.get("approved", 0) + states.get("invited", 0)
    assert filled == 3  # two members, and the person who said yes
    assert figures_of(page) == [str(seats - filled), str(asked), str(states.get("proposed", 0))]
    rows = tables_of(page)["Who has a seat, and who should"]
    found = console.sql(HELD, console.opportunity)
    assert len(rows) == len(found) == 3
    short = 0
    for (_, least, held, if_asked), row in zip(found, rows, strict=True):
        assert row[1:4] == [str(held), f"at least {least}", str(held + if_asked)], row
        assert row[4] == ("Met" if held >= least else "Not yet met")
        short += max(0, least - held)
    assert sum(held for _, _, held, _ in found) >= 1
    # Weights are all 1, and with no seat filled each group would be short by its whole aim.
    gap = short / sum(least for _, least, _, _ in found)
    listed = console.api(f"/matching/api/v1/opportunities/{UUID(console.opportunity)}")
    assert listed["gap_index"] == pytest.approx(gap, abs=1e-4)


def test_the_queue_holds_the_proposals_that_wait(console: Console) -> None:
    page = plain(console.see(f"{console.path_of(console.opportunity)}/review"))
    waiting = console.sql(
        "SELECT id FROM matches WHERE opportunity_id = ? AND state = 'proposed'",
        console.opportunity,
    )
    assert page.count("Choose proposal") == len(waiting)
    assert f"{6 - 3} seats are open" in page


def test_what_if_compare_and_approve_count_the_seats_that_would_change(console: Console) -> None:
    here = console.path_of(console.opportunity)
    found = console.sql(HELD, console.opportunity)
    short = [max(0, least - held) for _, least, held, _ in found]
    gap = sum(short) / sum(least for _, least, _, _ in found)
    waiting = console.sql(
        f"""SELECT x.id, x.new_voice, (SELECT json_group_array({HAS}) FROM
              (SELECT groups FROM targets WHERE opportunity_id = x.opportunity_id
               ORDER BY position))
            FROM matches x JOIN profiles p USING (participant_id)
            WHERE x.opportunity_id = ? AND x.state = 'proposed' ORDER BY x.rank, x.tie""",
        console.opportunity,
    )
    assert len(waiting) >= 2
    two = waiting[:2]
    chosen = "&".join(f"match={UUID(number)}" for number, _, _ in two)
    each = [json.loads(groups) for _, _, groups in waiting]
    brings = each[:2]
    shown = tables_of(console.see(f"{here}/approvals?{chosen}"))["What would change"]
    for row, (_, least, held, _), one, other in zip(shown, found, *brings, strict=True):
        assert row[1:] == [str(held), str(held + one + other), str(least)], row
    compared = tables_of(console.see(f"{here}/compare?{chosen}"))["What each would change"]
    lines = {row[0]: row[1:] for row in compared}
    voices = ["New voice" if new else "Familiar voice" for _, new, _ in two]
    assert lines["Voice"] == voices
    seats = [row for name, row in lines.items() if name.endswith("seats with them")]
    for row, (_, _, held, _), one, other in zip(seats, found, *brings, strict=True):
        assert row == [str(held + one), str(held + other)]
    aim = sum(least for _, least, _, _ in found)
    gains = [sum(min(s, b) for s, b in zip(short, all_of, strict=True)) / aim for all_of in each]
    shown_gains = [percent(gain) for gain in gains]
    assert lines["All gaps together get smaller by"] == shown_gains[:2]
    page = console.see(f"{here}/what-if")
    assert figures_of(page) == [percent(gap), percent(gap)]
    order = tables_of(page)["The order of proposals with these weights"]
    assert sorted(row[3] for row in order) == sorted(shown_gains)  # new voices come first


def test_lists_of_surveys_and_programmes_count_what_is_in_them(console: Console) -> None:
    people, done = console.sql("SELECT SUM(respondents), SUM(completed) FROM surveys")[0]
    page = plain(console.see("/matching/surveys"))
    assert f"{people} responses, {percent(done / people)} complete" in page
    groups = console.one("SELECT COUNT(*) FROM programme_opportunities")
    assert f"{groups} opportunities" in plain(console.see("/matching/programmes"))
    articles = console.one("SELECT COUNT(*) FROM practice_articles WHERE state = 'published'")
    assert f"{articles} articles" in plain(console.see("/matching/practice"))


def test_who_is_heard_shows_seats_people_and_concentration(console: Console) -> None:
    page = console.see("/matching/voices")
    terms = console.sql(TERMS, ORGANISATION)
    held = [holder for holder, _, _, ended in terms if ended is None]
    each = Counter(held)
    seen = console.api("/matching/api/v1/measures")
    assert figures_of(page)[0] == str(len(held)) == str(seen["seats"])
    assert seen["people"] == len(each)
    assert seen["hhi"] == pytest.approx(sum((n / len(held)) ** 2 for n in each.values()), abs=5e-5)
    pairs = sum(abs(a - b) for a in each.values() for b in each.values())
    gini = pairs / (2 * len(each) ** 2 * (len(held) / len(each)))
    assert seen["gini"] == pytest.approx(gini, abs=5e-5)
    gap = console.one(
        "SELECT AVG(gap_index) FROM opportunities WHERE organisation_id = ? AND state = 'open'",
        ORGANISATION,
    )
    assert close_to(figures_of(page)[-1], gap)


def test_each_quarter_shows_seats_taken_by_new_voices_and_who_held_them(console: Console) -> None:
    rows = tables_of(console.see("/matching/voices"))["Voices over time"]
    terms = console.sql(TERMS + " ORDER BY t.started_at, t.id", ORGANISATION)
    assert rows
    for row in rows:
        start, end = _quarter(row[0])
        taken = [t for t in terms if start <= t[2][:10] < end]
        sat_before = [t for t in terms if t[2][:10] < start]
        first = {holder for holder, *_ in sat_before}
        new = sum(t[1] for t in taken if t[0] not in first)
        there = Counter(t[0] for t in terms if t[2][:10] < end and (not t[3] or t[3][:10] >= end))
        total = sum(there.values())
        assert row[1] == (str(len(taken)) if not 0 < len(taken) < THRESHOLD else "too few")
        if row[2] != "too few":
            assert close_to(row[2], new / len(taken))
        else:
            assert 0 < new < THRESHOLD or 0 < len(taken) - new < THRESHOLD
        if row[3] != "too few":
            assert row[3] == f"{sum((n / total) ** 2 for n in there.values()):.3f}"
        else:
            assert total < 20


def _quarter(label: str) -> tuple[str, str]:
    """First day of a quarter and of the next, from "January to March 2026"."""
    months = {"January": 1, "April": 4, "July": 7, "October": 10}
    month, year = months[label.split()[0]], int(label.split()[-1])
    following = (year, month + 3) if month < 10 else (year + 1, 1)
    return f"{year}-{month:02d}-01", f"{following[0]}-{following[1]:02d}-01"


def test_groups_that_hold_no_seat_are_those_not_yet_reached(console: Console) -> None:
    seen = console.api("/matching/api/v1/measures")["not_reached"]
    open_ones = console.sql(
        "SELECT id FROM opportunities WHERE organisation_id = ? AND state = 'open'", ORGANISATION
    )
    held: Counter[str] = Counter()
    for (number,) in open_ones:
        names = console.sql(
            "SELECT groups FROM targets WHERE opportunity_id = ? ORDER BY position", number
        )
        for (groups,), (_, _, count, _) in zip(names, console.sql(HELD, number), strict=True):
            held[groups] += count
    assert len(seen) == sum(count == 0 for count in held.values()) > 0


def test_money_is_what_the_lines_add_up_to(console: Console) -> None:
    page = console.see("/matching/reciprocity")
    today = console.today
    lines = "FROM owed o JOIN opportunities p ON p.id = o.opportunity_id WHERE cancelled_at IS NULL"
    owed, overdue, late = console.sql(
        f"""SELECT TOTAL(pence), TOTAL(CASE WHEN due_on < ? THEN pence END),
              COALESCE(SUM(due_on < ?), 0) {lines} AND paid_on IS NULL AND kind <> 'training'""",
        today,
        today,
    )[0]
    due, in_time = console.sql(
        f"""SELECT COUNT(*), SUM(paid_on IS NOT NULL AND paid_on <= due_on) {lines}
              AND kind <> 'training' AND (paid_on IS NOT NULL OR due_on < ?)""",
        today,
    )[0]
    assert figures_of(page) == [pounds(owed), pounds(overdue), percent(in_time / due)]
    assert f"{late} things after their day" in plain(page)
    assert f"{in_time} of {due} that fell due" in plain(page)
    by_kind = console.sql(
        f"""SELECT kind, TOTAL(CASE WHEN paid_on IS NULL THEN pence END),
              TOTAL(CASE WHEN paid_on IS NULL AND due_on < ? THEN pence END),
              TOTAL(CASE WHEN paid_on IS NOT NULL THEN pence END) {lines} GROUP BY kind""",
        today,
    )
    names = {"expense": "Costs", "payment": "Involvement payment", "training": "Training"}
    shown = {row[0]: row[1:] for row in tables_of(page)["By kind"]}
    for kind, *sums in by_kind:
        if kind in names:
            assert shown[names[kind]] == [pounds(each) for each in sums], kind
    (row,) = tables_of(page)["By opportunity"]
    paid = console.one(f"SELECT TOTAL(pence) {lines} AND paid_on IS NOT NULL")
    assert row[1:] == [pounds(owed), pounds(overdue), pounds(paid), f"{in_time} of {due}"]


def test_barriers_are_the_reports_and_the_things_done(console: Console) -> None:
    page = console.see("/matching/barriers")
    months = tables_of(page)["Reports by month"]
    by_month = dict(
        console.sql(
            "SELECT strftime('%Y-%m', reported_on), COUNT(*) FROM barrier_reports GROUP BY 1"
        )
    )
    for label, shown in months:
        month = datetime.strptime(label, "%B %Y").replace(tzinfo=UTC)
        number = by_month.get(f"{month:%Y-%m}", 0)
        assert shown == (str(number) if number == 0 or number >= THRESHOLD else FEW)
    first = datetime.strptime(months[0][0], "%B %Y").replace(tzinfo=UTC).date().isoformat()
    until = console.today[:8] + "01"
    reports = console.one(
        "SELECT COUNT(*) FROM barrier_reports WHERE reported_on >= ? AND reported_on < ?",
        first,
        until,
    )
    done, removed, cost = console.sql(
        "SELECT COUNT(*), SUM(outcome = 'removed'), TOTAL(cost_pence) FROM barrier_actions"
    )[0]
    assert figures_of(page) == [str(reports), str(removed), pounds(cost)]
    assert f"of {done} things tried" in plain(page)


def test_what_has_no_answer_is_counted(console: Console) -> None:
    page = console.see("/matching/owed-answers")
    without, answers, changed = console.sql(
        """SELECT (SELECT COUNT(*) FROM said WHERE feedback_id IS NULL),
             (SELECT COUNT(*) FROM said WHERE feedback_id IS NOT NULL) + (SELECT COUNT(*)
              FROM feedback f WHERE NOT EXISTS (SELECT 1 FROM said WHERE feedback_id = f.id)),
             (SELECT COUNT(*) FROM feedback_outcomes WHERE outcome IN ('changed', 'in_part'))"""
    )[0]
    assert figures_of(page)[0] == str(without)
    seen = console.api("/matching/api/v1/owed-answers")["totals"]
    assert int(figures_of(page)[1]) == seen["answered"] <= answers
    assert figures_of(page)[2] == str(changed)


def test_staying_and_waiting_are_the_estimates_of_kaplan_and_meier(console: Console) -> None:
    programme = console.api("/matching/api/v1/programmes")["items"][0]["programme_id"]
    seen = console.api(f"/matching/api/v1/programmes/{programme}/impact")
    until = datetime.fromisoformat(seen["counted_until"])
    stays = []
    for started, ended, planned in console.sql(
        """SELECT t.started_at, t.ended_at, EXISTS (SELECT 1 FROM matches m
             WHERE m.opportunity_id = t.opportunity_id AND m.participant_id = t.holder_id
             AND m.state = 'released' AND m.reason = 'term_ended')
           FROM seat_terms t JOIN programme_opportunities USING (opportunity_id)
           WHERE NOT t.is_member"""
    ):
        begin, end = _utc(started), _utc(ended) if ended else until
        stays.append(((end - begin).total_seconds() / 86_400, bool(ended) and not planned))
    there = 1.0
    for day in sorted({days for days, left in stays if left and days <= 182}):
        at_risk = sum(days >= day for days, _ in stays)
        left = sum(left for days, left in stays if days == day)
        there *= 1 - left / at_risk
    found = next(each for each in seen["figures"] if each["code"] == "retention")
    assert found["value"] == pytest.approx(there, abs=1e-4)
    row = next(
        row
        for row in tables_of(console.see(f"/matching/programmes/{programme}"))[
            "Shares and their aims"
        ]
        if row[0] == "People still there after half a year"
    )
    assert close_to(row[1], there)


def test_the_wait_for_a_seat_is_the_median_of_kaplan_and_meier(console: Console) -> None:
    programme = console.api("/matching/api/v1/programmes")["items"][0]["programme_id"]
    seen = console.api(f"/matching/api/v1/programmes/{programme}/impact")
    until = datetime.fromisoformat(seen["counted_until"])
    waits: list[tuple[float, bool]] = []
    for seat, opened, closed in console.sql(
        """SELECT s.id, o.opened_at, o.closed_at FROM seats s
           JOIN opportunities o ON o.id = s.opportunity_id
           JOIN programme_opportunities p USING (opportunity_id)"""
    ):
        end, since = min(until, _utc(closed)) if closed else until, _utc(opened)
        for began, left, member in console.sql(
            "SELECT started_at, ended_at, is_member FROM seat_terms WHERE seat_id = ? ORDER BY 1",
            seat,
        ):
            if not (member and _utc(began) <= since):
                waits.append(((_utc(began) - since).total_seconds() / 86_400, True))
            since = _utc(left) if left else end
        if since < end:
            waits.append(((end - since).total_seconds() / 86_400, False))
    still_open, median = 1.0, 0.0
    for median in sorted({days for days, filled in waits if filled}):
        filled_then = sum(filled for days, filled in waits if days == median)
        still_open *= 1 - filled_then / sum(days >= median for days, _ in waits)
        if still_open <= 0.5:
            break
    found = next(each for each in seen["figures"] if each["code"] == "time_to_fill")
    assert (found["part"], found["whole"]) == (sum(filled for _, filled in waits), len(waits))
    assert found["value"] == pytest.approx(median, abs=1e-3)
    page = plain(console.see(f"/matching/programmes/{programme}"))
    assert f"half of the open seats are filled: {median:.0f} days" in page


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_every_share_of_a_programme_is_its_part_of_the_whole(console: Console) -> None:
    programme = console.api("/matching/api/v1/programmes")["items"][0]["programme_id"]
    page = tables_of(console.see(f"/matching/programmes/{programme}"))
    ours = "opportunity_id IN (SELECT opportunity_id FROM programme_opportunities)"
    asked = f"FROM matches WHERE {ours} AND asked_at IS NOT NULL"
    yes = "state IN ('accepted', 'alternate', 'released')"
    taken = f"FROM seat_terms WHERE {ours} AND NOT is_member"
    listened = "FROM programme_asked WHERE question = 'listened'"
    again = "FROM programme_asked WHERE question = 'again'"
    for label, part, whole_of in (
        ("Answers that were yes", f"{asked} AND {yes}", f"{asked} AND ({yes} OR reason='said_no')"),
        ("Seats taken by new voices", f"{taken} AND new_voice", taken),
        ("People who answered our question", f"{listened} AND value > 0", listened),
        (
            "People who say that they are listened to",
            f"{listened} AND value >= 4",
            f"{listened} AND value > 0",
        ),
        ("People who would take part again", f"{again} AND value >= 4", f"{again} AND value > 0"),
    ):
        row = next(row for row in page["Shares and their aims"] if row[0] == label)
        n, d = (console.one(f"SELECT COUNT(*) {each}") for each in (part, whole_of))
        low, high = wilson(n, d)
        assert close_to(row[1], n / d), label
        assert close_to(row[2], low), label
        assert close_to(row[3], high), label
    tried, gone = console.sql(
        """SELECT COUNT(DISTINCT code), COUNT(DISTINCT CASE WHEN outcome = 'removed' THEN code END)
           FROM barrier_actions JOIN programmes p USING (organisation_id)
           WHERE p.id = ? AND done_on >= p.started_on AND done_on <= ?""",
        UUID(programme).hex,
        console.today,
    )[0]
    row = next(row for row in page["Shares and their aims"] if row[0] == "Barriers that are gone")
    assert tried >= 2
    assert close_to(row[1], gone / tried)
    costs = console.sql("SELECT SUM(pence) FROM programme_costs GROUP BY kind")
    shown = sorted(row[1] for row in page["Costs that staff entered"])
    total = sum(pence for (pence,) in costs)
    assert shown == sorted([*(pounds(pence) for (pence,) in costs), pounds(total)])


def test_charts_of_a_survey_are_what_the_file_says(console: Console) -> None:
    survey = console.api("/matching/api/v1/surveys")["items"][0]["survey_id"]
    page = console.see(f"/matching/surveys/{survey}")
    text = sample().decode("utf-8-sig")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    done = [row for row in rows if row["completed"] == "yes"]
    assert (len(rows), percent(len(done) / len(rows))) == (997, "84%")
    assert figures_of(page) == ["997", "84%"]
    tables = tables_of(page)
    well = ("well", "very_well")
    for caption, column, labels in (
        ("Who knows co-production well, by group", "respondent_group", GROUPS),
        ("Who knows co-production well, by job", "job_group", JOBS),
    ):
        shown = {row[0]: row[1:] for row in tables[caption]}
        for code, label in labels.items():
            people = [r for r in rows if r[column] == code and r["familiarity"]]
            if not people or str(label) not in shown:
                continue
            know = sum(r["familiarity"] in well for r in people)
            row = shown[str(label)]
            assert row[0] == f"{know} of {len(people)}", label
            low, high = wilson(know, len(people))
            assert close_to(row[1], know / len(people))
            assert (close_to(row[2], low), close_to(row[3], high)) == (True, True)
        assert len(shown) >= 4
    shown = {row[0]: row[1:] for row in tables["Barriers named"]}
    answered = [r for r in rows if r["barriers"]]
    for code, label in BARRIERS.items():
        named = sum(code in r["barriers"].split(";") for r in answered)
        assert shown[str(label)][0] == f"{named} of {len(answered)}", label
        assert close_to(shown[str(label)][1], named / len(answered))


def test_delivery_counts_invitations_messages_and_their_cost(console: Console) -> None:
    page = console.see("/notifications/delivery")
    states = dict(
        console.sql(
            "SELECT state, COUNT(*) FROM invitations WHERE organisation_id = ? GROUP BY 1",
            ORGANISATION,
            service="notifications",
        )
    )
    assert (states["accepted"], states["declined"], states["sent"]) == (1, 1, 1)
    sent, cost = console.sql(
        """SELECT COUNT(*), SUM(cost_millipence) FROM messages m
           JOIN invitations i ON i.id = m.invitation_id WHERE m.sent_at IS NOT NULL""",
        service="notifications",
    )[0]
    assert f"{sent} messages sent" in plain(page)
    pence = cost / 1000
    shown = figures_of(page)
    assert sorted(shown[:-1]) == sorted(str(number) for number in states.values())
    assert shown[-1] == (f"{pence:.0f}p" if pence < 100 else f"£{pence / 100:.2f}")


def test_places_count_contacts_people_and_the_census(console: Console) -> None:
    page = console.see("/outreach/places", "link_worker")
    contacts, people, last = console.sql(
        "SELECT COUNT(*), SUM(people), MAX(contacted_on) FROM contacts WHERE organisation_id = ?",
        ORGANISATION,
        service="outreach",
    )[0]
    day = date.fromisoformat(last)
    shown = f"{contacts} contacts, {people} people, last on {day.day} {day:%B %Y}"
    assert shown in plain(page)
    kinds = console.sql("SELECT DISTINCT venue_kind FROM contacts", service="outreach")
    (area,) = console.sql("SELECT DISTINCT area_code FROM contacts", service="outreach")[0]
    name, *residents = CENSUS["areas"][area]
    assert name in plain(page)
    shares = tables_of(page)["Ethnic groups, Census 2021, all ages"]
    assert [row[1] for row in shares] == [percent(n / sum(residents)) for n in residents]
    unvisited = plain(page).split("Not yet been to:")[1].split("Who lives here")[0]
    assert len(unvisited.split(";")) == 14 - len(kinds)


def test_familiarity_is_the_mean_of_what_colleagues_said(console: Console) -> None:
    worker = console.clients["link_worker"]
    assert worker.post("/outreach/api/v1/learning", json={"familiarity": 2}).is_success
    answers = {"moment": "after", "organisation_id": ORGANISATION, "role": "trainer"}
    now = console.world.node("outreach").now()
    console.world.node("outreach").database.write(
        lambda s: s.add_all(
            Familiarity(account_id=uuid4(), level=2 + n % 4, at=now, **answers) for n in range(14)
        )
    )
    report = console.api("/outreach/api/v1/learning/report")["items"]
    rows = console.sql(
        """SELECT role, moment, COUNT(*), ROUND(AVG(level), 1) FROM learning_familiarity
           GROUP BY 1, 2""",
        service="outreach",
    )
    shown = {(r["role"], r["moment"]): (r["people"], r["average"]) for r in report}
    for role, moment, people, mean in rows:
        # One person is few. Many are rounded to five, and their mean is told.
        expected = ("*", None) if people <= 7 else (str(5 * round(people / 5)), mean)
        assert shown.pop((role, moment)) == expected
    assert not shown
    assert {people for _, _, people, _ in rows} == {1, 14}


def test_monitoring_of_a_quarter_is_its_answers_starred_or_rounded(console: Console) -> None:
    about = {"organisation_id": ORGANISATION, "list_version": "1", "list_id": "sex"}
    told = {"female": 23, "male": 12, "prefer_not_to_say": 7}
    console.world.node("outreach").database.write(
        lambda s: s.add_all(
            MonitoringAnswer(subject=f"{code}{n}", code=code, period="2025-Q1", **about)
            for code, people in told.items()
            for n in range(people)
        )
    )
    seen = console.api("/outreach/api/v1/monitoring?period=2025-Q1")["items"]
    rows = console.sql(
        """SELECT code, CASE WHEN COUNT(*) <= 7 THEN '*'
             ELSE CAST(5 * CAST(ROUND(COUNT(*) / 5.0) AS INTEGER) AS TEXT) END
           FROM monitoring_answers WHERE period = '2025-Q1' GROUP BY 1""",
        service="outreach",
    )
    assert {row["code"]: row["people"] for row in seen} == dict(rows)
    assert dict(rows) == {"female": "25", "male": "10", "prefer_not_to_say": "*"}


def test_targets_can_be_set_from_an_area_profile_on_a_fresh_installation(console: Console) -> None:
    path = f"{console.path_of(console.opportunity)}/targets"
    offered = plain(console.see(f"{path}/area?area=E92000001"))
    assert "Census 2021" in offered
    assert {"England", "Leicester"} <= set(offered.replace(",", " ").split())
    (share,) = (
        console.one(
            """SELECT json_extract(counts, '$.asian') * 1.0 / stated FROM area_profiles
           WHERE area_code = 'E92000001' AND list_id = 'ethnic_group'"""
        ),
    )
    assert f"{100 * share:.0f}%" in offered
    picked = console.see(f"{path}?area=E92000001&pick=ethnic_group:asian")
    assert "Asian" in plain(picked)
    assert 'value="E92000001"' in picked  # the tick keeps the area it came from


def test_nobody_of_another_organisation_sees_a_row_or_a_number_of_ours(console: Console) -> None:
    stranger = console.world.sign_in(Role.COORDINATOR, organisation="riverton").client
    for path in (
        "/matching/api/v1/opportunities",
        "/matching/api/v1/programmes",
        "/matching/api/v1/surveys",
        "/matching/api/v1/owed-answers",
        "/notifications/api/v1/invitations",
        "/notifications/api/v1/inbox",
        "/notifications/api/v1/tasks",
    ):
        assert stranger.get(path).json()["items"] == [], path
    html = {"accept": "text/html"}
    for path in ("opportunities", "voices", "reciprocity", "barriers", "programmes", "surveys"):
        page = plain(stranger.get(f"/matching/{path}", headers=html).text)
        for ours in ("Better home care", "Visiting charter", "£50", "997", "Home care standards"):
            assert ours not in page, (path, ours)
    for page_of in ("", "/review", "/reciprocity", "/targets", "/details"):
        answer = stranger.get(f"{console.path_of(console.opportunity)}{page_of}", headers=html)
        assert answer.status_code == 404, page_of
