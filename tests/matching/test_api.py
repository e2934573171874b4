from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx import Response
from pydantic import BaseModel

from schemas.events import (
    FeedbackShared,
    InvitationCancelled,
    MatchDeclined,
    MatchWithdrawn,
    OpportunityChanged,
    OpportunityClosed,
    OpportunityOpened,
)
from services.matching import bodies
from services.runtime.security.principal import Role
from services.runtime.security.routes import undeclared_routes
from tests.matching.harness import Matching, opening
from tests.matching.test_handlers import sent

URL = "/api/v1/opportunities"


def models(of: type[BaseModel] = BaseModel) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model of the service's own code by its name: the app has imported all it uses."""
    for each in of.__subclasses__():
        if each.__module__.startswith("services.matching."):
            yield each.__name__, each
        yield from models(each)


def change(
    matching: Matching, opportunity: UUID, body: dict[str, Any], etag: str | None = None
) -> Response:
    url = f"{URL}/{opportunity}"
    etag = etag or matching.http.get(url).headers["etag"]
    return matching.http.patch(url, json=body, headers={"If-Match": etag})


def test_an_opportunity_only_for_what_is_no_group_is_refused_in_words(matching: Matching) -> None:
    body = opening(open_to=[{"age_band": "prefer_not_to_say"}])
    answer = matching.http.post("/api/v1/opportunities", json=body)
    assert answer.status_code == 422
    assert "are not groups" in answer.json()["detail"]


def test_every_route_declares_who_may_use_it(matching: Matching) -> None:
    documents = ("/openapi.json", "/docs", "/redoc")
    missing = [r for r in undeclared_routes(matching.app) if not any(d in r for d in documents)]
    assert missing == []


def test_every_example_in_the_documents_is_accepted(matching: Matching) -> None:
    schemas = matching.app.openapi()["components"]["schemas"]
    known, tried = dict(models()), 0
    for name, schema in schemas.items():
        model = known.get(name)
        for example in schema.get("examples", []):
            assert model is not None, name
            model.model_validate(example)
            tried += 1
    assert tried >= 10
    assert matching.http.post(URL, json=bodies.OPENING).status_code == 201


def test_opening_answers_with_the_address_of_the_opportunity(matching: Matching) -> None:
    answer = matching.http.post(URL, json=opening())
    assert answer.headers["location"].endswith(answer.json()["opportunity_id"])
    assert matching.http.get(answer.headers["location"]).json()["title"] == "Better home care"


def test_the_same_key_opens_one_opportunity(matching: Matching) -> None:
    headers = {"Idempotency-Key": "abc"}
    first = matching.http.post(URL, json=opening(), headers=headers)
    again = matching.http.post(URL, json=opening(), headers=headers)
    other = matching.http.post(URL, json=opening(seats=9), headers=headers)
    assert first.json() == again.json()
    assert other.status_code == 422
    assert len(matching.published(OpportunityOpened)) == 1


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"targets": [{"group": {"age_band": "18_24"}, "least": 9}]}, "there are 3"),
        ({"targets": [{"group": {"shoe_size": "42"}, "least": 1}]}, "no such list"),
        ({"targets": [{"group": {"sex": "prefer_not_to_say"}}]}, "are not groups"),
        (
            {
                "targets": [
                    {
                        "group": {"lived_experience": "unpaid_carer"},
                        "proportion": 0.1,
                        "census_area": "E08000003",
                    }
                ]
            },
            "set this target yourself",
        ),
        ({"offers": ["helicopter"]}, "no such answer"),
        ({"members": [{}] * 4}, "more members than seats"),
        ({"members": [{"categories": {"sex": ["female", "male"]}}]}, "one answer only"),
    ],
)
def test_a_wrong_opportunity_is_refused_with_what_to_do(
    matching: Matching, wrong: dict[str, Any], says: str
) -> None:
    answer = matching.http.post(URL, json=opening(**wrong))
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert says in answer.json()["detail"]


