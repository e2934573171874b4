from __future__ import annotations

import json
import re
from collections import Counter
from math import comb, exp, lgamma
from typing import Any
from uuid import UUID

from sqlalchemy import text

from schemas.events import InvitationRequested, ParticipantErased
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, Visitor
from tests.matching.test_draws import TARGETS, pool
from tests.matching.test_pages import words
from tests.support.reading_pages import figures_of, tables_of


def drawn_page(visitor: Visitor, opportunity: UUID) -> tuple[str, str]:
    """Prepare a draw with the form; the path of its page, and the page."""
    path = f"/opportunities/{opportunity}/draws"
    page = visitor.send(path, visitor.see(path), stand_ins="2")
    found = re.search(r"/draws/[0-9a-f-]{36}", page)
    assert found
    return found[0], page


def test_a_draw_is_prepared_published_held_and_checked_on_the_pages(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    pool(matching)
    visitor = Visitor(matching)
    assert "Fair draws" in visitor.see(f"/opportunities/{opportunity}")
    path, page = drawn_page(visitor, opportunity)
    assert "Publish this code" in page
    assert re.search(r"[0-9a-f]{64}", page)
    assert "Who was drawn" not in page
    assert matching.published(InvitationRequested) == []

    drawn = visitor.send(f"{path}/reveal", page, public_words="7 9 21", reply_by="2026-09-20")
    assert "3 people are invited" in words(drawn)
    assert "Who was drawn" in drawn
    assert "Stand-ins, in the order to ask them" in words(drawn)
    assert "Words from outside: 7 9 21." in words(drawn)
    assert len(matching.published(InvitationRequested)) == 3
    assert "The draw is right" in visitor.see(f"{path}/check")
    record = visitor.http.get(f"/matching/api/v1{path}/record")
    assert (record.status_code, record.json()["ticket"] is not None) == (200, True)
    assert "Drawn" in visitor.see(f"/opportunities/{opportunity}/draws")


def test_targets_out_of_reach_are_refused_with_the_smallest_change_that_helps(
    matching: Matching,
) -> None:
    opportunity = matching.open(targets=[{"group": {"sex": "female"}, "least": 3}])
    pool(matching)
    matching.open()
    short = matching.open(targets=[{"group": {"age_band": "18_24"}, "least": 3}])
    visitor = Visitor(matching)
    path = f"/opportunities/{short}/draws"
    page = visitor.send(path, visitor.see(path), 422, stand_ins="0")
    assert "lower the target for people aged 18 to 24 from at least 3 to 2" in words(page)
    assert drawn_page(visitor, opportunity)
    assert 'name="relax"' in page
    page = visitor.send(path, page, stand_ins="0", relax="yes")
    assert "What was changed for this draw" in words(page)
    assert "Lower the target for people aged 18 to 24 from at least 3 to 2." in words(page)
    assert "Why: The target is at least 3" in words(page)


def test_the_page_of_a_draw_tells_how_far_shares_are_missed(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    pool(matching)
    visitor = Visitor(matching)
    path, page = drawn_page(visitor, opportunity)
    assert "Shares that results come near to" in words(page)
    assert "Missed by at most" in words(page)
    drawn = words(visitor.send(f"{path}/reveal", page))
    assert "In this result" in drawn
    assert "women 2 2 2 met" in drawn


def beta_binomial(yes: int, asked: int, a: float, b: float) -> float:
    return comb(asked, yes) * exp(
        lgamma(yes + a)
        + lgamma(asked - yes + b)
        - lgamma(asked + a + b)
        + lgamma(a + b)
        - lgamma(a)
        - lgamma(b)
    )


def test_every_figure_of_a_draw_is_what_sql_and_its_record_say(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    pool(matching)
    visitor = Visitor(matching)
    seats = one(matching, f"SELECT COUNT(*) FROM seats WHERE {OURS}", opportunity)
    people = one(matching, "SELECT COUNT(*) FROM profiles", opportunity)
    # Nobody has answered yet: four in ten say yes, worth five past invitations.
    sure = (
        sum(beta_binomial(yes, asked, 2.0, 3.0) for yes in range(seats, asked + 1)) >= 0.9
        for asked in range(people)
    )
    invite = next((asked for asked, enough in enumerate(sure) if enough), people)
    plan = figures_of(visitor.see(f"/opportunities/{opportunity}/draws"))
    assert plan == [str(seats), str(people), str(invite)]
    path, page = drawn_page(visitor, opportunity)
    drawn = visitor.send(f"{path}/reveal", page)
    record = json.loads(one(matching, f"SELECT record FROM draws WHERE {OURS}", opportunity))
    chances = Counter[int]()
    for panel in record["panels"]:
        for kind, number in panel["people_by_type"]:
            share = number / len(record["types"][kind]["people"])
            chances[kind] += panel["tickets"] * share / 1_000_000_000
    assert figures_of(drawn) == [str(seats), str(people), f"{100 * min(chances.values()):.0f}%"]
    tables = tables_of(drawn)
    ((_, least, most, _, young),) = tables["Targets that every result meets"]
    ((_, wanted, _, women, missed),) = tables["Shares that results come near to"]
    who = f"FROM matches JOIN profiles USING (participant_id) WHERE {OURS} AND state = 'approved'"
    for shown, has in ((young, "$.age_band[0]') = '18_24'"), (women, "$.sex[0]') = 'female'")):
        found = one(
            matching, f"SELECT COUNT(*) {who} AND json_extract(categories, '{has}", opportunity
        )
        assert shown == str(found)
    assert (least, most, wanted) == ("1", "2", "2")
    assert missed == ("met" if women == wanted else str(abs(int(women) - 2)))
    assert len(tables["Who was drawn"]) == one(matching, f"SELECT COUNT(*) {who}", opportunity)


OURS = "opportunity_id = :opportunity"


def one(matching: Matching, query: str, opportunity: UUID) -> Any:
    return matching.read(lambda s: s.scalar(text(query), {"opportunity": opportunity.hex}))


def test_a_mistake_in_a_form_is_told_in_a_sentence(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    pool(matching)
    visitor = Visitor(matching)
    path = f"/opportunities/{opportunity}/draws"
    page = visitor.send(path, visitor.see(path), 422, stand_ins="many")
    assert "Enter a whole number from 0 to 200." in words(page)
    draw, page = drawn_page(visitor, opportunity)
    page = visitor.send(f"{draw}/reveal", page, 422, reply_by="2026-08-01")
    assert "Give a date after today" in words(page)
    assert matching.published(InvitationRequested) == []


def test_how_many_to_invite_is_told_and_nothing_is_prepared_for_nobody(
    matching: Matching,
) -> None:
    opportunity = matching.open(targets=TARGETS)
    page = Visitor(matching).see(f"/opportunities/{opportunity}/draws")
    assert "People to invite" in page
    assert "Prepare the draw" not in page
    assert "some seats may stay open" in words(page)


def test_an_erased_draw_says_so_and_a_link_worker_sees_no_draw(matching: Matching) -> None:
    opportunity = matching.open(targets=TARGETS)
    people = pool(matching)
    visitor = Visitor(matching)
    path, page = drawn_page(visitor, opportunity)
    visitor.send(f"{path}/reveal", page)
    matching.receive(ParticipantErased(participant_id=people[0]))
    assert "asked to be forgotten" in visitor.see(path)
    stranger = Visitor(matching, Role.LINK_WORKER)
    assert stranger.http.get(f"/matching{path}").status_code == 403
