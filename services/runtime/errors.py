"""Errors that a person may read: each says what to do and holds no personal data."""

from __future__ import annotations


class DomainError(Exception):
    """A request that cannot be carried out. `title` and `detail` are safe to show and to store."""

    status = 422
    title = "This cannot be done"

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class NotFound(DomainError):
    status = 404
    title = "Not found"


class Conflict(DomainError):
    status = 409
    title = "This has changed or was done already"


class Gone(DomainError):
    status = 410
    title = "Erased"


class Forbidden(DomainError):
    status = 403
    title = "Not yours to see or change"
