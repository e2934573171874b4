from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import vocabulary
from services.matching import profiles
from services.matching.profiles import ProfileError, ReferenceProfile, import_profile
from services.matching.targets import check

DATA = Path(profiles.__file__).parent / "data"


def one(path: Path, list_id: str, area: str = "E92000001") -> ReferenceProfile:
    [found] = [p for p in import_profile(path) if (p.list_id, p.area_code) == (list_id, area)]
    return found


def written(folder: Path, *rows: list[object], name: str = "table.csv") -> Path:
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def age_rows(count: int = 10, suffix: str = "; measures: Value") -> list[list[object]]:
    """TS007 as Nomis has it: five-year and other bands between the single years. Made-up counts."""
    labels = {"Total": count * 101, "Aged 4 years and under": count * 5, "Aged under 1 year": count}
    labels |= {f"Aged {n} year{'s' if n > 1 else ''}": count for n in range(1, 100)}
    labels |= {"Aged 16 to 19 years": count * 4, "Aged 100 years and over": count}
    return [
        ["date", "geography", "geography code", *(f"Age: {x}{suffix}" for x in labels)],
        ["2021", "Nowhere", "E06009999", *labels.values()],
    ]


def test_ethnic_group_is_read_as_nomis_publishes_it() -> None:
    found = one(DATA / "census2021-ts021-extract.csv", "ethnic_group", "E06000016")
    assert (found.area_name, found.table, found.stated) == ("Leicester", "TS021", 368571)
    assert found.counts["asian_indian"] == 126421
    assert found.counts["asian"] == 126421 + 12673 + 7055 + 2481 + 11347
    assert found.proportion("asian_indian") == pytest.approx(126421 / 368571)


def test_a_file_of_several_areas_gives_a_profile_each() -> None:
    names = [p.area_name for p in import_profile(DATA / "census2021-ts021-extract.csv")]
    assert names == ["England", "Hartlepool", "Leicester", "Tower Hamlets"]


def test_all_categories_of_ethnic_group_have_a_figure() -> None:
    found = one(DATA / "census2021-ts021-extract.csv", "ethnic_group")
    assert found.counts.keys() == {c.code for c in vocabulary.code_list("ethnic_group").countable()}


def test_religion_is_read_as_an_ons_filtered_dataset() -> None:
    found = one(DATA / "TS030-2021-filtered-extract.csv", "religion")
    assert found.counts["muslim"] == 3801235
    assert found.not_answered == 3400356


def test_of_main_languages_those_not_named_are_the_others(tmp_path: Path) -> None:
    """TS024 as Nomis has it: totals of families of languages beside each. Made-up counts."""
    counts = {
        "Total: All usual residents aged 3 years and over": 1000,
        "English (English or Welsh in Wales)": 900,
        "Other European language (EU)": 60,
        "Other European language (EU): Polish": 60,
        "South Asian language": 30,
        "South Asian language: Urdu": 30,
        "Sign language": 10,
        "Sign language: British Sign Language": 8,
        "Sign language: Any other sign language": 2,
    }
    head = ["date", "geography", "geography code", *(f"Main language: {x}" for x in counts)]
    path = written(tmp_path, head, ["2021", "Nowhere", "E06009999", *counts.values()])
    found = one(path, "main_language", "E06009999")
    assert found.counts == {"english": 900, "bsl": 8, "other": 92}


def test_those_who_did_not_answer_are_on_neither_side() -> None:
    found = one(DATA / "census2021-ts077-extract.csv", "sexual_orientation")
    assert found.stated == 46007030 - 3432732
    shares = [found.proportion(c) for c in found.counts]
    assert sum(shares) == pytest.approx(1)


def test_sex_is_read_with_the_suffix_that_nomis_adds() -> None:
    assert one(DATA / "census2021-ts008-extract.csv", "sex").proportion("female") == pytest.approx(
        0.51042, abs=1e-5
    )


def test_the_short_form_of_disability_gives_disability_only() -> None:
    found = import_profile(DATA / "census2021-ts038-extract.csv")
    assert [p.list_id for p in found] == ["disability"]
    assert found[0].proportion("disabled") == pytest.approx(0.17303, abs=1e-5)


def test_the_long_form_of_disability_gives_long_term_conditions_too(tmp_path: Path) -> None:
    yes, no = "Disabled under the Equality Act", "Not disabled under the Equality Act"
    columns = {  # made-up counts
        "Total: All usual residents": 100,
        yes: 17,
        f"{yes}: Day-to-day activities limited a lot": 7,
        f"{yes}: Day-to-day activities limited a little": 10,
        no: 83,
        f"{no}: Has long term physical or mental health condition but day-to-day activities are "
        "not limited": 6,
        f"{no}: No long term physical or mental health conditions": 77,
    }
    path = written(
        tmp_path,
        ["date", "geography", "geography code", *(f"Disability: {c}" for c in columns)],
        ["2021", "Nowhere", "E06009999", *columns.values()],
    )
    disability, condition = import_profile(path)
    assert disability.counts == {"disabled": 17, "not_disabled": 83}
    assert condition.counts == {"yes": 23, "no": 77}


