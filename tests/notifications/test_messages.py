from collections.abc import Mapping
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.messages import (
    Format,
    facts_for,
    payment_words,
    print_pdf,
    template_for,
    write,
)
from services.notifications.sms import Encoding, measure
from services.notifications.template_facts import FACTS, InvitationFacts, example_facts
from services.notifications.templating import (
    LANGUAGES,
    MissingPlaceholder,
    Template,
    TemplateProblem,
    builtin,
    check_placeholders,
    fill,
    words,
)
from tests.support.examples import examples

STOP_URL = "https://voices.example.org/stop/1"
BARE = {
    "organisation": "Elmfield Voices",
    "contact_phone": "0161 496 0000",
    "opportunity_title": "Reading group",
    "reply_by": "Friday",
}


def shipped() -> list[Template]:
    found = {builtin(kind, language) for kind in FACTS for language in LANGUAGES}
    return sorted(found, key=lambda t: t.id)


def sms_text(kind: str, language: str, given: Mapping[str, object]) -> tuple[str, str]:
    written = write(builtin(kind, language), given, Format.SMS)
    return written.text, written.template_id


@pytest.mark.parametrize("template", shipped(), ids=lambda t: t.id)
def test_every_shipped_template_can_be_written_in_every_form_it_has(template: Template) -> None:
    check_placeholders(template)
    facts = example_facts(template.kind)
    text = write(template, facts, Format.SMS).text
    assert text == text.strip()
    assert "  " not in text
    assert "\n\n" not in text
    assert not any(mark in text for mark in ("{", "}", "None", "\ue000"))
    if template.letter:
        for form in Format:
            written = write(template, facts, form, unsubscribe_url=STOP_URL)
            assert not any(mark in written.text for mark in ("{{", "None", "\ue000", "\ue001"))
            assert bool(written.html) is (
                form in (Format.EMAIL, Format.LARGE_PRINT, Format.EASY_READ)
            )


@pytest.mark.parametrize("kind", [k for k, m in FACTS.items() if m is InvitationFacts])
def test_a_message_with_little_known_still_reads_well(kind: str) -> None:
    text, _ = sms_text(kind, "en", BARE)
    assert not any(
        stub in text for stub in ("When:", "Where:", "What for:", " ,", " .", "()", "to  ")
    )


def test_an_english_invitation_says_all_a_person_needs_and_fits_gsm() -> None:
    text, template_id = sms_text("invitation", "en", example_facts("invitation"))
    assert template_id == "invitation/en/2"
    for needed in (
        "Elmfield Voices",
        "Reading group".lower(),
        "new to this",
        "Tuesday 6 October, 10am to 12:30pm",
        "£25 a session",
        "benefits",
        "travel",
        "YES or NO by Friday 25 September",
        "free",
        "0161 496 0000",
        "STOP",
    ):
        assert needed in text
    assert measure(text).encoding is Encoding.GSM7


def test_unpaid_work_is_called_unpaid_and_benefits_are_not_mentioned() -> None:
    text, _ = sms_text("invitation", "en", BARE)
    assert "This is unpaid." in text
    assert "benefits" not in text


@pytest.mark.parametrize("missing", ["organisation", "opportunity_title", "reply_by"])
def test_a_missing_value_stops_the_message_and_is_named(missing: str) -> None:
    with pytest.raises(MissingPlaceholder, match=missing):
        sms_text("invitation", "en", {k: v for k, v in BARE.items() if k != missing})
    with pytest.raises(MissingPlaceholder, match=missing):
        sms_text("invitation", "en", {**BARE, missing: "  "})


def test_a_placeholder_that_is_empty_and_not_guarded_is_an_error_too() -> None:
    template = Template("invitation", "en", 9, sms="Come to {{ place }}.")
    with pytest.raises(MissingPlaceholder, match="place"):
        write(template, BARE, Format.SMS)


