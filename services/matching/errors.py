"""Errors of matching beyond the runtime's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.vocabulary import VocabularyError
from services.matching.targets import TargetError
from services.runtime.errors import DomainError


@contextmanager
def plain_faults(field: str) -> Iterator[None]:
    """Faults of targets and codes as refusals that name the field."""
    try:
        yield
    except (TargetError, VocabularyError) as error:
        raise DomainError(str(error), field) from None
