"""Changing an opportunity by form: its facts, its targets and where they start from, weights."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.matching.reference import import_file
from tests.matching.harness import Matching, Visitor
from tests.matching.test_pages import words

HARTLEPOOL = "E06000001"
CENSUS = Path(__file__).parents[2] / "services/matching/data/census2021-ts021-extract.csv"


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the page's last form if nobody touched it."""
    form = page.split('<form method="post"')[-1]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = (re.search(rf'{a}="([^"]*)"', tag) for a in ("name", "value"))
        kind = re.search(r'type="([^"]*)"', tag)
        ticked = kind is None or kind[1] not in ("checkbox", "radio") or " checked" in tag
        if name and ticked and name[1] != "csrf_token":
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name] = [chosen[1] if chosen else ""]
    for name, inner in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S
    ):
        found[name] = [unescape(inner)]
    return found


@pytest.fixture
def opened(matching: Matching) -> UUID:
    meeting = {"on": "2026-10-06", "starts": "10:00", "ends": "12:00", "mode": "online"}
    return matching.open(
        seats=6,
        purpose="To say what good care is.",
        sessions=[meeting],
        payment_pence=1250,
        payment_unit="hour",
        expenses=["travel"],
        can_arrange=["bsl"],
        areas=["E08000003"],
        travel_km=60,
        open_to=[{"lived_experience": "unpaid_carer"}, {"age_band": "18_24", "sex": "male"}],
        targets=[
            {"group": {"age_band": "18_24"}, "least": 2, "name": "Young", "weight": 2.5},
            {"group": {"ethnic_group": "asian"}, "proportion": 0.25},
            {
                "group": {
                    "age_band": "18_24",
                    "sex": "male",
                    "lived_experience": "unpaid_carer",
                },
                "most": 3,
            },
        ],
    )


def told(view: dict[str, Any]) -> dict[str, Any]:
    """What a coordinator set, without what follows from it."""
    return {k: v for k, v in view.items() if k not in {"revision", "representation"}}


def test_forms_that_nobody_touched_change_nothing(matching: Matching, opened: UUID) -> None:
    before = told(matching.view(opened))
    visitor = Visitor(matching)
    for path in ("change", "targets", "what-if"):
        where = f"/opportunities/{opened}/{path}"
        page = visitor.see(where)
        visitor.send(where, page, **fields_of(page))
        assert told(matching.view(opened)) == before, path


def test_what_is_typed_on_the_details_page_is_what_changes(
    matching: Matching, opened: UUID
) -> None:
    visitor = Visitor(matching)
    where = f"/opportunities/{opened}/change"
    page = visitor.see(where)
    typed = {"seats": "8", "payment_pence": "20", "offers": ["step_free", "bsl"], "place": "Hall"}
    after = visitor.send(where, page, **fields_of(page) | typed)
    assert "Your changes are saved." in after
    view = matching.view(opened)
    assert (view["seats"], view["payment_pence"], view["place"]) == (8, 2000, "Hall")
    assert view["offers"] == ["bsl", "step_free"]
    assert view["sessions"][0]["mode"] == "online"
    assert len(view["targets"]) == 3


def test_who_can_come_is_set_on_the_page_and_the_distance_can_be_taken_away(
    matching: Matching, opened: UUID
) -> None:
    visitor = Visitor(matching)
    where = f"/opportunities/{opened}/change"
    rules = {"travel_km": "30", "areas": "e08000003, E08000001", "adults_only": "no"}
    after = visitor.send(where, page := visitor.see(where), **fields_of(page) | rules)
    view = matching.view(opened)
    assert (view["travel_km"], view["adults_only"]) == (30, False)
    assert view["areas"] == ["E08000003", "E08000001"]
    assert "at most 30 km away" in words(after)
    visitor.send(where, page := visitor.see(where), **fields_of(page) | {"travel_km": ""})
    assert matching.view(opened)["travel_km"] is None
    wrong = {"travel_km": "near", "areas": "Manchester"}
    page = visitor.send(where, visitor.see(where), 422, **fields_of(page) | wrong)
    assert "Enter whole kilometres from 1 to 500" in words(page)
    assert "Enter ONS codes like E08000003" in words(page)


def test_an_opportunity_only_for_some_is_set_on_the_page_and_nobody_else_is_proposed(
    matching: Matching, opened: UUID
) -> None:
    visitor = Visitor(matching)
    where = f"/opportunities/{opened}/change"
    page = visitor.see(where)
    assert "Also for: men among people aged 18 to 24." in words(page)
    only = {"open_to": ["lived_experience:dementia"], "areas": "", "travel_km": ""}
    after = visitor.send(where, page, **fields_of(page) | only)
    assert matching.view(opened)["open_to"] == [{"lived_experience": "dementia"}]
    assert "only people living with dementia" in words(after)
    matching.register(lived_experience=["unpaid_carer"])
    fits = matching.register(lived_experience=["dementia"])
    assert [p["participant_id"] for p in matching.proposals(opened)] == [str(fits)]


