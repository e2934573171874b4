"""The pages of one opportunity, which each of them links to in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from services.runtime.pages import gettext


@dataclass(frozen=True, slots=True)
class LocalLink:
    """What it says, where it goes below the opportunity's address, and whether it must be open."""

    text: str
    path: str
    while_open: bool = False


LOCAL_LINKS: tuple[LocalLink, ...] = (
    LocalLink("Overview", ""),
    LocalLink("Review proposals", "/review", while_open=True),
    LocalLink("Try weights", "/what-if", while_open=True),
    LocalLink("Details", "/change", while_open=True),
    LocalLink("Targets", "/targets", while_open=True),
    LocalLink("Members", "/members/new", while_open=True),
    LocalLink("Fair draws", "/draws"),
    LocalLink("You said, we did", "/feedback-loop"),
    LocalLink("Sharing", "/sharing"),
    LocalLink("Payments", "/reciprocity"),
    LocalLink("Close", "/close", while_open=True),
)


class HasState(Protocol):
    """What the links need to know of an opportunity, however it is shown."""

    @property
    def state(self) -> str: ...


def local_links(view: HasState) -> list[tuple[str, str]]:
    """(text, path) of the pages that this opportunity has now."""
    return [
        (gettext(link.text), link.path)
        for link in LOCAL_LINKS
        if view.state == "open" or not link.while_open
    ]
