"""What outreach's pages say can be read at the age of 9; what cannot has its reason here."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from babel.messages.extract import extract_from_dir

from infra.messages import OPTIONS, OUTREACH, outreach_messages, runtime_messages
from tests.support.readability import reading_age, syllables, words

# The formula's year 9 ends where 10 begins. It says little about texts shorter than this: a name
# or two of three syllables doubles the age. Those are held to short words.
AGE = 10.0
FEWEST_WORDS = 8
LONG = 4

CENSUS = "asked as in the Census of 2021, so that answers can be compared with who lives here"
ONS_NAME = "how the Office for National Statistics names the group"
CONSENT = "wording of consent as released: read aloud, and changed only with a new version"

WHY_NOT = {
    "Do you look after, or give any help or support to, anyone because they have long-term "
    "physical or mental health conditions or illnesses, or problems related to old age?": CENSUS,
    "Do any of your conditions or illnesses reduce your ability to carry out day-to-day "
    "activities?": CENSUS,
    "Do you have any physical or mental health conditions or illnesses lasting or expected to "
    "last 12 months or more?": CENSUS,
    "Do your conditions or illnesses affect you in any of these areas?": CENSUS,
    "Is the gender you identify with the same as your sex registered at birth?": CENSUS,
    "Which of the following options best describes how you think of yourself?": CENSUS,
    "Any other Black, Black British or Caribbean background": ONS_NAME,
    "Migrant, including with no recourse to public funds": "the words on people's own papers",
    "Mosque, church, temple or other place of worship": "the names of the places themselves",
    "May we count your answers together with other people's answers?": CONSENT,
    "Nobody looks at your own answers, and they are never used to choose people.": CONSENT,
    "Accessibility: ask each person what they need, and have it ready before they come.": (
        "one of the four principles by its name, with what it means beside it"
    ),
    "Source: Office for National Statistics, Census 2021. Contains public sector information "
    "licensed under the Open Government Licence v3.0.": "the words that the licence asks for",
}

WHY_LONG = {
    CENSUS: "ability activities concentrating identify identity orientation understanding",
    ONS_NAME: "bangladeshi bisexual disability heterosexual pakistani",
    "names of the four principles, each with its meaning beside it": (
        "accessibility diversity equality reciprocity"
    ),
    "words of this work, which a link worker's induction and training use": (
        "communities community experience opportunities organisation participant safeguarding"
    ),
    "what a colleague is called, and what an account holds": "administrator coordinator recovery",
    "known from the street, the phone or the road sign; no shorter word says it": (
        "accessible delivery everybody interpreter kilometre kilometres"
    ),
    "names, and the words that a licence asks for": "information mysociety",
}


@pytest.fixture(scope="module")
def messages() -> set[str]:
    return {*_said()}


def _said() -> Iterator[str]:
    """Everything in English, an administrator's pages too; two forms of a count as the longer."""
    methods = [("**.html", "jinja2")]
    options = {"**.html": OPTIONS["**/templates/**.html"]}
    pages = extract_from_dir(OUTREACH / "templates" / "administration", methods, options)
    for message in {*outreach_messages(), *runtime_messages(), *(found[2] for found in pages)}:
        yield message if isinstance(message, str) else message[1]


def filled(message: str) -> str:
    return re.sub(r"%\(\w+\)s|\{\w+\}", "10", message)


def test_every_sentence_can_be_read_at_nine_or_says_why_not(messages: set[str]) -> None:
    hard = {
        message: round(age, 1)
        for message in messages - WHY_NOT.keys()
        if len(words(filled(message))) >= FEWEST_WORDS
        and (age := reading_age(filled(message))) >= AGE
    }
    assert hard == {}


def test_all_sentences_together_can_be_read_at_nine(messages: set[str]) -> None:
    whole = (filled(message) for message in messages if message.endswith((".", "?")))
    assert reading_age(" ".join(whole)) < AGE


def test_a_word_of_four_syllables_or_more_has_its_reason(messages: set[str]) -> None:
    explained = {word for group in WHY_LONG.values() for word in group.split()}
    said = {word.lower() for message in messages for word in words(filled(message))}
    found = {word for word in said if syllables(word) >= LONG}
    assert found - explained == set()
    assert explained - found == set(), "nothing says these any more"


def test_no_reason_is_kept_for_what_nothing_says(messages: set[str]) -> None:
    assert WHY_NOT.keys() - messages == set()
    assert [message for message in WHY_NOT if reading_age(filled(message)) < AGE] == []


@pytest.mark.parametrize(
    ("count", "those"),
    [
        (1, "the asked care use used these merged homes one leave sent through"),
        (2, "person changes little equal saying centre someone safety values device"),
        (3, "idea areas carefully created families everything religion somebody registered"),
        (4, "participant information kilometre experience ability activities delivery"),
        (5, "organisation opportunities reciprocity administrator disability"),
    ],
)
def test_syllables_are_counted_as_they_are_heard(count: int, those: str) -> None:
    wrong = {word: syllables(word) for word in those.split() if syllables(word) != count}
    assert wrong == {}


def test_short_words_in_short_sentences_are_read_younger() -> None:
    easy = "You can say no. Nothing changes if you do. Take your time."
    hard = "Participation necessitates consideration of organisational representation."
    assert reading_age(easy) < 6 < 18 < reading_age(hard)
    assert reading_age("Write to us at name@example.org when you can.") == reading_age(
        "Write to us at x when you can."
    )
    with pytest.raises(ValueError, match="no word"):
        reading_age("12 – 34")
