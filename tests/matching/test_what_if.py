from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching import gaps, scoring, what_if
from services.matching.characteristics import Categories
from services.matching.model import Opportunity, Participant
from services.matching.what_if import Waiting
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, opening
from tests.matching.people import NOW, categories, opportunities

URL = "/api/v1/opportunities"
TWO_GROUPS = [
    {"group": {"age_band": "18_24"}, "least": 2},
    {"group": {"disability": "disabled"}, "least": 2},
]
YOUNG = {"age_band": ["18_24"]}
DISABLED = {
    "age_band": ["35_44"],
    "health_condition": ["yes"],
    "activity_limited": ["a_lot"],
}


def ask(matching: Matching, opportunity: UUID, **body: Any) -> dict[str, Any]:
    answer = matching.http.post(f"{URL}/{opportunity}/what-if", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_without_anything_asked_it_tells_how_things_are(matching: Matching) -> None:
    opportunity = matching.open(targets=TWO_GROUPS)
    matching.register(YOUNG)
    seen = ask(matching, opportunity)
    assert seen["index_now"] == seen["index_before"] == seen["index_after"] == 1.0
    assert seen["open_after"] == 3
    assert [(p["place"], p["place_now"]) for p in seen["order"]] == [(1, 1)]


def test_a_greater_weight_brings_people_of_that_group_forward(matching: Matching) -> None:
    opportunity = matching.open(targets=TWO_GROUPS)
    people = [matching.register(YOUNG), matching.register(DISABLED)]
    by_person = {m["participant_id"]: m["match_id"] for m in matching.proposals(opportunity)}
    young, disabled = (by_person[str(p)] for p in people)
    for target, first in (("age_band:18_24", young), ("disability:disabled", disabled)):
        seen = ask(matching, opportunity, weights={target: 50})
        assert seen["order"][0]["match_id"] == first
        changes = {c["target_id"]: (c["weight"], c["weight_set"]) for c in seen["changes"]}
        assert changes[target] == (50.0, 1.0)
    assert matching.view(opportunity)["targets"][0]["weight"] == 1.0


def test_whoever_is_chosen_leaves_the_order_and_counts_in_the_gaps(matching: Matching) -> None:
    opportunity = matching.open(targets=TWO_GROUPS)
    people = [matching.register(YOUNG), matching.register(DISABLED)]
    matches = {m["participant_id"]: m["match_id"] for m in matching.proposals(opportunity)}
    chosen = matches[str(people[0])]
    seen = ask(matching, opportunity, match_ids=[chosen], weights={"age_band:18_24": 3})
    assert (seen["index_now"], seen["index_before"], seen["index_after"]) == (1.0, 1.0, 0.625)
    assert [p["match_id"] for p in seen["order"]] == [matches[str(people[1])]]
    assert seen["open_after"] == 2
    assert len(matching.proposals(opportunity)) == 2


def test_a_target_that_is_not_there_and_a_weight_of_nothing_are_refused(
    matching: Matching,
) -> None:
    opportunity = matching.open()
    url = f"{URL}/{opportunity}/what-if"
    unknown = matching.http.post(url, json={"weights": {"sex:female": 2}})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "weights")
    assert matching.http.post(url, json={"weights": {"age_band:18_24": 0}}).status_code == 422


def test_what_is_asked_of_another_opportunity_is_not_found(matching: Matching) -> None:
    opportunity = matching.open()
    answer = matching.http.post(f"{URL}/{opportunity}/what-if", json={"match_ids": [str(uuid4())]})
    assert answer.status_code == 404
    other = matching.http.post(URL, json=opening()).json()["opportunity_id"]
    stranger = matching.client(Role.COORDINATOR, uuid4())
    assert stranger.post(f"{URL}/{other}/what-if", json={}).status_code == 404


@given(opportunities(), st.lists(categories, max_size=4), st.lists(categories, max_size=6))
def test_the_order_imagined_is_the_order_of_scoring(
    opp: Opportunity, holders: list[Categories], crowd: list[Categories]
) -> None:
    tally = gaps.count(opp, holders)
    people = [Participant(str(uuid4()), categories=c) for c in crowd]
    scores = [scoring.score(opp, tally, p, NOW) for p in people]
    waiting = [
        Waiting(UUID(p.participant_id), p.categories, score.familiar, f"{score.tie:016x}")
        for p, score in zip(people, scores, strict=True)
    ]
    wanted = [s.participant_id for s in sorted(scores, key=lambda s: s.order)]
    found = what_if.order(tally, tally, waiting)
    assert [str(p.match_id) for p in found] == wanted
    assert all(p.place == p.place_now for p in found)


def test_weights_of_unknown_targets_are_refused() -> None:
    tally = gaps.count(Opportunity("o", 2), [])
    with pytest.raises(ValueError, match="not of this opportunity"):
        what_if.reweighted(tally, {"sex:female": 2.0})