def test_members_hold_seats_and_count_in_the_gaps(matching: Matching) -> None:
    members = [{"categories": {"age_band": ["18_24"]}}, {"prior_seat": True}]
    opportunity = matching.open(members=members)
    seen = matching.view(opportunity)["representation"]
    assert (seen["filled"], seen["open"]) == (2, 1)
    assert (seen["gaps"][0]["held"], seen["gaps"][0]["unstated"]) == (1, 1)
    url = f"{URL}/{opportunity}/members"
    assert matching.http.post(url, json={"members": [{}]}).status_code == 200
    full = matching.http.post(url, json={"members": [{}]})
    assert (full.status_code, "Raise the number of seats" in full.text) == (409, True)


def test_a_change_needs_the_version_that_was_read(matching: Matching) -> None:
    opportunity = matching.open()
    url = f"{URL}/{opportunity}"
    etag = matching.http.get(url).headers["etag"]
    assert matching.http.patch(url, json={"seats": 4}).status_code == 428
    assert change(matching, opportunity, {"seats": 4}, etag).status_code == 200
    assert change(matching, opportunity, {"seats": 5}, etag).status_code == 412
    assert matching.view(opportunity)["seats"] == 4
    assert [e.seats for e in matching.published(OpportunityChanged)] == [4]


def test_an_unchanged_opportunity_is_not_sent_again(matching: Matching) -> None:
    opportunity = matching.open()
    url = f"{URL}/{opportunity}"
    etag = matching.http.get(url).headers["etag"]
    assert matching.http.get(url, headers={"If-None-Match": etag}).status_code == 304
    matching.register()
    answer = matching.http.get(url, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.json()["proposals"]) == (200, 1)
    # What the change is checked against is the revision, which a proposal does not touch.
    assert change(matching, opportunity, {"seats": 4}, etag).status_code == 200


def test_seats_cannot_go_below_those_that_are_filled(matching: Matching) -> None:
    opportunity = matching.open(members=[{}, {}], targets=[])
    assert change(matching, opportunity, {"seats": 1}).status_code == 409
    assert change(matching, opportunity, {"seats": 2}).status_code == 200
    assert matching.view(opportunity)["representation"]["open"] == 0


