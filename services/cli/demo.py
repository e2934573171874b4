"""newvoices demo: the whole journey, told in plain words and checked at every step."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from services.cli.community import PEOPLE
from services.cli.journey import (
    Api,
    JourneyError,
    eventually,
    opportunity_body,
    proposal_for,
    register,
)
from services.cli.processes import serving
from services.notifications.standin import Standin, start

AMINA, DANIEL, YUSUF, MEGAN, OWEN = (PEOPLE[n] for n in (0, 1, 3, 4, 9))
FARIDA = PEOPLE[10]

console = Console(highlight=False, soft_wrap=True)


class Demo:
    """The steps, in order. Each says what happens and raises JourneyError when it does not."""

    def __init__(self, base: str, standin: Standin) -> None:
        bases = dict.fromkeys(("outreach", "matching", "notifications"), base)
        self.worker, self.coordinator = Api(bases), Api(bases)
        self.standin = standin
        self.people: dict[str, str] = {}
        self.opportunity_id = ""
        self.steps = 0

    def tell(self, text: str) -> None:
        self.steps += 1
        console.print(f"[bold]{self.steps:>2}[/bold]  {text}")

    def detail(self, text: str) -> None:
        console.print(f"      {text}", style="dim")

    def play(self) -> None:
        self.sign_in()
        self.open_opportunity()
        self.reach_out()
        self.review()
        self.approve_and_invite()
        self.yes_fills_the_seat()
        self.no_releases()
        self.stop_stops_everything()
        self.close_the_loop()

    def sign_in(self) -> None:
        self.worker.sign_in("link_worker")
        self.coordinator.sign_in("coordinator")
        self.tell("A link worker and a coordinator sign in.")

    def open_opportunity(self) -> None:
        body = opportunity_body()
        opened = self.coordinator.send("POST", "matching", "/api/v1/opportunities", body)
        self.opportunity_id = opened["opportunity_id"]
        self.tell(
            f"The coordinator opens “{body['title']}” of {body['host_name']}: "
            f"{body['seats']} seats, £25 a session, travel paid."
        )
        view = self.representation()
        self.detail(f"{view['filled']} seats are held; the gap index is {view['index']:.2f}.")
        check(view["index"] > 0, "an opportunity with unmet targets has a gap")

    def reach_out(self) -> None:
        for person in (AMINA, DANIEL, YUSUF, MEGAN, OWEN, FARIDA):
            self.people[person.name] = register(self.worker, person)
        self.tell(
            "The link worker logs six conversations (a food bank, a barber, a mosque …) and "
            "registers six people who agree."
        )

    def review(self) -> None:
        proposal = self.proposal(AMINA.name)
        self.tell("Matching proposes new voices who ease a gap, and says why:")
        self.detail(proposal["sentence"])
        check(proposal["new_voice"] is True, "Amina is a new voice")
        check(proposal["gain"] > 0, "a proposal eases a gap")
        blocked = eventually("the blocked list", self.blocked_yusuf)
        self.tell("Yusuf cannot be proposed yet, and it says which need blocks:")
        self.detail(blocked["blocks"][0]["sentence"])
        check("bsl" in blocked["blocks"][0]["needs"], "the block names the need")
        for listed in ("proposals", "blocked"):
            path = f"/api/v1/opportunities/{self.opportunity_id}/{listed}"
            found = self.coordinator.get("matching", path)["items"]
            ids = {one["participant_id"] for one in found}
            check(self.people[FARIDA.name] not in ids, "no consent to matching, no proposal")
        self.detail("Farida did not agree to matching: she is not looked at.")

    def blocked_yusuf(self) -> dict[str, Any] | None:
        path = f"/api/v1/opportunities/{self.opportunity_id}/blocked"
        items: list[dict[str, Any]] = self.coordinator.get("matching", path)["items"]
        return next((i for i in items if i["participant_id"] == self.people[YUSUF.name]), None)

    def approve_and_invite(self) -> None:
        invitation = self.approve(AMINA.name)
        text = self.text_to(AMINA.phone)
        self.tell("The coordinator approves. Amina gets a text:")
        for line in text.splitlines():
            self.detail(line)
        seen = self.coordinator.get("notifications", f"/api/v1/invitations/{invitation}")
        message = seen["messages"][0]
        self.detail(f"{message['parts']} parts, {message['cost_pence']:g}p. State: {seen['state']}")
        check("STOP" in text, "a text says how to stop")
        check("benefits" in text, "a text says that payment may affect benefits")
        check("Rahman" not in text, "a text uses the first name only")

    def yes_fills_the_seat(self) -> None:
        before = self.representation()
        self.reply(AMINA.phone, "Yes please!")
        after = eventually("the seat", lambda: self.filled_more_than(before["filled"]))
        self.tell("Amina answers “Yes please!”. Her seat fills and the gap is counted anew:")
        self.detail(
            f"{before['filled']} → {after['filled']} seats; gap index {before['index']:.2f} → "
            f"{after['index']:.2f}"
        )
        check(after["index"] < before["index"], "a filled seat narrows the gap")
        self.reply(AMINA.phone, "Yes please!")
        eventually("the confirmation", lambda: len(self.texts_to(AMINA.phone)) >= 2)
        check(
            self.representation()["filled"] == after["filled"], "a second yes fills no second seat"
        )

    def no_releases(self) -> None:
        self.approve(OWEN.name)
        self.text_to(OWEN.phone)
        self.reply(OWEN.phone, "no thanks")
        self.eventually_state(OWEN.name, "declined")
        self.tell("Owen answers “no thanks”. He is thanked; the seat is free for somebody else.")

    def stop_stops_everything(self) -> None:
        self.approve(DANIEL.name)
        self.text_to(DANIEL.phone)
        self.reply(DANIEL.phone, "STOP")
        self.eventually_state(DANIEL.name, "withdrawn")
        count = len(self.texts_to(DANIEL.phone))
        time.sleep(0.5)
        check(len(self.texts_to(DANIEL.phone)) == count, "nothing is sent after STOP")
        person = self.worker.get("outreach", f"/api/v1/participants/{self.people[DANIEL.name]}")
        texts = [c for c in person["consents"] if c["channel"] == "sms"]
        check(not any(c["given"] for c in texts), "STOP withdraws consent in every service")
        self.tell("Daniel answers “STOP”. His consent is withdrawn everywhere, at once.")

    def close_the_loop(self) -> None:
        body = {
            "you_said": "Carers change too often.",
            "we_did": "The new contract asks for the same two carers in the week.",
        }
        path = f"/api/v1/opportunities/{self.opportunity_id}/feedback"
        self.coordinator.send("POST", "matching", path, body)
        told = eventually(
            "the feedback",
            lambda: [t for t in self.texts_to(AMINA.phone) if body["we_did"] in t],
        )
        self.tell("The council says what it changed, and everybody who took part hears it:")
        for line in told[0].splitlines():
            self.detail(line)

    def proposal(self, name: str) -> dict[str, Any]:
        return eventually(
            f"a proposal for {name}",
            lambda: proposal_for(self.coordinator, self.opportunity_id, self.people[name]),
        )

    def approve(self, name: str) -> str:
        match_id = self.proposal(name)["match_id"]
        path = f"/api/v1/proposals/{match_id}/approve"
        done = self.coordinator.send("POST", "matching", path, {}, key=f"approve-{match_id}")
        again = self.coordinator.send("POST", "matching", path, {}, key=f"approve-{match_id}")
        check(done == again, "the same key answers the same")
        invitation = str(done["invitation_id"])
        eventually(
            "the invitation",
            lambda: self.coordinator.send(
                "GET", "notifications", f"/api/v1/invitations/{invitation}", expect=(200, 404)
            ).get("sent_at"),
        )
        return invitation

    def eventually_state(self, name: str, state: str) -> None:
        path = f"/api/v1/opportunities/{self.opportunity_id}/proposals?state={state}"

        def there() -> bool:
            items = self.coordinator.get("matching", path)["items"]
            return any(one["participant_id"] == self.people[name] for one in items)

        eventually(f"the match {state}", there)

    def representation(self) -> dict[str, Any]:
        path = f"/api/v1/opportunities/{self.opportunity_id}"
        found: dict[str, Any] = self.coordinator.get("matching", path)["representation"]
        return found

    def filled_more_than(self, count: int) -> dict[str, Any] | None:
        view = self.representation()
        return view if view["filled"] > count else None

    def texts_to(self, phone: str) -> list[str]:
        number = "+44" + phone.replace(" ", "")[1:]
        return [message.body for message in self.standin.sent if message.to == number]

    def text_to(self, phone: str) -> str:
        return eventually("the text", lambda: self.texts_to(phone))[0]

    def reply(self, phone: str, text: str) -> None:
        self.standin.reply("+44" + phone.replace(" ", "")[1:], text)


def check(holds: bool, what: str) -> None:
    if not holds:
        raise JourneyError(f"this should hold, and does not: {what}")


def play(keep: Path | None = None) -> int:
    """Start a process, play, stop; 0 when all is right."""
    with tempfile.TemporaryDirectory(prefix="newvoices-demo-") as folder:
        data = keep or Path(folder)
        console.print("Starting New Voices and a local stand-in for the SMS provider …")
        try:
            with start() as standin, serving(data, standin) as base:
                demo = Demo(base, standin)
                demo.play()
        except JourneyError as error:
            console.print(f"[bold red]Stopped:[/bold red] {error}")
            return 1
    console.print(f"[bold green]All {demo.steps} steps went as they should.[/bold green]")
    return 0
