"""Errors that a person may read: each says what to do and holds no personal data."""

from __future__ import annotations

TYPE = "urn:newvoices:problem:"


def type_of(code: str) -> str:
    """The `type` of a problem (RFC 9457): the same text at every installation, for programs."""
    return f"{TYPE}{code}"


class DomainError(Exception):
    """A request that cannot be carried out. `title` and `detail` are safe to show and to store.

    `code` names the kind of error for programs: it ends the problem's type and never changes.
    """

    code = "refused"
    status = 422
    title = "This cannot be done"

    def __init__(self, detail: str, field: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.field = field


class NotFound(DomainError):
    code = "not-found"
    status = 404
    title = "Not found"


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title = "This has changed or was done already"


class Gone(DomainError):
    code = "erased"
    status = 410
    title = "Erased"


class Forbidden(DomainError):
    code = "not-yours"
    status = 403
    title = "Not yours to see or change"


class PreconditionRequired(DomainError):
    code = "version-needed"
    status = 428
    title = "Say which version you change"


class PreconditionFailed(DomainError):
    code = "version-stale"
    status = 412
    title = "This has changed meanwhile"
