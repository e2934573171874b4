from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.matching.survey import reading
from services.matching.survey.reading import SurveyError, read
from services.matching.survey.sample import sample

HEAD = "completed,respondent_group,job_group,familiarity,barriers\n"
GOOD = "yes,staff,social_work,well,time;money\n"


def faults(content: bytes) -> list[str]:
    with pytest.raises(SurveyError) as caught:
        read(content)
    return [str(fault) for fault in caught.value.faults]


def test_the_sample_has_the_published_totals_and_says_that_it_is_synthetic() -> None:
    found = read(sample())
    assert (found.respondents, found.completed) == (997, 837)
    assert round(found.completed / found.respondents, 2) == 0.84
    assert found.synthetic
    assert sample() == sample()
    assert read(sample(7)).digest != found.digest


def test_a_response_is_counted_by_group_and_job() -> None:
    found = read((HEAD + GOOD + GOOD + "no,carer,,,\n").encode())
    assert (found.respondents, found.completed, found.synthetic) == (3, 2, False)
    assert found.counts["familiarity", "staff", "social_work", "well"] == 2
    assert found.counts["barrier", "staff", "social_work", "money"] == 2
    assert found.counts["respondents", "carer", "", ""] == 1


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        ("maybe,staff,social_work,well,time", "Line 3, column completed", "yes, no"),
        ("yes,boss,,well,time", "Line 3, column respondent_group", "lived_experience"),
        ("yes,staff,,well,time", "Line 3, column job_group", "social_work"),
        ("yes,carer,social_work,well,time", "Line 3, column job_group", "Leave it empty"),
        ("yes,carer,,quite,time", "Line 3, column familiarity", "very_well"),
        ("yes,carer,,,time", "Line 3, column familiarity", "empty in a completed"),
        ("yes,carer,,well,rain", "Line 3, column barriers", "; between them"),
        ("yes,carer,,well", "Line 3", "cells than there are columns"),
        ("yes,carer,,well,time,more", "Line 3", "cells than there are columns"),
        ('yes,carer,,"well,time', "Line 3", "quotation mark"),
    ],
)
def test_a_fault_names_line_and_column_and_what_to_do(line: str, where: str, what: str) -> None:
    (told,) = faults((HEAD + GOOD + line + "\n").encode())
    assert told.startswith(where)
    assert what in told


def test_every_fault_is_told_at_once_but_twenty_at_most() -> None:
    assert len(faults((HEAD + "x,y,z,,\n" * 3).encode())) == 9 - 3
    assert len(faults((HEAD + "x,y,z,,\n" * 90).encode())) == 20


def test_columns_that_are_missing_unknown_or_double_are_named() -> None:
    told = faults(b"completed,respondent_group,job_group,barriers,phone\nyes,carer,,,07700\n")
    assert told[0].startswith("Line 1, column familiarity: This column is missing")
    assert told[1].startswith("Line 1, column phone: This column is not known")
    assert "twice" in faults((HEAD.replace("\n", ",barriers\n") + GOOD).encode())[0]


def test_what_is_in_a_cell_is_never_repeated() -> None:
    told = faults((HEAD + "yes,Amina Rahman 07700 900101,,well,time\n").encode())
    assert "Amina" not in " ".join(told)


def test_a_file_that_is_empty_too_large_or_no_text_is_refused() -> None:
    assert "no response" in faults(HEAD.encode())[0]
    assert "missing" in faults(b"")[0]
    assert "larger than 1 MB" in faults(b"x" * (reading.LARGEST + 1))[0]
    assert "UTF-8" in faults(HEAD.encode() + "yes,carer,,well,é".encode("latin-1"))[0]


def test_a_line_number_counts_the_mark_of_a_synthetic_file() -> None:
    (told,) = faults((f"{reading.MARK}: made up\n" + HEAD + "maybe,carer,,well,time\n").encode())
    assert told.startswith("Line 3, column completed")


@given(st.binary(max_size=400))
def test_whatever_is_sent_is_taken_in_or_refused_in_words(content: bytes) -> None:
    try:
        found = read(content)
    except SurveyError as error:
        assert error.faults
    else:
        assert found.respondents > 0
