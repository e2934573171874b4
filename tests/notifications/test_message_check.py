from dataclasses import replace

import pytest

from services.notifications.message_check import (
    Weight,
    check_template,
    reading_age,
    sentences,
)
from services.notifications.template_facts import FACTS
from services.notifications.templating import LANGUAGES, Template, builtin

SHIPPED = sorted(
    {builtin(kind, language) for kind in FACTS for language in LANGUAGES}, key=lambda t: t.id
)
GOOD = builtin("invitation")


def codes(template: Template) -> set[str]:
    return {f.code for f in check_template(template).findings}


@pytest.mark.parametrize("template", SHIPPED, ids=lambda t: t.id)
def test_every_message_we_ship_may_be_approved(template: Template) -> None:
    report = check_template(template)
    assert report.approvable
    if template.language == "en":
        assert (report.score, report.findings) == (100, ())


@pytest.mark.parametrize("template", [t for t in SHIPPED if t.language != "en"], ids=lambda t: t.id)
def test_a_translation_nobody_has_checked_says_so(template: Template) -> None:
    assert not template.reviewed
    assert "not_reviewed" in codes(template)


@pytest.mark.parametrize(
    ("taken_out", "code"),
    [
        ("{{ organisation }}", "who_we_are"),
        ("{{ why }}", "why_you"),
        ("{{ payment }}", "payment"),
        ("{{ benefits_notice }}", "benefits"),
        ("{{ reply_cost }}", "cost"),
        ("Reply STOP for no more texts.", "how_to_stop"),
        ("YES or NO", "what_to_do"),
        ("{{ reply_by }}", "what_to_do"),
        ("{{ opportunity_title }}", "what_it_is"),
        ("{{ contact_phone }}", "whom_to_ring"),
    ],
)
def test_what_an_invitation_must_say_is_missed_when_it_is_taken_out(
    taken_out: str, code: str
) -> None:
    assert taken_out in GOOD.sms
    report = check_template(replace(GOOD, sms=GOOD.sms.replace(taken_out, "")))
    assert not report.approvable
    assert [f.code for f in report.findings if f.weight is Weight.MUST] == [code]
    assert report.score < 100


@pytest.mark.parametrize(
    ("added", "code", "weight"),
    [
        ("We want hard-to-reach people.", "banned_wording", Weight.MUST),
        ("See bit.ly/abc", "unsafe_link", Weight.MUST),
        ("This is coproduction.", "jargon", Weight.SHOULD),
        ("PLEASE come.", "capitals", Weight.SHOULD),
        (" ".join(["and we talk"] * 9) + ".", "long_sentence", Weight.SHOULD),
        ("Dewch i'r tŷ.", "characters_cost", Weight.SHOULD),
        ("Tea and cake. " * 14, "many_parts", Weight.SHOULD),
    ],
)
def test_wording_that_shuts_people_out_is_found(added: str, code: str, weight: Weight) -> None:
    report = check_template(replace(GOOD, sms=f"{GOOD.sms}\n{added}"))
    assert (code, weight) in {(f.code, f.weight) for f in report.findings}
    assert report.approvable is (weight is Weight.SHOULD)


def test_a_template_that_cannot_be_written_scores_nothing_and_says_why() -> None:
    report = check_template(replace(GOOD, sms="{{ nonsense }}"))
    assert (report.score, report.approvable) == (0, False)
    assert "nonsense" in report.findings[0].message


def test_a_long_letter_in_hard_words_gets_a_reading_age() -> None:
    hard = "Notwithstanding organisational considerations, representatives deliberate. " * 20
    age = reading_age(hard)
    assert age is not None
    assert age > 16
    assert reading_age("Yes. We can come. " * 5) is None
    easy = reading_age("We can all go to the hall and have tea. You can ask us for help. " * 8)
    assert easy is not None
    assert easy < 9


def test_a_letter_that_reads_above_the_age_of_nine_is_named() -> None:
    hard = "Every organisation considers representative participation necessary. " * 8
    report = check_template(replace(GOOD, letter=f"{GOOD.letter}\n\n{hard}"))
    assert "reading_age" in {finding.code for finding in report.findings}
    assert report.approvable


def test_sentences_are_split_at_stops_lines_and_colons() -> None:
    assert sentences("When: Tuesday 10.30am\n- Text YES. Or ring!\n\n…") == [
        "When",
        "Tuesday 10.30am",
        "Text YES.",
        "Or ring!",
    ]
