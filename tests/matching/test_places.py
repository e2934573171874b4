from __future__ import annotations

from pathlib import Path

import pytest

from schemas.events import Availability, ParticipantRegistered
from services.matching import places
from services.matching.model import Place
from tests.matching.harness import AREA, Matching, registered

BIRMINGHAM, BOLTON = "E08000025", "E08000001"
YOUNG = [{"group": {"age_band": "18_24"}, "least": 2}]


def living_in(area: str, travel_km: int | None = None) -> ParticipantRegistered:
    return registered().model_copy(
        update={"area_code": area, "availability": Availability(travel_km=travel_km)}
    )


def blocked_at(matching: Matching, opportunity: object) -> list[str]:
    answer = matching.http.get(f"/api/v1/opportunities/{opportunity}/blocked").json()
    return [block["sentence"] for item in answer["items"] for block in item["blocks"]]


def test_whoever_cannot_travel_so_far_is_blocked_with_a_reason_and_not_proposed(
    matching: Matching,
) -> None:
    opportunity = matching.open(targets=YOUNG)
    matching.receive(living_in(BIRMINGHAM, 50), living_in(BOLTON, 50), living_in(AREA, 1))
    assert len(matching.proposals(opportunity)) == 2
    assert blocked_at(matching, opportunity) == ["It is farther away than this person can travel."]


def test_an_opportunity_for_people_nearby_says_so(matching: Matching) -> None:
    opportunity = matching.open(targets=YOUNG, travel_km=30)
    matching.receive(living_in(BIRMINGHAM), living_in(BOLTON))
    assert len(matching.proposals(opportunity)) == 1
    assert blocked_at(matching, opportunity) == [
        "This person lives farther away than this opportunity is open to."
    ]
    assert matching.view(opportunity)["travel_km"] == 30


def test_online_an_unknown_area_and_no_limit_told_never_block(matching: Matching) -> None:
    online = {"on": "2026-10-06", "starts": "10:00", "ends": "12:00", "mode": "online"}
    from_home = matching.open(targets=YOUNG, sessions=[online])
    here = matching.open(targets=YOUNG)
    matching.receive(living_in(BIRMINGHAM, 5), living_in("E06009999", 5), living_in(BIRMINGHAM))
    assert len(matching.proposals(from_home)) == 3
    assert len(matching.proposals(here)) == 2


def test_a_new_limit_is_seen_at_once(matching: Matching) -> None:
    opportunity = matching.open(targets=YOUNG)
    far = living_in(BIRMINGHAM)
    matching.receive(far)
    assert len(matching.proposals(opportunity)) == 1
    nearer = far.model_copy(update={"revision": 2, "availability": Availability(travel_km=20)})
    matching.receive(nearer)
    assert matching.proposals(opportunity) == []
    assert len(blocked_at(matching, opportunity)) == 1


def test_a_fuller_table_can_be_named_and_another_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "centres.csv"
    table.write_text("local-authority-code,gss-code,x,y\nNWH,E06009999,400000.4,300000.6\nX,E1,,\n")
    monkeypatch.setenv(places.FILE, str(table))
    assert places.place_of("E06009999") == Place(400000, 300001)
    assert places.place_of(AREA) is None
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    with pytest.raises(places.CentresError, match="no column gss-code, x, y"):
        places.centres(wrong)


def test_every_local_authority_of_england_and_wales_has_a_place_of_its_own() -> None:
    found = places.centres(places.PACKAGED)
    kinds = {kind: sum(code.startswith(kind) for code in found) for kind in ("E0", "W06")}
    assert kinds == {"E0": 309, "W06": 22}
    assert len(set(found.values())) == len(found)
    manchester, bolton = found["E08000003"], found["E08000001"]
    assert manchester.within(bolton, 25)
    assert not manchester.within(found["E09000033"], 200)
