"""Surveys from the file to charts and exports, checked against SQL and against the file itself."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner

from services.cli.surveys import app as surveys_app
from services.matching.gaps import wilson
from services.matching.suppression import Rule
from services.matching.survey import figures, reading
from services.matching.survey import questions as q
from services.matching.survey.sample import sample
from services.runtime.security.principal import Role
from tests.matching.harness import Matching, Visitor
from tests.matching.test_pages import words

SURVEYS = "/api/v1/surveys"
HEAD = "completed,respondent_group,job_group,familiarity,barriers\n"


def take_in(matching: Matching, content: bytes | None = None) -> dict[str, Any]:
    content = sample() if content is None else content
    answer = matching.http.post(SURVEYS, json=content.decode(), params={"name": "Our survey"})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode().split("\n", 1)[1])))


def test_every_figure_is_what_the_file_and_plain_sql_say(matching: Matching) -> None:
    survey = take_in(matching)["survey_id"]
    seen = matching.http.get(f"{SURVEYS}/{survey}").json()
    rows = lines(sample())
    assert (seen["respondents"], seen["completed"]) == (997, 837)
    for code, shown in zip(q.GROUPS, seen["by_group"], strict=True):
        said = [
            r["familiarity"] for r in rows if r["respondent_group"] == code and r["familiarity"]
        ]
        well = sum(level in ("well", "very_well") for level in said)
        assert (shown["part"], shown["whole"]) == (well, len(said)), code
        assert (shown["low"], shown["high"]) == pytest.approx(wilson(well, len(said)))
        people = sum_of(matching, "question = 'familiarity' AND respondent_group = :code", code)
        assert people == len(said)
    for code, shown in zip(q.JOBS, seen["by_job"], strict=True):
        well = sum_of(
            matching,
            "question = 'familiarity' AND job_group = :code AND answer IN ('well', 'very_well')",
            code,
        )
        assert shown["part"] == well, code
    asked = sum_of(matching, "question = 'asked_barriers'")
    by_label = {label: code for code, label in q.BARRIERS.items()}
    for shown in seen["barriers"]:
        code = by_label[shown["label"]]
        named = sum(code in r["barriers"].split(";") for r in rows)
        assert (
            (shown["part"], shown["whole"])
            == (named, asked)
            == (
                sum_of(matching, "question = 'barrier' AND answer = :code", code),
                asked,
            )
        )
    values = [shown["value"] for shown in seen["barriers"]]
    assert values == sorted(values, reverse=True)


def sum_of(matching: Matching, where: str, code: str = "") -> int:
    query = text(f"SELECT coalesce(sum(people), 0) FROM survey_counts WHERE {where}")
    values = {"code": code} if ":code" in where else {}
    return int(matching.read(lambda s: s.execute(query, values).scalar()))


def test_the_same_file_twice_has_one_effect(matching: Matching) -> None:
    first, second = take_in(matching), take_in(matching)
    assert (first["again"], second["again"]) == (False, True)
    assert first["survey_id"] == second["survey_id"]
    assert len(matching.http.get(SURVEYS).json()["items"]) == 1
    assert sum_of(matching, "question = 'respondents'") == 997


def test_a_file_with_a_fault_leaves_nothing(matching: Matching) -> None:
    wrong = sample() + b"S9999,yes,staff,wizard,well,time\n"
    answer = matching.http.post(SURVEYS, json=wrong.decode())
    assert answer.status_code == 422
    assert "Line 1000, column job_group" in answer.json()["detail"]
    assert matching.http.get(SURVEYS).json()["items"] == []
    assert sum_of(matching, "1 = 1") == 0


def test_small_groups_are_hidden_and_so_is_what_would_tell_of_them(matching: Matching) -> None:
    body = HEAD + "yes,carer,,well,time\n" * 3 + "yes,staff,social_work,well,time;money\n" * 9
    body += "yes,staff,commissioning,a_little,money\n" * 6 + "yes,other,,somewhat,time\n" * 7
    survey = take_in(matching, body.encode())["survey_id"]
    seen = matching.http.get(f"{SURVEYS}/{survey}").json()
    carers = seen["by_group"][list(q.GROUPS).index("carer")]
    assert (carers["part"], carers["whole"], carers["value"]) == (None, None, None)
    known = [share for share in seen["by_group"] if share["value"] is not None]
    hidden = [g for g in seen["levels_by_group"] if None in g["counts"]]
    assert len(hidden) >= 2
    assert all(share["part"] not in range(1, 5) for share in known)


counted = st.lists(st.integers(0, 30), min_size=20, max_size=20)


@given(counted)
def test_no_share_or_count_shown_is_of_a_few(people: list[int]) -> None:
    counts: dict[reading.Key, int] = {}
    for n, (group, level) in enumerate((g, lv) for g in q.GROUPS for lv in q.FAMILIARITY):
        counts["familiarity", group, "", level] = people[n]
    for n, group in enumerate(q.GROUPS):
        counts["asked_barriers", group, "", ""] = people[n] + people[n + 4]
        counts["barrier", group, "", "time"] = people[n]
    found = figures.of(counts, Rule(threshold=5))
    few = range(1, 5)
    for levels in found.levels_by_group:
        assert not any(count in few for count in levels.counts)
    shares = [*found.by_group, *found.barriers]
    shares += [share for _, named in found.barriers_by_group for share in named]
    for share in shares:
        if share.part is not None and share.whole is not None:
            assert share.part not in few
            assert share.whole not in few
    for share in found.barriers:
        if share.part is not None and share.whole is not None:
            assert share.whole - share.part not in few


def test_another_organisations_surveys_are_not_there(matching: Matching) -> None:
    survey = take_in(matching)["survey_id"]
    stranger = matching.client(Role.COORDINATOR, organisation="riverton")
    assert stranger.get(SURVEYS).json()["items"] == []
    assert stranger.get(f"{SURVEYS}/{survey}").status_code == 404
    assert stranger.delete(f"{SURVEYS}/{survey}").status_code == 404
    assert matching.client(Role.LINK_WORKER).delete(f"{SURVEYS}/{survey}").status_code == 403
    assert matching.http.delete(f"{SURVEYS}/{survey}").status_code == 204
    assert sum_of(matching, "1 = 1") == 0


def upload(
    visitor: Visitor, content: bytes | None, status: int = 200, name: str = "responses.csv"
) -> str:
    page = visitor.see("/surveys/new")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    files = {"file": (name, content, "text/csv")} if content is not None else {}
    answer = visitor.http.post(
        "/matching/surveys/new", data={"csrf_token": token[1], "name": "Spring"}, files=files
    )
    assert answer.status_code == status, answer.text
    return answer.text


def test_a_file_is_uploaded_and_every_chart_says_that_it_is_synthetic(matching: Matching) -> None:
    visitor = Visitor(matching)
    page = upload(visitor, sample())
    assert "997 responses are taken in" in words(page)
    charts = re.findall(r"<figcaption.*?</figcaption>", page, re.DOTALL)
    assert len(charts) == 3
    assert all("Synthetic" in chart for chart in charts)
    assert "Nothing has changed" in words(upload(visitor, sample()))
    assert "Synthetic" in visitor.see("/surveys")


def test_what_is_wrong_with_an_upload_stands_on_the_page(matching: Matching) -> None:
    visitor = Visitor(matching)
    wrong = (HEAD + "yes,carer,,quite,time\nyes,boss,,well,time\n").encode()
    page = words(upload(visitor, wrong, 422))
    assert "Line 2, column familiarity" in page
    assert "Line 3, column respondent_group" in page
    assert "larger than 1 MB" in words(upload(visitor, b"x" * (reading.LARGEST + 9), 422))
    assert "Choose a CSV file" in words(upload(visitor, None, 422))
    assert "Choose a CSV file" in words(upload(visitor, sample(), 422, name="responses.csv.exe"))
    assert matching.http.get(SURVEYS).json()["items"] == []


@pytest.mark.parametrize("form", ["csv", "html", "ods", "pdf"])
def test_exports_say_that_they_are_synthetic(matching: Matching, form: str) -> None:
    survey = take_in(matching)["survey_id"]
    answer = Visitor(matching).http.get(f"/matching/surveys/{survey}/export?form={form}")
    assert answer.status_code == 200
    assert "synthetic" in answer.headers["content-disposition"]
    if form in ("csv", "html"):
        assert "Synthetic: Barriers named" in answer.text


def test_the_command_line_makes_up_and_takes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWVOICES_DATA_DIR", str(tmp_path / "data"))
    file = tmp_path / "responses.csv"
    runner = CliRunner()
    assert runner.invoke(surveys_app, ["sample", str(file)]).exit_code == 0
    assert file.read_text().startswith("# synthetic")
    taken = runner.invoke(surveys_app, ["import", str(file)])
    assert taken.output.strip() == "997 responses, 84% complete. The responses are synthetic."
    again = runner.invoke(surveys_app, ["import", str(file)])
    assert "Nothing has changed" in again.output
    file.write_bytes(file.read_bytes() + b"broken\n")
    refused = runner.invoke(surveys_app, ["import", str(file)])
    assert refused.exit_code == 1
    assert "Line 1000: It has more or fewer cells" in refused.output
    assert "Nothing was taken in." in refused.output
