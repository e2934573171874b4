"""How an article goes from draft to published: rules only, no database and no clock.

Two people: whoever wrote it sends it for review, somebody else publishes it or returns it with a
reason. A published article can be taken back by its author, or returned by a second person.
"""

from __future__ import annotations

from typing import Literal

State = Literal["draft", "in_review", "published", "returned"]
Step = Literal["submit", "publish", "return", "withdraw"]

AUTHORS: frozenset[Step] = frozenset({"submit", "withdraw"})
_NEXT: dict[tuple[State, Step], State] = {
    ("draft", "submit"): "in_review",
    ("returned", "submit"): "in_review",
    ("in_review", "publish"): "published",
    ("in_review", "return"): "returned",
    ("published", "return"): "returned",
    ("in_review", "withdraw"): "draft",
    ("published", "withdraw"): "draft",
}
_REFUSED: dict[Step, str] = {
    "submit": "This is with a reviewer or published already. Take it back before you change it.",
    "publish": "Only what was sent for review can be published.",
    "return": "Only what was sent for review, or is published, can be returned.",
    "withdraw": "This is a draft already.",
}


class ReviewError(ValueError):
    """A step that is not open, in a sentence that says what to do."""


def after(state: State, step: Step, *, by_author: bool, reason: str = "") -> State:
    """The state after a step. Raises ReviewError for a step that is not open to this person."""
    if step in AUTHORS and not by_author:
        raise ReviewError("Only its author can do this.")
    if step not in AUTHORS and by_author:
        raise ReviewError("A second person has to look at it. Ask a colleague to review it.")
    if (state, step) not in _NEXT:
        raise ReviewError(_REFUSED[step])
    if step == "return" and not reason.strip():
        raise ReviewError("Say why you return it, so that its author knows what to change.")
    return _NEXT[state, step]


def open_steps(state: State, *, by_author: bool, may_review: bool) -> tuple[Step, ...]:
    """What this person can do next, in the order of the buttons."""
    found: list[Step] = []
    for (now, step), _then in _NEXT.items():
        allowed = by_author if step in AUTHORS else may_review and not by_author
        if now == state and allowed:
            found.append(step)
    return tuple(found)


def is_editable(state: State) -> bool:
    """An article under review or published stays as its reviewer saw it."""
    return state in ("draft", "returned")
