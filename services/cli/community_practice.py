"""Articles of the made-up community's practice library: each is marked as made up."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.matching.bodies import On
from services.matching.practice import commands
from services.matching.practice.bodies import ArticleBody, Return, Submit
from services.runtime.node import Node
from services.runtime.security.principal import Principal

PUBLISHED: tuple[dict[str, Any], ...] = (
    {
        "kind": "example",
        "title": "Meet where people already are",
        "summary": "A reading group moved from the town hall to the café beside the food bank.",
        "body": "Nobody new had come to our reading group for a year. We asked three people who "
        "had stopped coming why. They said the town hall felt like being called in.\n\n"
        "So we moved next door to the food bank, on the same morning. We paid for the coffee, and "
        "the link worker was there half an hour early to say hello.\n\n"
        "In the first three months four people came who had never been to a meeting of ours. The "
        "room costs £20 a morning.",
        "credit": "Elmfield Council",
        "barriers": ["place", "not_welcome", "never_asked"],
        "settings": ["council", "community"],
        "roles": ["coordinator", "link_worker"],
        "shared": True,
    },
    {
        "kind": "example",
        "title": "A letter that fits on one page",
        "summary": "Residents and families rewrote a care home's welcome letter.",
        "body": "Our welcome letter had four pages. Two residents, a daughter and a cook sat down "
        "with it for two afternoons. Each sentence that nobody could say aloud went out.\n\n"
        "It is one page now, in large print, with a photo of the front door. A relative read it "
        "aloud in Punjabi, and we keep the recording at the desk.",
        "credit": "Rowan House",
        "barriers": ["hard_to_understand", "language"],
        "settings": ["care_home"],
        "roles": ["host", "participant"],
        "shared": True,
    },
    {
        "kind": "case_study",
        "title": "Bus fares paid on the day",
        "summary": "Paying travel in cash at the door brought back people who could not wait.",
        "body": "People told us they could not afford to wait four weeks for £4.60. Finance said "
        "the form needed two signatures.\n\n"
        "We worked it out together: a float of £100, a list with first names only, and a receipt "
        "book. Two members count it after each meeting.\n\n"
        "Before, three of nine people claimed travel at all. Now eight of nine do, and two who had "
        "dropped out came back.",
        "credit": "Elmfield Carers' Forum",
        "barriers": ["cost", "travel"],
        "settings": ["voluntary"],
        "roles": ["coordinator", "host"],
        "shared": True,
    },
    {
        "kind": "case_study",
        "title": "Going home from hospital, drawn on one wall",
        "summary": "People who had been through it drew the way home with the ward staff.",
        "body": "Six people who had been in hospital that winter drew their way home on a long "
        "sheet of paper. The ward staff added what happened behind the scenes.\n\n"
        "Everybody saw that the medicine came last and that people waited for it for hours. It is "
        "ordered the evening before now. The board heard it from the people themselves.",
        "credit": "Elmfield NHS Trust",
        "barriers": ["nothing_changed", "confidence"],
        "settings": ["nhs"],
        "roles": ["coordinator", "participant"],
        "shared": False,
    },
    {
        "kind": "example",
        "title": "Half of the meeting on the phone",
        "summary": "Carers who cannot leave home ring in, and the chair asks them first.",
        "body": "Five carers could not leave home in the evening. They ring in for free. "
        "The chair asks the phone first, then the room, so that nobody has to break in.\n\n"
        "Papers go out as plain text messages two days before. It costs about £3 a meeting.",
        "credit": "Elmfield Carers' Forum",
        "barriers": ["caring", "not_online", "time"],
        "settings": ["voluntary", "community"],
        "roles": ["host", "coordinator"],
        "shared": True,
    },
)
WAITING: dict[str, Any] = {
    "kind": "example",
    "title": "Take turns to chair",
    "summary": "A panel where each member has chaired once, with a card to hold on to.",
    "body": "We wrote a card with the six things a chair says. Everybody has chaired once by now. "
    "The first to try it had never spoken in a meeting before.",
    "credit": "Rowan House residents' panel",
    "barriers": ["confidence"],
    "settings": ["care_home"],
    "roles": ["host"],
}
RETURNED: dict[str, Any] = {
    "kind": "case_study",
    "title": "A stall at the market",
    "summary": "What we learned from four Saturdays behind a table with free tea.",
    "body": "Many people stopped for the tea and some for the talk. Most had never heard of "
    "co-production. We will go again in spring.",
    "barriers": ["never_asked", "did_not_know"],
    "settings": ["community"],
    "roles": ["link_worker"],
}


def seed_practice(node: Node, worker: Principal, coordinator: Principal, now: datetime) -> None:
    """Published articles, one that waits for the coordinator, and one that came back."""
    for each in PUBLISHED:
        _write(node, worker, coordinator, each, "publish", now)
    _write(node, worker, coordinator, WAITING, "", now)
    _write(node, worker, coordinator, RETURNED, "return", now)


def _write(
    node: Node,
    author: Principal,
    reviewer: Principal,
    article: dict[str, Any],
    then: str,
    now: datetime,
) -> None:
    body = ArticleBody.model_validate(article | {"made_up": True})
    with node.database.writing() as session:
        article_id = commands.write(session, author, body, now).article_id
        commands.submit(session, author, On(article_id, Submit(names_nobody=True)), now)
        if then == "publish":
            commands.publish(session, reviewer, On(article_id, None), now)
        elif then == "return":
            reason = Return(reason="How many people did you talk to? Please add what it cost.")
            commands.give_back(session, reviewer, On(article_id, reason), now)
