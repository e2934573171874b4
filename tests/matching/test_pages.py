"""The pages of matching as somebody without JavaScript uses them."""

from __future__ import annotations

import re
from html import unescape

from schemas.events import FeedbackShared, InvitationCancelled, InvitationRequested
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, Visitor

TYPED = {
    "title": "Home care reading group",
    "host_name": "Elmfield Council",
    "host_kind": "council",
    "area_code": "e08000003",
    "seats": "5",
    "members": "2",
    "members_before": "1",
    "sessions_rows": "3",
    "sessions-1-on": "2026-10-06",
    "sessions-1-starts": "10:00",
    "sessions-1-ends": "12:00",
    "payment_pence": "12.50",
    "offers": ["step_free", "hearing_loop"],
    "targets_rows": "3",
    "targets-0-group": "age_band:18_24",
    "targets-0-also": "lived_experience:unpaid_carer",
    "targets-0-least": "1",
    "targets-2-group": "disability:disabled",
    "targets-2-proportion": "25",
}


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_an_opportunity_is_opened_with_the_form(matching: Matching) -> None:
    visitor = Visitor(matching)
    form = visitor.see("/opportunities/new")
    page = visitor.send("/opportunities/new", form, **TYPED)
    assert "The opportunity is open" in page
    (item,) = matching.http.get("/api/v1/opportunities").json()["items"]
    view = matching.http.get(f"/api/v1/opportunities/{item['opportunity_id']}").json()
    assert (view["seats"], view["filled"], view["payment_pence"]) == (5, 2, 1250)
    assert view["offers"] == ["hearing_loop", "step_free"]
    assert [s["on"] for s in view["sessions"]] == ["2026-10-06"]
    assert [t["group"] for t in view["targets"]] == [
        {"age_band": "18_24", "lived_experience": "unpaid_carer"},
        {"disability": "disabled"},
    ]
    assert "£12.50 for each meeting" in words(page)


def test_a_distance_set_on_the_form_keeps_out_who_lives_farther_and_says_what_would_help(
    matching: Matching,
) -> None:
    visitor = Visitor(matching)
    form = visitor.see("/opportunities/new")
    typed = TYPED | {"travel_km": "20", "area_code": "E08000025"}  # Birmingham
    visitor.send("/opportunities/new", form, **typed)
    (item,) = matching.http.get("/api/v1/opportunities").json()["items"]
    matching.register(lived_experience=["unpaid_carer"])  # in Manchester
    assert matching.proposals(item["opportunity_id"]) == []
    page = words(visitor.see(f"/opportunities/{item['opportunity_id']}"))
    assert "A place nearer to them, or a way to join from home: 1 person" in page


def test_a_share_shows_how_uncertain_it_is_with_few_seats(matching: Matching) -> None:
    members = [{"categories": {"sex": [sex]}} for sex in ("female", "male", "male", "male")]
    target = {"group": {"sex": "female"}, "proportion": 0.5}
    opened = matching.open(seats=8, members=members, targets=[target])
    page = words(Visitor(matching).see(f"/opportunities/{opened}"))
    assert "Women 1 seat, target about 4, too few seats to tell" in page
    assert "25% (5% to 70%)" in page


def test_a_distance_counts_only_where_the_area_is_known(matching: Matching) -> None:
    unknown = matching.open(area_code="E06000099", travel_km=20)
    page = words(Visitor(matching).see(f"/opportunities/{unknown}"))
    assert "We do not know where the middle of E06000099 is" in page
    known = matching.open(travel_km=20)
    assert "We do not know where" not in words(Visitor(matching).see(f"/opportunities/{known}"))


def test_a_form_with_mistakes_keeps_what_was_typed_and_says_what_to_do(
    matching: Matching,
) -> None:
    visitor = Visitor(matching)
    form = visitor.see("/opportunities/new")
    wrong = {"title": "x", "seats": "many", "sessions-1-starts": "soon", "payment_pence": "lots"}
    page = visitor.send("/opportunities/new", form, 422, **TYPED | wrong)
    for field in ("title", "seats", "sessions-1-starts", "payment_pence"):
        assert f'href="#{field}"' in page
        assert f'id="{field}"' in page
    assert "Enter when it starts, like 10:00." in words(page)
    assert 'value="Elmfield Council"' in page
    assert re.search(r'value="age_band:18_24" selected', page)
    assert matching.http.get("/api/v1/opportunities").json()["items"] == []


def test_targets_that_cannot_be_are_refused_on_the_form(matching: Matching) -> None:
    visitor = Visitor(matching)
    form = visitor.see("/opportunities/new")
    page = visitor.send("/opportunities/new", form, 422, **TYPED | {"targets-0-least": "9"})
    assert "at least 9 seats does not fit: there are 5" in words(page)
    same = {"targets-0-also": "age_band:25_34"}
    page = visitor.send("/opportunities/new", form, 422, **TYPED | same)
    assert "two different questions" in words(page)
    page = visitor.send("/opportunities/new", form, 422, **TYPED | {"members": "9"})
    assert "more members than seats" in words(page)


def test_more_rows_are_added_without_losing_anything(matching: Matching) -> None:
    visitor = Visitor(matching)
    form = visitor.see("/opportunities/new")
    page = visitor.send("/opportunities/new", form, **TYPED | {"add": "targets"})
    assert 'name="targets-5-group"' in page
    assert 'value="Home care reading group"' in page


