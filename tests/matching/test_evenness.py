from __future__ import annotations

from math import sqrt

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.matching import evenness, reference
from services.matching.measures import Stratum
from services.matching.suppression import Rule
from tests.matching.harness import Matching, Visitor
from tests.matching.test_measuring import DATA, ENGLAND, MEASURES
from tests.support.reading_pages import tables_of

RULE = Rule(threshold=5)


def women_and_men(women: int, men: int) -> list[dict[str, object]]:
    sexes = ["female"] * women + ["male"] * men
    return [{"prior_seat": False, "categories": {"sex": [sex]}} for sex in sexes]


def census_of_sex(matching: Matching) -> None:
    path = DATA / "census2021-ts008-extract.csv"
    matching.write(lambda s: reference.import_file(s, path, matching.now))


def test_groups_that_take_part_as_often_as_they_live_there_are_even(matching: Matching) -> None:
    census_of_sex(matching)
    matching.open(seats=50, area_code=ENGLAND, members=women_and_men(women=25, men=25), targets=[])
    (seen,) = matching.http.get(MEASURES).json()["evenness"]
    assert (seen["list_id"], seen["area_name"], seen["people"]) == ("sex", "England", 50)
    assert (seen["variation"], seen["r_indicator"]) == (0.0, 1.0)


def test_a_group_that_is_hardly_there_shows_as_uneven_on_the_page(matching: Matching) -> None:
    census_of_sex(matching)
    matching.open(seats=50, area_code=ENGLAND, members=women_and_men(women=44, men=6), targets=[])
    (seen,) = matching.http.get(MEASURES).json()["evenness"]
    assert seen["variation"] == 0.7
    rows = tables_of(Visitor(matching).see("/voices"))["How evenly groups take part"]
    assert rows == [["Sex", "England", "50", *r_indicator(matching)]]


def r_indicator(matching: Matching) -> tuple[str, str]:
    """Uneven beyond chance, and R, by the formulas of Schouten and others, from plain SQL."""
    strata = matching.read(lambda s: s.execute(text(STRATA)).all())
    residents, seated = (sum(column) for column in list(zip(*strata, strict=True)))
    rate = seated / residents
    spread = sum(n / residents * (m / n - rate) ** 2 for n, m in strata)
    chance = sum(n / residents * (1 - n / residents) * (m / n) * (1 - m / n) / n for n, m in strata)
    return f"{sqrt(spread - chance) / rate:.1f}", f"{round(1 - 2 * sqrt(spread), 3):g}"


STRATA = """
    SELECT r.value, (SELECT COUNT(*) FROM seats s JOIN members m ON m.id = s.member_id
                     WHERE json_extract(m.categories, '$.sex[0]') = r.key)
    FROM area_profiles a, json_each(a.counts) r WHERE a.list_id = 'sex'
"""


def test_a_group_so_small_that_it_tells_of_single_people_is_not_set_beside_another(
    matching: Matching,
) -> None:
    census_of_sex(matching)
    matching.open(seats=50, area_code=ENGLAND, members=women_and_men(women=46, men=4), targets=[])
    assert matching.http.get(MEASURES).json()["evenness"] == []


def test_few_people_or_an_area_without_a_census_table_show_nothing(matching: Matching) -> None:
    matching.open(seats=50, area_code=ENGLAND, members=women_and_men(25, 25), targets=[])
    assert matching.http.get(MEASURES).json()["evenness"] == []
    census_of_sex(matching)
    matching.open(seats=50, members=women_and_men(25, 25), targets=[])
    assert len(matching.http.get(MEASURES).json()["evenness"]) == 1


@given(
    st.dictionaries(
        st.sampled_from("abcdefg"), st.tuples(st.integers(100, 9_999), st.integers(0, 30))
    )
)
def test_no_figure_rests_on_one_to_four_people(groups: dict[str, tuple[int, int]]) -> None:
    residents = {code: n for code, (n, _) in groups.items()}
    strata = evenness.together(residents, {code: n for code, (_, n) in groups.items()}, RULE)
    if strata is None:
        return
    assert all(s.taking_part == 0 or s.taking_part >= 5 for s in strata.values())
    assert sum(s.population for s in strata.values()) == sum(residents.values())
    assert sum(s.taking_part for s in strata.values()) == sum(n for _, n in groups.values())


def test_small_groups_are_put_together_and_a_group_with_nobody_stays_apart() -> None:
    residents = {"a": 1000, "b": 500, "c": 200, "d": 300}
    seen = evenness.together(residents, {"a": 20, "b": 3, "d": 4}, RULE)
    assert seen == {
        "a": Stratum(1000, 20),
        "c": Stratum(200, 0),
        "b+d": Stratum(800, 7),
    }
