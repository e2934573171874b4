"""Answers that participants gave, checked against the shared lists. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas import vocabulary
from schemas.outreach_codes import COMMUNICATION_FORMATS, FAMILIARITY, FORMER_FORMATS, VENUE_KINDS
from schemas.vocabulary import Store, VocabularyError
from services.runtime.errors import DomainError

Answers = Mapping[str, Iterable[str]]

ADULTS_ONLY = (
    "We can only register people aged 18 or over. Tell them about a young people's panel. Log "
    "the contact without their name."
)


def checked(answers: Answers, store: Store, field: str) -> dict[str, list[str]]:
    """The answers with codes in the order of the list, empty ones left out.

    Raises DomainError for a list that may not be kept in this store or a code not in its list.
    """
    kept: dict[str, list[str]] = {}
    for list_id, codes in answers.items():
        where = f"{field}.{list_id}"
        chosen = _chosen(list_id, codes, store, where)
        if chosen:
            kept[list_id] = chosen
    if "under_18" in kept.get("age_band", ()):
        raise DomainError(ADULTS_ONLY, f"{field}.age_band")
    return kept


def access_needs(codes: Iterable[str]) -> list[str]:
    return _chosen("access_needs", codes, "access", "access_needs")


def barriers(codes: Iterable[str]) -> list[str]:
    return _chosen("barriers", codes, "monitoring", "barriers")


def venue_kind(code: str) -> str:
    return _one_of(code, VENUE_KINDS, "venue_kind")


def familiarity(code: str | None) -> str | None:
    return None if code is None else _one_of(code, FAMILIARITY, "familiarity")


def communication_formats(codes: Iterable[str]) -> list[str]:
    named = [FORMER_FORMATS.get(code, code) for code in codes]
    chosen = {_one_of(code, COMMUNICATION_FORMATS, "communication_formats") for code in named}
    return [code for code in COMMUNICATION_FORMATS if code in chosen]


def list_version(list_id: str) -> str:
    return vocabulary.code_list(list_id).version


def _chosen(list_id: str, codes: Iterable[str], store: Store, where: str) -> list[str]:
    try:
        found = vocabulary.code_list(list_id)
        chosen = vocabulary.check_answers(list_id, codes)
    except VocabularyError as error:
        raise DomainError(str(error), where) from None
    if store not in found.stores or found.derived:
        raise DomainError("This question is not asked for this purpose. Leave it out.", where)
    unstated = [code for code in sorted(chosen) if code not in found.codes()]
    return [code for code in found.codes() if code in chosen] + unstated


def _one_of(code: str, known: Mapping[str, str], field: str) -> str:
    if code not in known:
        raise DomainError(f"Choose one of: {', '.join(known)}.", field)
    return code