def test_a_change_on_top_of_somebody_elses_is_refused_in_words(
    matching: Matching, opened: UUID
) -> None:
    visitor = Visitor(matching)
    where = f"/opportunities/{opened}/change"
    page = visitor.see(where)
    first = fields_of(page)
    visitor.send(where, page, **first | {"seats": "9"})
    again = visitor.send(where, page, 422, **first | {"seats": "7"})
    assert "Somebody changed this after you read it." in words(again)
    assert matching.view(opened)["seats"] == 9


def test_fewer_seats_than_are_filled_is_refused_and_says_what_to_do(matching: Matching) -> None:
    opened = matching.open(seats=3, members=[{}, {}], targets=[])
    visitor = Visitor(matching)
    where = f"/opportunities/{opened}/change"
    page = visitor.see(where)
    refused = visitor.send(where, page, 422, **fields_of(page) | {"seats": "1"})
    assert "Release some before you lower the number." in words(refused)


def test_targets_start_from_the_census_of_an_area_and_keep_their_source(
    matching: Matching, opened: UUID
) -> None:
    matching.write(lambda s: import_file(s, CENSUS, matching.now))
    visitor = Visitor(matching)
    base = f"/opportunities/{opened}/targets"
    choice = words(visitor.see(f"{base}/area"))
    assert "Lived experience" in choice.split("What no census counts")[1]
    page = visitor.see(base, area=HARTLEPOOL, pick=["ethnic_group:black", "ethnic_group:asian"])
    assert "1 target is added below." in words(page)
    assert len(matching.view(opened)["targets"]) == 3
    visitor.send(base, page, **fields_of(page))
    targets = matching.view(opened)["targets"]
    assert targets[-1]["group"] == {"ethnic_group": "black"}
    assert targets[-1]["census_area"] == HARTLEPOOL
    gap = matching.view(opened)["representation"]["gaps"][-1]
    assert gap["source"].startswith("Census 2021, table TS021")


def test_targets_start_from_an_earlier_group_and_ones_own_stand(
    matching: Matching, opened: UUID
) -> None:
    other = matching.open(
        title="Next group",
        seats=4,
        targets=[
            {"group": {"age_band": "18_24"}, "least": 1},
            {"group": {"sex": "male"}, "least": 2},
        ],
    )
    visitor = Visitor(matching)
    base = f"/opportunities/{other}/targets"
    assert "Better home care" in visitor.see(f"{base}/earlier")
    page = visitor.see(base, like=str(opened))
    visitor.send(base, page, **fields_of(page))
    targets = matching.view(other)["targets"]
    assert [t["group"] for t in targets[:2]] == [{"age_band": "18_24"}, {"sex": "male"}]
    assert targets[0]["least"] == 1
    assert len(targets) == 4


def test_no_targets_come_from_a_group_that_is_not_ones_own(
    matching: Matching, opened: UUID
) -> None:
    stranger = Visitor(matching)
    matching.coordinator_id = UUID(int=7)
    outsider = Visitor(matching)
    assert outsider.http.get(f"/matching/opportunities/{opened}/targets").status_code == 404
    assert stranger.http.get(f"/matching/opportunities/{opened}/targets").status_code == 200
    theirs = Visitor(matching).http.get(
        f"/matching/opportunities/{opened}/targets", params={"like": str(opened)}
    )
    assert theirs.status_code == 404


def test_a_target_that_is_cleared_is_taken_away(matching: Matching, opened: UUID) -> None:
    visitor = Visitor(matching)
    base = f"/opportunities/{opened}/targets"
    page = visitor.see(base)
    gone = {"targets-1-group": "", "targets-1-proportion": ""}
    visitor.send(base, page, **fields_of(page) | gone)
    assert [t.get("name") for t in matching.view(opened)["targets"]] == ["Young", ""]


def test_weights_are_tried_without_a_change_and_kept_when_told(
    matching: Matching, opened: UUID
) -> None:
    visitor = Visitor(matching)
    where = f"/opportunities/{opened}/what-if"
    tried = visitor.see(where, **{"w-0": "4"})
    assert matching.view(opened)["targets"][0]["weight"] == 2.5
    visitor.send(where, tried, **fields_of(tried))
    assert [t["weight"] for t in matching.view(opened)["targets"]] == [4, 1, 1]
    assert matching.view(opened)["targets"][0]["name"] == "Young"


@pytest.mark.parametrize("weight", ["0", "-1", "101", "heavy", "nan", "inf"])
def test_a_weight_that_is_none_is_refused_beside_its_slider(
    matching: Matching, opened: UUID, weight: str
) -> None:
    answer = Visitor(matching).http.get(
        f"/matching/opportunities/{opened}/what-if", params={"w-0": weight}
    )
    assert answer.status_code == 422
    assert "Enter a number above 0, up to 100." in words(answer.text)
