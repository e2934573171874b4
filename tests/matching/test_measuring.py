from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.cli.profiles import app as profiles_app
from services.matching import reference
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, Visitor
from tests.matching.test_pages import TYPED, words

DATA = Path(reference.__file__).parent / "data"
MEASURES = "/api/v1/measures"
ENGLAND = "E92000001"


def members(new: int, familiar: int) -> list[dict[str, bool]]:
    return [{"prior_seat": n >= new} for n in range(new + familiar)]


def test_seats_are_counted_by_voice_and_host(matching: Matching) -> None:
    matching.open(seats=12, members=members(6, 5), targets=[])
    matching.open(seats=9, members=members(6, 3), host_kind="nhs", targets=[])
    seen = matching.http.get(MEASURES).json()
    assert (seen["seats"], seen["people"]) == (20, 20)
    assert seen["familiar_share"] == 8 / 20
    assert (seen["hhi"], seen["gini"]) == (1 / 20, 0)
    by_host = {h["host_kind"]: h for h in seen["hosts"]}
    assert by_host["council"]["seats"] == 11
    assert by_host["nhs"]["familiar_voices"] is None
    assert by_host["care_home"]["seats"] == 0


def test_few_seats_tell_nothing_of_single_people(matching: Matching) -> None:
    matching.open(seats=9, members=members(2, 1), targets=[])
    seen = matching.http.get(MEASURES).json()
    assert seen["seats"] is None
    assert seen["familiar_share"] is None
    assert seen["hhi"] is None
    assert "few" in Visitor(matching).see("/voices")


def test_a_person_who_sits_in_two_groups_is_a_familiar_voice_in_the_second(
    matching: Matching,
) -> None:
    person = matching.register()
    for title in ("First group", "Second group"):
        opportunity = matching.open(title=title)
        matching.settle()
        matching.now += timedelta(hours=1)
        matching.receive(matching.invite(opportunity, person))
    matching.open(title="Large group", seats=30, members=members(10, 9), targets=[])
    seen = matching.http.get(MEASURES).json()
    assert (seen["seats"], seen["people"]) == (21, 20)
    assert seen["familiar_share"] == round(10 / 21, 6)
    assert seen["gini"] > 0


def test_only_whole_quarters_that_have_ended_are_published(matching: Matching) -> None:
    matching.open(seats=20, members=members(10, 6), targets=[])
    assert matching.http.get(MEASURES).json()["quarters"] == []
    matching.now += timedelta(days=31)
    (quarter,) = matching.http.get(MEASURES).json()["quarters"]
    assert quarter == {
        "quarter": "July to September 2026",
        "seats": 16,
        "new_voice_share": 10 / 16,
        "hhi": None,
    }


def test_groups_with_a_target_and_no_seat_are_named_as_not_yet_reached(
    matching: Matching,
) -> None:
    matching.open(
        targets=[
            {"group": {"age_band": "18_24"}, "least": 1},
            {"group": {"sex": "male"}, "least": 1},
            {"group": {"religion": "sikh"}},
        ],
        members=[{"categories": {"sex": ["male"]}}],
    )
    assert matching.http.get(MEASURES).json()["not_reached"] == ["people aged 18 to 24"]
    assert "People aged 18 to 24" in Visitor(matching, Role.LINK_WORKER).see("/voices")


def test_another_organisation_sees_its_own_voices_only(matching: Matching) -> None:
    matching.open(seats=20, members=members(10, 9), targets=[])
    stranger = matching.client(Role.COORDINATOR, organisation="another")
    seen = stranger.get(MEASURES).json()
    assert (seen["seats"], seen["gap_index"]) == (0, None)


def test_a_census_table_is_imported_and_gives_a_target_its_share(matching: Matching) -> None:
    path = DATA / "census2021-ts008-extract.csv"
    found = matching.write(lambda s: reference.import_file(s, path, matching.now))
    assert found == {"sex": 1}
    profile = matching.http.get(f"/api/v1/area-profiles/{ENGLAND}").json()
    shares = {s["code"]: s["share"] for s in profile["items"][0]["shares"]}
    assert shares["female"] == round(28833831 / 56490040, 6)
    opportunity = matching.open(
        seats=20, targets=[{"group": {"sex": "female"}, "census_area": ENGLAND}]
    )
    (gap,) = matching.view(opportunity)["representation"]["gaps"]
    assert gap["proportion"] == shares["female"]
    assert gap["source"] == "Census 2021, table TS008, England"


def test_a_census_share_that_is_not_there_is_refused_with_what_to_do(matching: Matching) -> None:
    visitor = Visitor(matching)
    form = visitor.see("/opportunities/new")
    asked = {"targets-2-census": "yes", "targets-2-proportion": ""}
    page = visitor.send("/opportunities/new", form, 422, **TYPED | asked)
    assert "Import the table" in words(page)
    assert "newvoices profiles import" in words(page)


def test_the_command_line_imports_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWVOICES_DATA_DIR", str(tmp_path))
    done = CliRunner().invoke(profiles_app, ["import", str(DATA / "census2021-ts021-extract.csv")])
    assert (done.exit_code, "ethnic_group: 4 areas" in done.output) == (0, True), done.output
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n")
    refused = CliRunner().invoke(profiles_app, ["import", str(wrong)])
    assert refused.exit_code == 1