def test_closing_withdraws_what_waits_and_calls_invitations_back(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.invite(opportunity, matching.register())
    matching.register()
    assert matching.http.post(f"{URL}/{opportunity}/close").status_code == 204
    assert matching.http.post(f"{URL}/{opportunity}/close").status_code == 204
    assert len(matching.published(OpportunityClosed)) == 1
    assert {e.reason for e in matching.published(MatchWithdrawn)} == {"opportunity_closed"}
    cancelled = matching.published(InvitationCancelled)
    assert [e.invitation_id for e in cancelled] == [answer.invitation_id]
    matching.receive(answer)
    assert matching.view(opportunity)["filled"] == 0
    assert change(matching, opportunity, {"seats": 9}).status_code == 409


def test_the_list_is_paged_without_loss_or_repetition(matching: Matching) -> None:
    opened = [str(matching.open(seats=n + 2)) for n in range(7)]
    for sort in ("newest", "widest_gap"):
        seen: list[str] = []
        cursor = None
        while True:
            params = {"limit": 3, "sort": sort} | ({"cursor": cursor} if cursor else {})
            page = matching.http.get(URL, params=params).json()
            seen += [item["opportunity_id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert sorted(seen) == sorted(opened)
    wrong = matching.http.get(URL, params={"cursor": "nonsense"})
    assert (wrong.status_code, "start again" in wrong.text) == (422, True)


def test_proposals_are_paged_best_first(matching: Matching) -> None:
    opportunity = matching.open(seats=6)
    for _ in range(5):
        matching.register()
    url = f"{URL}/{opportunity}/proposals"
    whole = [p["match_id"] for p in matching.http.get(url).json()["items"]]
    first = matching.http.get(url, params={"limit": 2}).json()
    second = matching.http.get(url, params={"limit": 9, "cursor": first["next"]}).json()
    assert [p["match_id"] for p in first["items"] + second["items"]] == whole
    assert second["next"] is None


def test_another_organisation_and_another_coordinator_see_no_proposals(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    matching.register()
    (proposal,) = matching.proposals(opportunity)
    colleague = matching.client(Role.COORDINATOR)
    stranger = matching.client(Role.COORDINATOR, organisation="another")
    for client in (colleague, stranger):
        assert client.get(f"{URL}/{opportunity}/proposals").status_code == 404
        answer = client.post(f"/api/v1/proposals/{proposal['match_id']}/approve", json={})
        assert answer.status_code == 404
        assert (
            client.patch(
                f"{URL}/{opportunity}", json={"seats": 9}, headers={"If-Match": '"1.0"'}
            ).status_code
            == 404
        )
    assert stranger.get(f"{URL}/{opportunity}").status_code == 404
    assert stranger.get(URL).json()["items"] == []
    seen = colleague.get(f"{URL}/{opportunity}").json()
    assert (seen["title"], seen["representation"]) == ("Better home care", None)


@pytest.mark.parametrize("role", [Role.LINK_WORKER, Role.AUDITOR, Role.ADMINISTRATOR, Role.HOST])
def test_only_coordinators_see_and_decide_proposals(matching: Matching, role: Role) -> None:
    opportunity = matching.open()
    client = matching.client(role, matching.coordinator_id)
    assert client.get(f"{URL}/{opportunity}/proposals").status_code == 403
    assert client.post(f"/api/v1/proposals/{uuid4()}/approve", json={}).status_code == 403
    assert client.post(URL, json=opening()).status_code == 403


def test_declining_takes_a_reason_and_holds(matching: Matching) -> None:
    opportunity = matching.open()
    person = matching.register()
    (proposal,) = matching.proposals(opportunity)
    url = f"/api/v1/proposals/{proposal['match_id']}/decline"
    assert matching.http.post(url, json={"reason": "I do not like them"}).status_code == 422
    answer = matching.http.post(url, json={"reason": "asked_enough"})
    assert answer.json()["state"] == "declined"
    assert [e.reason for e in matching.published(MatchDeclined)] == ["asked_enough"]
    matching.settle()
    assert matching.proposals(opportunity) == []
    undone = matching.http.post(f"/api/v1/proposals/{proposal['match_id']}/undo")
    assert undone.json()["state"] == "proposed"
    assert [p["participant_id"] for p in matching.proposals(opportunity)] == [str(person)]


def undone(matching: Matching, match_id: object) -> Response:
    return matching.http.post(f"/api/v1/proposals/{match_id}/undo")


def test_an_approval_is_undone_before_the_invitation_goes_and_withdrawn_after(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    first, second = matching.register(), matching.register()
    answers = [matching.invite(opportunity, p) for p in (first, second)]
    matching.receive(sent(answers[1]))
    states = [undone(matching, a.match_id).json()["state"] for a in answers]
    assert states == ["proposed", "withdrawn"]
    cancelled = matching.published(InvitationCancelled)
    assert [(e.invitation_id, e.reason) for e in cancelled] == [
        (answers[0].invitation_id, "undone"),
        (answers[1].invitation_id, "taken_back"),
    ]
    withdrawn = matching.published(MatchWithdrawn)
    assert [(e.match_id, e.reason) for e in withdrawn] == [(answers[1].match_id, "taken_back")]
    matching.receive(*answers)
    assert matching.view(opportunity)["filled"] == 0
    assert [undone(matching, a.match_id).status_code for a in answers] == [409, 409]


def test_a_seat_taken_or_a_no_cannot_be_undone_and_the_answer_says_what_to_do(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    yes, no = (matching.invite(opportunity, matching.register()) for _ in range(2))
    matching.receive(yes, no.model_copy(update={"answer": "no"}))
    refused = undone(matching, yes.match_id)
    assert (refused.status_code, "Release the seat instead" in refused.text) == (409, True)
    refused = undone(matching, no.match_id)
    assert (refused.status_code, "said no already" in refused.text) == (409, True)


def test_approving_twice_is_refused_and_invites_once(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register()
    (proposal,) = matching.proposals(opportunity)
    matching.approve(proposal["match_id"])
    again = matching.http.post(f"/api/v1/proposals/{proposal['match_id']}/approve", json={})
    assert (again.status_code, "approved already" in again.text) == (409, True)


def test_a_date_to_reply_by_lies_ahead(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register()
    (proposal,) = matching.proposals(opportunity)
    url = f"/api/v1/proposals/{proposal['match_id']}/approve"
    late = matching.http.post(url, json={"reply_by": "2026-09-01"})
    assert (late.status_code, late.json()["errors"][0]["field"]) == (422, "reply_by")
    assert matching.http.post(url, json={"reply_by": "2026-09-20"}).status_code == 200


def test_several_are_approved_together_or_not_at_all(matching: Matching) -> None:
    opportunity = matching.open()
    for _ in range(2):
        matching.register()
    ids = [p["match_id"] for p in matching.proposals(opportunity)]
    diff = matching.http.post(f"{URL}/{opportunity}/what-if", json={"match_ids": ids}).json()
    assert [(c["before"], c["after"]) for c in diff["changes"]] == [(0, 2)]
    assert (diff["index_before"], diff["index_after"], diff["open_after"]) == (1.0, 0.0, 1)
    url = f"{URL}/{opportunity}/approvals"
    wrong = matching.http.post(url, json={"match_ids": [*ids, str(uuid4())]})
    assert (wrong.status_code, len(matching.proposals(opportunity))) == (404, 2)
    done = matching.http.post(url, json={"match_ids": ids}).json()
    assert [d["state"] for d in done["decided"]] == ["approved", "approved"]


def test_what_if_refuses_more_people_than_open_seats(matching: Matching) -> None:
    opportunity = matching.open(seats=1, targets=[{"group": {"age_band": "18_24"}, "least": 1}])
    for _ in range(2):
        matching.register()
    ids = [p["match_id"] for p in matching.proposals(opportunity)]
    answer = matching.http.post(f"{URL}/{opportunity}/what-if", json={"match_ids": ids})
    assert (answer.status_code, "Choose fewer people" in answer.text) == (422, True)


def test_a_released_seat_is_proposed_to_others_and_not_to_the_same_person(
    matching: Matching,
) -> None:
    opportunity = matching.open(seats=1, targets=[{"group": {"age_band": "18_24"}, "least": 1}])
    matching.receive(matching.invite(opportunity, matching.register()))
    second = matching.register()
    seat = matching.published_seat()
    url = f"/api/v1/seats/{seat}/release"
    assert matching.http.post(url, json={"reason": "stepped_down"}).status_code == 204
    assert matching.http.post(url, json={"reason": "stepped_down"}).status_code == 409
    matching.settle()
    assert [p["participant_id"] for p in matching.proposals(opportunity)] == [str(second)]


def test_feedback_is_published_and_shown(matching: Matching) -> None:
    opportunity = matching.open()
    words = {"you_said": "Letters are hard to read.", "we_did": "We rewrote them in Easy Read."}
    assert matching.http.post(f"{URL}/{opportunity}/feedback", json=words).status_code == 201
    assert [e.we_did for e in matching.published(FeedbackShared)] == [words["we_did"]]
    assert matching.view(opportunity)["feedback"][0]["you_said"] == words["you_said"]


def test_no_answer_of_the_api_tells_what_a_person_answered(matching: Matching) -> None:
    opportunity = matching.open()
    matching.register({"age_band": ["18_24"], "religion": ["sikh"]}, ["refugee"])
    text = matching.http.get(f"{URL}/{opportunity}/proposals").text
    assert "sikh" not in text.lower()
    assert "refugee" not in text
