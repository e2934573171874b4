"""The words that all pages share are there in each language; dates and numbers follow it."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from infra.messages import missing, runtime_messages
from services.runtime.pages.assets import HERE
from services.runtime.pages.language import LANGUAGES, Catalogues, Speech

OTHERS = [code for code in LANGUAGES if code != "en"]


def a_speech(code: str) -> Speech:
    return Speech(LANGUAGES[code], Catalogues([HERE / "locales"]))


@pytest.mark.parametrize("code", OTHERS)
def test_every_shared_message_has_its_words_in_each_language(code: str) -> None:
    catalogue = read_po((HERE / f"locales/{code}/LC_MESSAGES/messages.po").open("rb"), locale=code)
    messages = runtime_messages()
    assert len(messages) > 50
    assert missing(catalogue, messages) == []
    assert {str(entry.id) for entry in catalogue if entry.id} == messages


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_keeps_the_places_where_numbers_go(code: str) -> None:
    catalogue = read_po((HERE / f"locales/{code}/LC_MESSAGES/messages.po").open("rb"), locale=code)
    for entry in catalogue:
        places = re.findall(r"\{\w+\}", str(entry.id))
        assert sorted(places) == sorted(re.findall(r"\{\w+\}", str(entry.string))), entry.id


@pytest.mark.parametrize("code", OTHERS)
def test_a_language_nobody_has_checked_says_so(code: str) -> None:
    assert not Catalogues([HERE / "locales"]).reviewed(code)


def test_a_checked_language_says_nothing_and_english_never_does(tmp_path: Path) -> None:
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid ""\nmsgstr ""\n"X-Reviewed: yes\\n"\n')
    assert Catalogues([tmp_path]).reviewed("cy")
    assert not Catalogues([tmp_path]).reviewed("pl")
    assert Catalogues([]).reviewed("en")


def test_a_message_without_words_in_a_language_stays_english() -> None:
    assert a_speech("cy").catalogues.gettext("cy", "No such message") == "No such message"


def test_a_services_own_words_come_before_the_shared_ones(tmp_path: Path) -> None:
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text('msgid "Save"\nmsgstr "Cadw popeth"\n')
    both = Catalogues([tmp_path, HERE / "locales"])
    assert both.gettext("cy", "Save") == "Cadw popeth"
    assert both.gettext("cy", "Continue") == "Parhau"


def test_plurals_follow_the_languages_own_rule(tmp_path: Path) -> None:
    folder = tmp_path / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(
        'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 '
        '&& (n%100<10 || n%100>=20) ? 1 : 2);\\n"\n\n'
        'msgid "%d seat"\nmsgid_plural "%d seats"\n'
        'msgstr[0] "%d miejsce"\nmsgstr[1] "%d miejsca"\nmsgstr[2] "%d miejsc"\n'
    )
    words = Catalogues([tmp_path])
    said = [words.ngettext("pl", "%d seat", "%d seats", n) % n for n in (1, 3, 5, 22)]
    assert said == ["1 miejsce", "3 miejsca", "5 miejsc", "22 miejsca"]
    assert words.ngettext("en", "%d seat", "%d seats", 2) == "%d seats"


def test_dates_are_written_the_british_way_and_in_uk_time() -> None:
    speech = a_speech("en")
    assert speech.date(date(2026, 7, 24)) == "24 July 2026"
    # 23:30 in UTC is half past midnight in British summer time.
    late = datetime(2026, 7, 24, 23, 30, tzinfo=UTC)
    assert speech.datetime(late) == "25 July 2026, 00:30"
    # A time without a zone, as SQLite gives it back, is UTC.
    assert speech.time(late.replace(tzinfo=None)) == "00:30"


def test_numbers_and_shares_follow_the_language() -> None:
    assert a_speech("en").number(1234.5) == "1,234.5"
    assert a_speech("pl").percent(0.25).replace("\xa0", " ") == "25%"
