from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.matching.harness import Matching, answer_of


class Group:
    """An opportunity that pays £25 a meeting, with a member and people who said yes."""

    def __init__(self, matching: Matching, people: int = 2, **changes: Any) -> None:
        self.matching = matching
        self.day = matching.now.date()
        self.id = matching.open(
            seats=people + 2,
            payment_pence=2500,
            members=[{}],
            expenses=["travel"],
            sessions=[
                {"on": self.day.isoformat(), "starts": "10:00", "ends": "12:30", "mode": "online"}
            ],
            targets=[{"group": {"age_band": "18_24"}, "least": people}],
            **changes,
        )
        for _ in range(people):
            self.seat_somebody()

    def seat_somebody(self, choice: str | None = None) -> UUID:
        person = self.matching.register()
        (match,) = [
            m for m in self.matching.proposals(self.id) if m["participant_id"] == str(person)
        ]
        answer = answer_of(match, self.matching.approve(match["match_id"]), self.id)
        self.matching.receive(answer.model_copy(update={"payment_choice": choice}))
        return person

    @property
    def path(self) -> str:
        return f"/api/v1/opportunities/{self.id}"

    def seen(self) -> dict[str, Any]:
        answer = self.matching.http.get(f"{self.path}/reciprocity")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def holders(self, member: bool = False) -> list[str]:
        return [h["holder_id"] for h in self.seen()["holders"] if h["is_member"] == member]

    def choose(self, holder: str, choice: str, told: bool = True, status: int = 200) -> Any:
        path = f"{self.path}/holders/{holder}/payment-choice"
        seen = self.matching.http.get(path)
        answer = self.matching.http.put(
            path,
            json={"choice": choice, "told_about_benefits": told},
            headers={"if-match": seen.headers.get("etag", '"0"')},
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        answer = self.matching.http.post(f"{self.path}/reciprocity/{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def meet(self, *holders: str, **more: Any) -> list[str]:
        body = {"on": self.day.isoformat(), "holder_ids": list(holders)} | more
        return list(self.post("sessions", **body)["owed_ids"])

    def pass_days(self, days: int) -> None:
        self.matching.now += timedelta(days=days)


@pytest.fixture
def group(matching: Matching) -> Group:
    return Group(matching)