def test_the_review_queue_tells_why_approves_and_undoes(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register()
    visitor = Visitor(matching)
    queue = visitor.see(f"/opportunities/{opportunity}/review")
    assert "people aged 18 to 24 would go from 0 to 1 of 2 seats" in words(queue)
    (proposal,) = matching.proposals(opportunity)
    approved = visitor.send(f"/proposals/{proposal['match_id']}/approve", queue)
    assert "You can take it back" in words(approved)
    assert len(matching.published(InvitationRequested)) == 1
    undone = visitor.send(f"/proposals/{proposal['match_id']}/undo", approved)
    assert "It waits for you again" in words(undone)
    assert len(matching.published(InvitationCancelled)) == 1
    refused = visitor.send(f"/proposals/{proposal['match_id']}/undo", approved, 422)
    assert "There is no decision to take back" in words(refused)


def test_declining_asks_for_a_reason(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register()
    (proposal,) = matching.proposals(opportunity)
    visitor = Visitor(matching)
    url = f"/proposals/{proposal['match_id']}/decline"
    page = visitor.see(url)
    assert "Choose a reason" in words(visitor.send(url, page, 422))
    done = visitor.send(url, page, reason="asked_enough")
    assert "This person was asked often enough" in words(done)


def test_several_are_approved_after_a_look_at_the_diff(matching: Matching) -> None:
    opportunity = matching.open()
    for _ in range(2):
        matching.register()
    ids = [p["match_id"] for p in matching.proposals(opportunity)]
    visitor = Visitor(matching)
    url = f"/opportunities/{opportunity}/approvals"
    assert "Choose the proposals" in words(visitor.http.get(f"/matching{url}").text)
    page = visitor.see(url, match=ids)
    assert "Approve 2 proposals?" in words(page)
    assert "People aged 18 to 24 0 2 2" in words(page)
    late = visitor.send(url, page, 422, match=ids, reply_by="2026-01-01")
    assert "Give a date after today" in words(late)
    done = visitor.send(url, page, match=ids, reply_by="2026-09-20")
    assert "2 approved" in words(done)
    assert len(matching.proposals(opportunity, "approved")) == 2


def test_two_are_compared_without_names(matching: Matching) -> None:
    opportunity = matching.open()
    people = [matching.register(), matching.register(prior_seats=1)]
    ids = [p["match_id"] for p in matching.proposals(opportunity)]
    visitor = Visitor(matching)
    url = f"/opportunities/{opportunity}/compare"
    one = visitor.http.get(f"/matching{url}", params={"match": ids[:1]})
    assert (one.status_code, "Choose two" in one.text) == (422, True)
    page = visitor.see(url, match=ids)
    assert "New voice" in page
    assert "Familiar voice" in page
    assert not any(str(person) in page for person in people)


def test_a_member_is_added_with_what_they_told(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    url = f"/opportunities/{opportunity}/members/new"
    visitor.send(url, visitor.see(url), prior_seat="yes", age_band="18_24", sex="")
    (gap,) = matching.view(opportunity)["representation"]["gaps"]
    assert gap["held"] == 1


def test_feedback_is_shared_and_shown(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    url = f"/opportunities/{opportunity}/feedback"
    page = visitor.see(url)
    assert "Enter what you did" in words(visitor.send(url, page, 422, you_said="Too far away."))
    done = visitor.send(url, page, you_said="It is too far away.", we_did="We meet in two places.")
    assert "We meet in two places." in words(done)
    assert len(matching.published(FeedbackShared)) == 1


def test_closing_asks_first(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    url = f"/opportunities/{opportunity}/close"
    page = visitor.see(url)
    assert "People who have a seat keep it" in words(page)
    assert "The opportunity is closed" in visitor.send(url, page)


def test_the_list_shows_open_ones_first_and_pages(matching: Matching) -> None:
    for number in range(21):
        matching.open(title=f"Group {number:02}")
    page = Visitor(matching).see("/opportunities")
    assert "Group 20" in page
    assert "Group 00" not in page
    following = re.search(r'href="\?([^"]*cursor=[^"]+)"', page)
    assert following
    assert "Group 00" in Visitor(matching).see(f"/opportunities?{unescape(following[1])}")


def test_a_link_worker_reads_opportunities_but_no_gaps_or_proposals(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register()
    visitor = Visitor(matching, Role.LINK_WORKER)
    page = visitor.see(f"/opportunities/{opportunity}")
    assert "Better home care" in page
    assert "Who has a seat" not in page
    assert "proposal" not in visitor.see("/opportunities")
    assert "Open an opportunity" not in visitor.see("/opportunities")
    assert visitor.http.get(f"/matching/opportunities/{opportunity}/review").status_code == 403


def test_a_form_from_elsewhere_is_refused(matching: Matching) -> None:
    opportunity = matching.open()
    visitor = Visitor(matching)
    answer = visitor.http.post(
        f"/matching/opportunities/{opportunity}/close",
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403
    assert matching.view(opportunity)["state"] == "open"


def test_a_page_that_is_not_there_says_so_in_words(matching: Matching) -> None:
    answer = Visitor(matching).http.get(f"/matching/opportunities/{matching.coordinator_id}")
    assert answer.status_code == 404
    assert "There is no opportunity with this id." in words(answer.text)
