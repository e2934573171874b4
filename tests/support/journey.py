"""A whole journey through notifications: events in, texts out, webhooks signed as Twilio does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from twilio.request_validator import RequestValidator

from services.notifications.models import Inbound
from services.notifications.service import app as make_app
from tests.support.notifying import PHONE, TOKEN, Notifying

BASE = "http://localhost:8000"
INBOUND = "/notifications/webhooks/twilio/inbound"
STATUS = "/notifications/webhooks/twilio/status"


class Journey(Notifying):
    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, **settings)
        self.count = 0

    def client(self) -> TestClient:
        root = FastAPI()
        root.mount("/notifications", make_app(self.node))
        return TestClient(root, base_url=BASE)

    def post(self, path: str, fields: dict[str, str], signature: str | None = None) -> int:
        signed = RequestValidator(TOKEN).compute_signature(BASE + path, fields)
        headers = {"X-Twilio-Signature": signature or signed}
        return self.client().post(path, data=fields, headers=headers).status_code

    def text(self, body: str, phone: str = PHONE, sid: str | None = None, **more: str) -> None:
        """A text from a phone, taken into effect with all that follows from it."""
        self.count += 1
        sid = sid or f"SM{self.count:032d}"
        fields = {"MessageSid": sid, "From": phone, "To": "+447700900000", "Body": body}
        assert self.post(INBOUND, {**fields, **more}) == 200
        self.clock.forward(seconds=1)
        self.run_jobs()

    def report(self, provider_id: str, status: str, **more: str) -> int:
        done = self.post(STATUS, {"MessageSid": provider_id, "MessageStatus": status, **more})
        self.run_jobs()
        return done

    def answers(self) -> list[str]:
        return [event["answer"] for event in self.published("invitation.answered")]

    def waiting(self) -> int:
        query = select(func.count()).where(Inbound.state == "waiting")
        return self.node.database.read(lambda s: s.scalar(query) or 0)
