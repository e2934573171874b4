"""The map of where contacts were, and which communities are not reached yet."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.outreach import areas, monitoring, places
from services.outreach.monitoring_models import MonitoringAnswer
from services.outreach.places import Place
from services.outreach.spots import LARGEST, SMALLEST, Spot, draw
from services.runtime.exports import HIDDEN
from tests.outreach.conftest import World

SPOTS = st.builds(
    Spot,
    st.floats(49, 61).map(lambda degrees: round(degrees, 2)),
    st.floats(-9, 2).map(lambda degrees: round(degrees, 2)),
    st.integers(1, 5000),
)


def place(people: int = 3, **groups: float) -> Place:
    return Place("E08000035", "Leeds", 2, people, date(2026, 3, 2), 1, ("Library",), 1000, groups)


@given(st.lists(SPOTS, min_size=1, max_size=40))
def test_every_circle_lies_within_the_map(spots: list[Spot]) -> None:
    drawing = draw(spots)
    assert drawing is not None
    assert len(drawing.circles) == len(spots)
    for circle in drawing.circles:
        assert SMALLEST <= circle.radius <= LARGEST
        assert 0 <= circle.x <= drawing.width
        assert 0 <= circle.y <= drawing.height


def test_a_name_that_would_lie_across_another_is_left_out() -> None:
    spots = [Spot(53.8, -1.5, 9, "Leeds", "area"), Spot(53.8, -1.5, 2, "Library")]
    drawing = draw([*spots, Spot(53.9, -1.3, 1, "Mosque")])
    assert drawing is not None
    assert [circle.label for circle in drawing.circles] == ["Leeds", "", "Mosque"]


def test_north_is_at_the_top_and_east_on_the_right() -> None:
    drawing = draw([Spot(53.9, -1.6, 10), Spot(53.7, -1.4, 1)])
    assert drawing is not None
    north_west, south_east = drawing.circles
    assert north_west.y < south_east.y
    assert north_west.x < south_east.x


def test_the_scale_is_true_along_both_sides() -> None:
    drawing = draw([Spot(53.9, -1.5, 2), Spot(53.8, -1.5, 1), Spot(53.8, -1.4, 1)])
    assert drawing is not None
    top, *low = drawing.circles
    corner = next(circle for circle in low if math.isclose(circle.x, top.x))
    east = next(circle for circle in low if circle is not corner)
    assert math.isclose((corner.y - top.y) / drawing.kilometre, 11.12, rel_tol=0.01)
    east_km = 11.12 * math.cos(math.radians(53.85))
    assert math.isclose((east.x - corner.x) / drawing.kilometre, east_km, rel_tol=0.01)


def test_a_few_spots_say_which_place_they_are_and_many_do_not_cover_each_other() -> None:
    long = Spot(53.8, -1.5, 1, "The community centre behind the old cinema")
    few = draw([Spot(53.9, -1.5, 2, "Library"), long])
    assert few is not None
    assert [circle.label for circle in few.circles] == ["Library", "The community centre be…"]
    many = draw([Spot(53 + n / 100, -1.5, 1, "Library") for n in range(20)])
    assert many is not None
    assert {circle.label for circle in many.circles} == {""}


def test_many_spots_give_up_their_names_before_the_areas_do() -> None:
    spots = [Spot(53.8, -1.5, 1, "Library") for _ in range(20)]
    drawing = draw([Spot(53.8, -1.5, 40, "Leeds", "area"), *spots])
    assert drawing is not None
    assert [circle.label for circle in drawing.circles if circle.label] == ["Leeds"]
    assert drawing.circles[0].kind == "area"


def test_every_area_has_a_centre_in_england() -> None:
    for area in areas.all_areas().values():
        latitude, longitude = area.centre
        assert 49.8 < latitude < 55.9, area.name
        assert -6.5 < longitude < 1.8, area.name


def test_areas_close_by_that_nobody_has_been_to_are_named_the_nearest_first() -> None:
    close = places.close_by([place()])
    assert [area.name for area in close][:3] == ["Wakefield", "Bradford", "Selby"]
    assert all(area.place == "Leeds" and 0 < area.kilometres <= places.CLOSE_KM for area in close)
    assert len(close) <= places.MOST_CLOSE
    both = places.close_by([place(), replace(place(), code="E08000036", name="Wakefield")])
    assert "Wakefield" not in {area.name for area in both}
    assert places.close_by([]) == []


def test_the_map_holds_reached_areas_those_close_by_and_the_spots_that_were_kept() -> None:
    close = places.close_by([place()])
    kept = [Spot(53.81, -1.52, 3, "Library")]
    drawn = places.on_the_map([place(people=9), replace(place(), code="X")], close, kept)
    assert [(spot.kind, spot.people) for spot in drawn] == [
        ("area", 9),
        *[("near", 0)] * len(close),
        ("spot", 3),
    ]


def test_without_a_spot_there_is_no_map() -> None:
    assert draw([]) is None


def test_a_group_that_lives_here_and_is_hardly_registered_is_named() -> None:
    found = [place(asian=0.3, black=0.1, white_british=0.595, other=0.005)]
    assert places.few_or_none(found, {"white_british": 40, "asian": 8, "black": 7}) == ["black"]


def test_nothing_is_said_before_a_quarter_has_been_counted() -> None:
    assert places.few_or_none([place(asian=0.3)], {}) == []


def test_one_person_and_nobody_look_the_same() -> None:
    found = [place(asian=0.5, black=0.5)]
    assert places.few_or_none(found, {"asian": 1}) == places.few_or_none(found, {"asian": 7})
    assert places.few_or_none(found, {"asian": 7}) == places.few_or_none(
        found, {"white_british": 9}
    )


def test_few_people_are_hidden_in_what_is_taken_away() -> None:
    report = places.as_report([place(people=7), place(people=23)], date(2026, 3, 3))
    assert [row[3] for row in report.tables[0].rows] == [HIDDEN, 25]


def test_only_finished_quarters_are_compared_and_details_count_in_their_group(world: World) -> None:
    def answer(code: str, period: str) -> MonitoringAnswer:
        return MonitoringAnswer(
            subject=str(uuid4()),
            organisation_id="leeds",
            list_id="ethnic_group",
            code=code,
            list_version="1",
            period=period,
        )

    rows = [
        answer(code, period)
        for code, period in (
            *(("asian_indian", "2026-Q1"), ("asian", "2026-Q1"), ("white_british", "2025-Q4")),
            *(("white_roma", "2026-Q1"), ("white", "2026-Q1"), ("prefer_not_to_say", "2026-Q1")),
            ("black_african", "2026-Q2"),
        )
    ]
    now = datetime(2026, 5, 1, tzinfo=UTC)
    world.node.database.write(lambda session: session.add_all(rows))
    found = world.node.database.read(
        lambda session: monitoring.by_ethnic_group(session, "leeds", now)
    )
    assert found == {"asian": 2, "white_british": 1, "white_other": 1}