def test_an_error_never_repeats_a_value() -> None:
    with pytest.raises(TemplateProblem) as caught:
        facts_for("invitation", {**BARE, "sessions": "call 07700 900123"})
    assert "07700" not in str(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(TemplateProblem, match='no placeholder "phone"'):
        facts_for("invitation", {**BARE, "phone": "x"})


@pytest.mark.parametrize(
    "source",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ organisation.__init__ }}",
        "{{ organisation.upper() }}",
        "{% for i in range(9) %}x{% endfor %}",
        "{{ 9 ** 9 ** 9 }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{{ organisation | upper }}",
        "{{ organisation",
        "{% macro m() %}{% endmacro %}",
    ],
)
def test_a_template_holds_text_placeholders_and_conditions_and_nothing_else(source: str) -> None:
    with pytest.raises(TemplateProblem):
        fill(source, {"organisation": "x"})


def test_a_misspelt_placeholder_is_found_before_the_template_is_kept() -> None:
    template = Template("invitation", "en", 9, sms="{% if expnses %}x{% endif %}")
    with pytest.raises(TemplateProblem, match="expnses"):
        check_placeholders(template)


def test_a_value_is_never_read_as_a_template() -> None:
    text, _ = sms_text("invitation", "en", {**BARE, "purpose": "{{ 7 * 7 }} {% if x %}"})
    assert "{{ 7 * 7 }}" in text


def test_curly_quotes_in_a_value_do_not_cost_a_part() -> None:
    text, _ = sms_text("invitation", "en", {**BARE, "purpose": "It’s your say – really"})
    assert "It's your say - really" in text
    assert measure(text).encoding is Encoding.GSM7


def test_a_welsh_name_keeps_its_letters() -> None:
    text, _ = sms_text("thanks_no", "en", {**BARE, "first_name": "Gŵyn"})
    assert "Gŵyn" in text


def test_codes_become_words_and_own_words_stay() -> None:
    given = {**BARE, "expenses": ["travel", "childcare", "data"]}
    assert "We pay for travel, childcare and phone data." in sms_text("invitation", "en", given)[0]
    own = {**BARE, "expenses": ["travel", "a meal in the canteen"]}
    assert "travel and a meal in the canteen" in sms_text("invitation", "en", own)[0]
    with pytest.raises(TemplateProblem, match="balloons"):
        sms_text("invitation", "en", {**BARE, "expenses": ["balloons"]})


def test_why_you_uses_only_reasons_that_may_be_told() -> None:
    general = sms_text("invitation", "en", {**BARE, "why_you": ["mental_health"]})[0]
    assert "You told us you would like to have a say." in general
    assert "mental" not in general


def test_an_email_is_html_in_the_readers_language_with_its_plain_twin() -> None:
    written = write(
        builtin("invitation"), example_facts("invitation"), Format.EMAIL, unsubscribe_url=STOP_URL
    )
    assert '<html lang="en" dir="ltr">' in written.html
    assert "<title>Would you like to join: Better home care: reading group?</title>" in written.html
    assert 'style="' in written.html
    assert written.html.count("<h1") == 1
    for needed in ("£25 a session", "Answer online", "0161 496 0000", STOP_URL):
        assert needed in written.html
        assert needed in written.text


def test_an_email_without_a_way_to_stop_is_not_written() -> None:
    for url in ("", "http://voices.example.org/stop"):
        with pytest.raises(MissingPlaceholder, match="unsubscribe"):
            write(
                builtin("invitation"),
                example_facts("invitation"),
                Format.EMAIL,
                unsubscribe_url=url,
            )


def test_html_in_a_value_is_shown_and_not_run() -> None:
    facts = facts_for("invitation", {**BARE, "opportunity_title": "<script>x</script> & co"})
    written = write(builtin("invitation"), facts, Format.EMAIL, unsubscribe_url=STOP_URL)
    assert "<script>" not in written.html
    assert "&lt;script&gt;x&lt;/script&gt; &amp; co" in written.html


def test_right_to_left_languages_are_marked_so() -> None:
    template = Template("help", "ur", 9, sms="x", subject="مدد", letter="سلام\n\n0161 496 0000")
    written = write(template, example_facts("help"), Format.EMAIL, unsubscribe_url=STOP_URL)
    assert '<html lang="ur" dir="rtl">' in written.html
    assert written.direction == "rtl"
    assert '<a href="tel:01614960000" dir="ltr"' in written.html


