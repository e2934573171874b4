"""What was read out stays as it was; every language says every sentence."""

from __future__ import annotations

import hashlib
import json

import pytest

from schemas.wording import find_banned, find_jargon
from services.outreach.consent_wording import CURRENT, TEXTS, wording
from services.outreach.pages.shared import CATALOGUES

# A released version never changes: a new text is a new version, and a new line here.
RELEASED = {"1": "90b33f13ffbca2a7"}
SENTENCES = [s for part in TEXTS[CURRENT].values() for s in part.sentences]


def digest(version: str) -> str:
    texts = {part: list(found.sentences) for part, found in TEXTS[version].items()}
    return hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]


def test_a_released_wording_never_changes() -> None:
    assert {version: digest(version) for version in TEXTS} == RELEASED


@pytest.mark.parametrize("language", ["cy", "pl", "ur", "ar"])
def test_every_sentence_is_translated_and_marked_for_review(language: str) -> None:
    for sentence in SENTENCES:
        assert CATALOGUES.gettext(language, sentence) != sentence
    assert not CATALOGUES.reviewed(language)


def test_the_wording_is_plain_and_short() -> None:
    for sentence in SENTENCES:
        assert len(sentence.split()) <= 20
        assert not find_banned(sentence)
        assert not find_jargon(sentence)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(KeyError):
        wording("start", "0")