def test_age_makes_adult_bands_of_single_years(tmp_path: Path) -> None:
    found = one(written(tmp_path, *age_rows()), "age_band", "E06009999")
    assert found.counts["18_24"] == 70
    assert found.counts["85_plus"] == 160
    assert found.stated == 830
    assert "under_18" not in found.counts
    assert found.population == "usual residents aged 18 years and over"


def test_age_in_the_long_shape_is_the_same(tmp_path: Path) -> None:
    names = ["Aged under 1 year", "Aged 1 year", *(f"Aged {n} years" for n in range(2, 100))]
    names.append("Aged 100 years and over")
    head = ["Lower tier local authorities Code", "Lower tier local authorities"]
    path = written(
        tmp_path,
        [*head, "Age (101 categories) Code", "Age (101 categories)", "Observation"],
        *(["E06009999", "Nowhere", n, name, 10] for n, name in enumerate(names)),
    )
    expected = one(written(tmp_path, *age_rows(), name="wide.csv"), "age_band", "E06009999")
    assert one(path, "age_band", "E06009999") == expected


def test_five_year_bands_cannot_tell_18_from_15_and_are_not_split(tmp_path: Path) -> None:
    labels = [f"Aged {n} to {n + 4} years" for n in range(0, 85, 5)] + ["Aged 85 years and over"]
    path = written(
        tmp_path,
        ["date", "geography", "geography code", *(f"Age: {x}" for x in labels)],
        ["2021", "Nowhere", "E06009999", *[50] * len(labels)],
    )
    with pytest.raises(ProfileError, match="Download TS007, age by single year"):
        import_profile(path)


def test_main_language_names_english_and_bsl_and_the_rest_is_other(tmp_path: Path) -> None:
    columns = {  # made-up counts
        "Total: All usual residents aged 3 years and over": 1000,
        "English (English or Welsh in Wales)": 900,
        "Any other UK languages: Gaelic (Irish)": 1,
        "Other European language (EU)": 60,
        "Other European language (EU): Polish": 60,
        "Sign language: British Sign Language": 2,
        "Other language": 37,
    }
    path = written(
        tmp_path,
        ["date", "geography", "geography code", *(f"Main language: {c}" for c in columns)],
        ["2021", "Nowhere", "E06009999", *columns.values()],
    )
    found = one(path, "main_language", "E06009999")
    assert found.counts == {"english": 900, "bsl": 2, "other": 98}
    assert "aged 3 and over" in found.caveats[1]


def test_every_figure_carries_whom_it_counts() -> None:
    found = one(DATA / "census2021-ts021-extract.csv", "ethnic_group")
    assert found.caveats == (
        "Census 2021, counted on 21 March 2021.",
        "This counts residents of all ages. For a panel of adults it shows too much of groups "
        "with many children and too little of groups with many older people.",
    )
    assert found.reference().note == " ".join(found.caveats)


def test_a_proportion_becomes_a_target_that_passes_the_checks() -> None:
    found = one(DATA / "census2021-ts021-extract.csv", "ethnic_group", "E09000030")
    target = profiles.census_target(found, "asian_bangladeshi", "t1")
    assert check([target], 12)[0].floor(12) == pytest.approx(12 * 107333 / 310306)
    assert target.reference.area_name == "Tower Hamlets"


def test_a_category_without_a_figure_gives_none() -> None:
    found = one(DATA / "census2021-ts008-extract.csv", "sex")
    with pytest.raises(ProfileError, match="no figure"):
        found.proportion("prefer_not_to_say")


def test_a_preamble_and_notes_and_percent_columns_are_passed_over(tmp_path: Path) -> None:
    head = ["local authority", "mnemonic", "Sex: All persons", "Sex: Female [note 1]", "Sex: Male"]
    path = written(
        tmp_path,
        ["TS008 - Sex"],
        ["ONS Crown Copyright Reserved [from Nomis]"],
        [],
        [*head, "Sex: Male; measures: Percent"],
        ["Nowhere", "E06009999", "1,000", 520, 480, "48.0"],
        ["Small place", "E01000001", 10, 5, 5, "50.0"],
        ["In order to protect against disclosure ..."],
    )
    [found] = import_profile(path)
    assert (found.area_name, found.counts) == ("Nowhere", {"female": 520, "male": 480})