def test_easy_read_has_a_picture_and_one_short_idea_a_line() -> None:
    written = write(builtin("invitation"), example_facts("invitation"), Format.EASY_READ)
    lines = written.text.splitlines()
    assert written.html.count("<svg") == len(lines) > 10
    assert all(len(line.split()) <= 15 for line in lines)


def test_an_easy_read_line_without_a_picture_is_refused() -> None:
    for lines, problem in (("no bar here", "picture"), ("unicorn | Hello", "unicorn")):
        template = Template("help", "en", 9, sms="x", subject="s", easy_read=lines)
        with pytest.raises(TemplateProblem, match=problem):
            write(template, example_facts("help"), Format.EASY_READ)


@pytest.mark.parametrize("form", [Format.LARGE_PRINT, Format.EASY_READ])
def test_print_is_a_tagged_pdf_with_its_language(form: Format) -> None:
    import io

    import pypdf

    pdf = print_pdf(write(builtin("invitation"), example_facts("invitation"), form))
    read = pypdf.PdfReader(io.BytesIO(pdf))
    root = read.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert "Elmfield Voices" in "".join(page.extract_text() for page in read.pages)


def test_a_form_a_message_does_not_have_is_said_so() -> None:
    with pytest.raises(TemplateProblem, match="easy read"):
        write(
            Template("help", "en", 9, sms="x", subject="s"), example_facts("help"), Format.EASY_READ
        )


def test_a_language_without_a_template_falls_back_and_says_so() -> None:
    template = builtin("thanks_after", "cy")
    assert template.language in ("cy", "en")
    assert builtin("invitation", "xx").language == "en"
    with pytest.raises(TemplateProblem):
        builtin("birthday")
    with pytest.raises(TemplateProblem):
        builtin("invitation", "en", version=99)
    assert builtin("invitation", "../..").language == "en"


def test_a_format_a_translation_does_not_have_is_written_in_english_and_marked_so() -> None:
    assert template_for("invitation", "ur", Format.SMS).language == "ur"
    assert template_for("invitation", "ur", Format.EMAIL).language == "en"


ALLOWED_TAGS = {
    *("html", "head", "meta", "title", "style", "body", "main", "footer"),
    *("h1", "h2", "p", "ul", "li", "a"),
}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.links |= {value or "" for name, value in attrs if name == "href"}
        assert not any(name.startswith("on") for name, _ in attrs)


@settings(max_examples=examples(60), deadline=None)
@given(st.text(min_size=1, max_size=80), st.sampled_from(["", "<", "[x](https://e.example)", "# "]))
def test_whatever_facts_hold_no_email_gets_foreign_markup(text: str, sign: str) -> None:
    words = f"{sign}{text}x"
    given_facts = {**BARE, "opportunity_title": words, "purpose": words, "first_name": words}
    written = write(builtin("invitation"), given_facts, Format.EMAIL, unsubscribe_url=STOP_URL)
    tags = Tags()
    tags.feed(written.html)
    assert tags.seen <= ALLOWED_TAGS
    assert all(link == STOP_URL or link.startswith("tel:") for link in tags.links)
    assert sms_text("invitation", "en", given_facts)[0]


def test_payment_is_said_in_words() -> None:
    assert payment_words(2500, "session", "en") == "£25 a session"
    assert payment_words(1250, "hour", "en") == "£12.50 an hour"
    assert payment_words(0, "hour", "en") == ""


INVITATIONS = [
    (language, form)
    for language in LANGUAGES
    for form in (Format.SMS, Format.EMAIL, Format.LARGE_PRINT, Format.EASY_READ)
    if form is Format.SMS or builtin("invitation", language).letter
]


@pytest.mark.parametrize(("language", "form"), INVITATIONS)
def test_the_notice_about_benefits_comes_before_the_question_in_every_paid_invitation(
    language: str, form: Format
) -> None:
    facts = example_facts("invitation").model_copy(update={"payment": "£25"})
    template = builtin("invitation", language)
    text = write(template, facts, form, unsubscribe_url=STOP_URL).text
    notice = words(template.language)["benefits_notice"]
    assert notice in text
    answers = [text.rindex(yes) for yes in ("YES", "IE", "TAK", "ہاں", "نعم") if yes in text]
    assert answers
    assert text.index(notice) < max(answers)
