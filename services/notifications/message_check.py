"""Checks a message before a coordinator approves it: what it says, and how it reads.

A readability formula means little on a text of 60 words, so it is applied only to longer English
letters; short texts are checked for sentence length, jargon, capitals, links and what is missing.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.wording import find_banned, find_jargon
from services.notifications.links import unsafe_links
from services.notifications.messages import Format, context_of, write
from services.notifications.sms import Change, SmsSize, measure, savings
from services.notifications.template_facts import (
    InvitationFacts,
    MessageFacts,
    OpportunityMessage,
    example_facts,
)
from services.notifications.templating import Template, TemplateProblem, check_placeholders

LONGEST_SENTENCE = 25
LONGEST_EASY_READ_SENTENCE = 15
MOST_PARTS = 4
FORMULA_FROM_WORDS = 100
READING_AGE = 9
_CAPITALS_ALLOWED = frozenset(
    {"STOP", "START", "HELP", "INFO", "LGBTQ", "PAID", "COSTS", "UNPAID"}
    | {"TALU", "COSTAU", "DDIM", "KOSZTY"}
)


class Weight(StrEnum):
    MUST = "must"  # the message cannot be approved
    SHOULD = "should"  # better changed; the coordinator decides


@dataclass(frozen=True, slots=True)
class Finding:
    """code: for tests and pages; form: "sms", "letter" or "easy_read"; message: what to do."""

    code: str
    weight: Weight
    form: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """score: 0 to 100; approvable: nothing that must be changed."""

    score: int
    findings: tuple[Finding, ...]
    sms: SmsSize | None

    @property
    def approvable(self) -> bool:
        return not any(f.weight is Weight.MUST for f in self.findings)


_COST = {Weight.MUST: 20, Weight.SHOULD: 5}


def check_template(
    template: Template,
    facts: MessageFacts | None = None,
    own_domains: frozenset[str] = frozenset(),
) -> Report:
    """Check one version with `facts`, or with made-up ones. Never raises for a bad template."""
    facts = facts or example_facts(template.kind)
    try:
        check_placeholders(template)
        forms = _forms(template, facts)
    except TemplateProblem as problem:
        broken = Finding("cannot_be_written", Weight.MUST, "all", str(problem))
        return Report(0, (broken,), None)
    findings: list[Finding] = []
    for form, text in forms.items():
        findings += _what_it_says(template, facts, form, text)
        findings += _how_it_reads(text, form, template.language, own_domains)
    findings += _size(forms["sms"])
    if not template.reviewed:
        findings.append(
            Finding(
                "not_reviewed",
                Weight.SHOULD,
                "all",
                "Ask a first-language speaker to check this translation.",
            )
        )
    score = max(0, 100 - sum(_COST[f.weight] for f in findings))
    return Report(score, tuple(findings), measure(forms["sms"]))


def _forms(template: Template, facts: MessageFacts) -> dict[str, str]:
    forms = {"sms": write(template, facts, Format.SMS).text}
    if template.letter:
        forms["letter"] = write(template, facts, Format.TEXT_RELAY).text
    if template.easy_read:
        forms["easy_read"] = write(template, facts, Format.EASY_READ).text
    return forms


def _has(text: str, value: object) -> bool:
    wanted = " ".join(str(value).split()).casefold()
    return bool(wanted) and wanted in " ".join(text.split()).casefold()


@dataclass(frozen=True, slots=True)
class _Needed:
    """Something a message must say, and the advice when it does not."""

    code: str
    message: str
    applies: Callable[[str, MessageFacts], bool]
    holds: Callable[[str, MessageFacts, Mapping[str, object]], bool]


def _about_an_opportunity(_kind: str, facts: MessageFacts) -> bool:
    return isinstance(facts, OpportunityMessage)


def _asks(_kind: str, facts: MessageFacts) -> bool:
    return isinstance(facts, InvitationFacts)


def _invites(kind: str, facts: MessageFacts) -> bool:
    return kind == "invitation" and isinstance(facts, InvitationFacts)


def _invites_for_pay(kind: str, facts: MessageFacts) -> bool:
    return _invites(kind, facts) and isinstance(facts, InvitationFacts) and bool(facts.payment)


def _says(name: str) -> Callable[[str, MessageFacts, Mapping[str, object]], bool]:
    return lambda text, _facts, said: _has(text, said.get(name))


_NEEDED = (
    _Needed(
        "who_we_are",
        "Say who you are: use {{ organisation }}.",
        lambda _kind, _facts: True,
        _says("organisation"),
    ),
    _Needed(
        "how_to_stop",
        "Say how to stop: text STOP.",
        _about_an_opportunity,
        lambda text, _facts, _said: re.search(r"\bSTOP\b", text) is not None,
    ),
    _Needed(
        "whom_to_ring",
        "Give a number to ring: use {{ contact_phone }}.",
        _about_an_opportunity,
        _says("contact_phone"),
    ),
    _Needed(
        "what_it_is",
        "Say what it is: use {{ opportunity_title }}.",
        _asks,
        _says("opportunity_title"),
    ),
    _Needed(
        "what_to_do",
        "Say what to do: reply YES or NO by {{ reply_by }}.",
        _asks,
        lambda text, _facts, said: _has(text, said.get("reply_by")) and _asks_for_an_answer(text),
    ),
    _Needed("why_you", "Say why you ask this person: use {{ why }}.", _invites, _says("why")),
    _Needed("cost", "Say what a reply costs: use {{ reply_cost }}.", _invites, _says("reply_cost")),
    _Needed("payment", "Say what is paid: use {{ payment }}.", _invites_for_pay, _says("payment")),
    _Needed(
        "benefits",
        "Say that pay may affect benefits: use {{ benefits_notice }}.",
        _invites_for_pay,
        _says("benefits_notice"),
    ),
)


def _what_it_says(
    template: Template, facts: MessageFacts, form: str, text: str
) -> Iterator[Finding]:
    said = context_of(facts, template.language)
    for needed in _NEEDED:
        if needed.applies(template.kind, facts) and not needed.holds(text, facts, said):
            yield Finding(needed.code, Weight.MUST, form, needed.message)


def _asks_for_an_answer(text: str) -> bool:
    pairs = (("YES", "NO"), ("IE", "NA"), ("TAK", "NIE"), ("ہاں", "نہیں"), ("نعم", "لا"))
    return any(yes in text and no in text for yes, no in pairs)


def _how_it_reads(
    text: str, form: str, language: str, own_domains: frozenset[str]
) -> Iterator[Finding]:
    limit = LONGEST_EASY_READ_SENTENCE if form == "easy_read" else LONGEST_SENTENCE
    for sentence in sentences(text):
        length = len(sentence.split())
        if length > limit:
            start = " ".join(sentence.split()[:5])
            yield Finding(
                "long_sentence",
                Weight.SHOULD,
                form,
                f'Make this sentence shorter ({length} words, at most {limit}): "{start} …".',
            )
    for link in unsafe_links(text, own_domains):
        yield Finding("unsafe_link", Weight.MUST, form, f"{link.problem} ({link.link})")
    for shouted in _capitals(text):
        yield Finding(
            "capitals", Weight.SHOULD, form, f'Write "{shouted.capitalize()}", not "{shouted}".'
        )
    if language != "en":
        return
    for found in find_banned(text):
        yield Finding(
            "banned_wording",
            Weight.MUST,
            form,
            f'Do not say "{found.phrase}". Say "{found.say[0]}". {found.why}',
        )
    for found in find_jargon(text):
        yield Finding(
            "jargon", Weight.SHOULD, form, f'Instead of "{found.phrase}" say "{found.say[0]}".'
        )
    age = reading_age(text)
    if age is not None and age > READING_AGE:
        yield Finding(
            "reading_age",
            Weight.SHOULD,
            form,
            f"This reads at about age {age:.0f}. Use shorter words and sentences.",
        )


def _capitals(text: str) -> Iterator[str]:
    for word in dict.fromkeys(re.findall(r"\b[A-Z]{4,}\b", text)):
        if word not in _CAPITALS_ALLOWED:
            yield word


def sentences(text: str) -> list[str]:
    """Sentences and separate lines of `text`."""
    found = []
    for line in text.splitlines():
        pieces = re.split(r"(?<=[.!?؟۔])\s+|:\s+", line.strip().removeprefix("- "))
        found += [p.strip() for p in pieces if p.strip() and re.search(r"\w", p)]
    return found


def reading_age(text: str) -> float | None:
    """Age by the Coleman-Liau index (1975: letters and sentences per 100 words) plus 5 years.

    None below 100 words, where the index means nothing.
    """
    words = re.findall(r"[A-Za-z']+", text)
    if len(words) < FORMULA_FROM_WORDS:
        return None
    letters = sum(len(w.replace("'", "")) for w in words) / len(words) * 100
    per_hundred = len(sentences(text)) / len(words) * 100
    return 0.0588 * letters - 0.296 * per_hundred - 15.8 + 5


def _size(text: str) -> Iterator[Finding]:
    size = measure(text)
    if size.parts > MOST_PARTS:
        yield Finding(
            "many_parts",
            Weight.SHOULD,
            "sms",
            f"This text takes {size.parts} parts, and each is paid for. Make it shorter.",
        )
    for saving in savings(text)[:1]:
        swaps = ", ".join(
            f'"{r.character}" by "{r.instead}"' for r in saving.replacements if r.instead
        )
        spelling = any(r.change is Change.SPELLING for r in saving.replacements)
        caution = " This changes spelling: ask a reader first." if spelling else ""
        yield Finding(
            "characters_cost",
            Weight.SHOULD,
            "sms",
            f"Replacing {swaps or 'invisible characters'} saves {saving.parts_saved} "
            f"of {size.parts} parts.{caution}",
        )