HEAD: list[object] = ["date", "geography", "geography code", "Sex: All persons"]
FULL: list[object] = [*HEAD, "Sex: Female", "Sex: Male"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([["a", "b"], [1, 2]], "No header was found"),
        ([[*HEAD[:3], "Tenure: Total"]], "is of no table that can be used. These can: TS021"),
        ([[*FULL, "Religion: Christian"]], "has 2 tables. Import one table at a time."),
        ([FULL, ["2021", "x", "E01000001", 2, 1, 1]], "has no local authority"),
        ([FULL, ["2021", "x", "E06000001", 2, "", 1]], "Line 2, column “Sex: Female”"),
        ([FULL, ["2021", "x", "E06000001", 2, "*", 1]], "missing figures are not made up"),
        ([FULL, ["2021", "x", "E06000001", 2, "-1", 1]], "a whole number is needed"),
        ([FULL, ["2021", "x", "E06000001", 2, 1]], "Line 2 has 5 cells, the header 6."),
        ([FULL, *[["2021", "x", "E06000001", 2, 1, 1]] * 2], "Line 3 repeats x of line 2"),
        ([FULL, ["2021", "x", "E06000001", 9000, 10, 10]], "add up to 20, its total is 9,000"),
        ([FULL, ["2021", "x", "E06000001", 0, 0, 0]], "counts nobody in x"),
        (
            [[*HEAD, "Sex: Female"], ["2021", "x", "E06000001", 2, 1]],
            "lacks 1 of its categories, first “male”. Download the whole table",
        ),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_what_to_do(
    tmp_path: Path, rows: list[list[object]], says: str
) -> None:
    with pytest.raises(ProfileError) as error:
        import_profile(written(tmp_path, *rows))
    assert says in str(error.value)


def test_a_spreadsheet_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not text in UTF-8"):
        import_profile(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "file.csv"
    path.write_bytes(b"date,geography,geography code,Sex: Female,Sex: Male\n" + content)
    try:
        import_profile(path)
    except ProfileError as error:
        assert str(error)


def test_the_source_and_licence_of_the_extracts_are_named() -> None:
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert "Open Government Licence v3.0" in text
    for path in DATA.glob("*.csv"):
        assert path.name in text


def summary(**changes: object) -> dict[str, object]:
    return {
        "england": {
            "disability": {"total": 100, "n": {"disabled_equality_act": 17, "not_disabled": 83}},
            "sex": {"table": "TS009 (totals)", "total": 9, "n": {"female": 5, "male": 4}},
            "age_partial": {"n": {"16_64": 60}},
            "religion": {"n": {"christian": 3}},
        }
        | changes
    }


def test_a_summary_in_json_is_read_and_what_is_incomplete_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    order = ["white_british", "asian_indian", "asian_other"]
    areas = {"E06000001": {"name": "Hartlepool", "total": 10, "n": [7, 2, 1]}}
    told = summary() | {"ltla_ethnic_group": {"order": order, "areas": areas}}
    path.write_text(json.dumps(told), "utf-8")
    disability, sex, ethnic = import_profile(path)
    assert disability.counts == {"disabled": 17, "not_disabled": 83}
    assert (sex.table, sex.proportion("female")) == ("TS009", 5 / 9)
    assert (ethnic.area_name, ethnic.counts["asian"]) == ("Hartlepool", 3)
    assert "copies of ONS downloads" in ethnic.reference().note


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[1, 2]", "no summary of census figures"),
        ("{", "no summary of census figures"),
        ('{"england": {"sex": 3}}', "no summary of census figures"),
        (json.dumps(summary(sex={"n": {"female": -1, "male": 4}})), "no whole number"),
        (json.dumps(summary(sex={"n": {"female": 1, "male": 4, "x": 1}})), "“x” is no category"),
        (json.dumps(summary(sex={"total": 900, "n": {"female": 5, "male": 4}})), "do not add up"),
    ],
)
def test_json_that_cannot_be_used_says_what_to_do(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "summary.json"
    path.write_text(content, "utf-8")
    with pytest.raises(ProfileError, match=says):
        import_profile(path)


def test_the_zip_of_a_table_is_read_by_its_local_authorities(tmp_path: Path) -> None:
    path = tmp_path / "census2021-ts021.zip"
    with zipfile.ZipFile(path, "w") as folder:
        folder.write(DATA / "census2021-ts021-extract.csv", "census2021-ts021-ltla.csv")
        folder.writestr("census2021-ts021-lsoa.csv", "too small areas")
    assert import_profile(path) == import_profile(DATA / "census2021-ts021-extract.csv")
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as folder:
        folder.writestr("metadata.txt", "nothing")
    with pytest.raises(ProfileError, match=r"ends in “-ltla\.csv”"):
        import_profile(other)
