from __future__ import annotations

import hashlib
import json
import re
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from schemas.events import (
    Consent,
    ConsentChanged,
    FeedbackShared,
    InvitationCancelled,
    InvitationRequested,
    MatchWithdrawn,
    OpportunityChanged,
    ParticipantErased,
    SeatFilled,
)
from services.notifications import claiming, sending, settling, store
from services.notifications.inbound import handle_replies
from services.notifications.models import Message, Recipient
from services.notifications.providers.twilio_errors import OPTED_OUT, explain
from tests.support.journey import BASE, INBOUND, STATUS, Journey
from tests.support.notifying import PHONE, TOKEN, opened


def test_an_invitation_goes_out_with_what_a_person_needs_to_know(journey: Journey) -> None:
    event = journey.invited()
    (body,) = journey.bodies()
    for words in ("Better home care", "£25", "benefits", "YES", "NO", "STOP", "0161 496 0000"):
        assert words in body
    assert journey.invitation(event.invitation_id).state == "sent"
    (sent,) = journey.published("invitation.sent")
    assert sent["parts"] >= 1
    assert sent["cost_millipence"] == sent["parts"] * 4000


def test_yes_answers_the_invitation_once(journey: Journey) -> None:
    event = journey.invited()
    journey.text("Yes please!")
    assert journey.answers() == ["yes"]
    assert journey.invitation(event.invitation_id).state == "accepted"
    journey.text("YES")
    assert journey.answers() == ["yes"]


@pytest.mark.parametrize(
    ("said", "pence", "kept"),
    [
        ("YES COSTS", 2500, "expenses_only"),
        ("yes, unpaid please", 2500, "declined"),
        ("YES PAID", 0, None),  # no pay was offered, so nobody was told about benefits
        ("YES", 2500, None),
    ],
)
def test_a_text_says_yes_and_how_to_be_paid_after_the_notice(
    journey: Journey, said: str, pence: int, kept: str | None
) -> None:
    offer = opened(journey.opportunity_id).model_dump() | {"revision": 2, "payment_pence": pence}
    journey.tell(OpportunityChanged.model_validate(offer))
    journey.invited()
    (body,) = journey.bodies()
    for offered in ("YES PAID", "YES COSTS", "YES UNPAID (no money)"):
        assert (offered in body) is (pence > 0)
    journey.text(said)
    (answered,) = journey.published("invitation.answered")
    assert (answered["answer"], answered["payment_choice"]) == ("yes", kept)


def test_no_answers_the_invitation_with_thanks_and_keeps_consent(journey: Journey) -> None:
    event = journey.invited()
    journey.text("no thanks")
    assert journey.answers() == ["no"]
    assert journey.invitation(event.invitation_id).state == "declined"
    assert len(journey.bodies()) == 2
    assert journey.published("consent.changed") == []


def test_stop_withdraws_consent_and_cancels_what_is_queued(journey: Journey) -> None:
    person = journey.register()
    journey.request(person)
    journey.text("STOP please")
    (changed,) = journey.published("consent.changed")
    assert changed["consent"]["given"] is False
    assert changed["evidence"] == "reply_stop"
    assert journey.bodies() == []
    assert [message.state for message in journey.messages()] == ["cancelled"]


def test_after_stop_nothing_is_sent_even_if_it_is_asked_for(journey: Journey) -> None:
    event = journey.invited()
    journey.text("STOP")
    journey.request(event.participant_id)
    journey.run_jobs()
    assert len(journey.bodies()) == 1


def test_a_yes_after_stop_is_no_new_consent(journey: Journey) -> None:
    event = journey.invited()
    journey.text("STOP")
    journey.text("YES")
    held = journey.request(event.participant_id)
    journey.run_jobs()
    assert journey.invitation(held.invitation_id).state == "held"
    assert len(journey.published("consent.changed")) == 1


def test_stop_from_a_shared_phone_stops_for_everybody_on_it(journey: Journey) -> None:
    journey.invited(name="Amina Test")
    journey.invited(name="Bilal Test")
    journey.text("STOP")
    assert len(journey.published("consent.changed")) == 2


def test_what_the_provider_took_for_a_stop_is_one_here_in_whatever_words(journey: Journey) -> None:
    event = journey.invited()
    journey.text("Przestancie do mnie pisac", OptOutType="STOP")
    (changed,) = journey.published("consent.changed")
    assert changed["consent"]["given"] is False
    journey.request(event.participant_id)
    journey.run_jobs()
    assert len(journey.bodies()) == 1


def test_on_a_shared_phone_yes_is_asked_for_whom_and_answers_only_for_one(
    journey: Journey,
) -> None:
    journey.invited(name="Amina Test")
    journey.clock.forward(minutes=1)
    bilal = journey.invited(name="Bilal Test")
    journey.text("YES")
    assert journey.answers() == []
    asked = journey.bodies()[-1]
    number = re.search(r"(\d)[^\d\n]*Bilal", asked)
    assert number is not None
    assert "Amina" in asked
    journey.text(number[1])
    (answered,) = journey.published("invitation.answered")
    assert (answered["participant_id"], answered["answer"]) == (str(bilal.participant_id), "yes")


@pytest.mark.parametrize("code", [30003, 30005, 30006, 30008, 21211, 21610, 21614])
def test_an_error_for_good_ends_the_invitation_and_says_why_in_plain_words(
    journey: Journey, code: int
) -> None:
    event = journey.invited()
    provider_id = str(journey.messages()[0].provider_id)
    journey.report(provider_id, "undelivered", ErrorCode=str(code))
    failed = journey.invitation(event.invitation_id)
    told = explain(code)
    assert told is not None
    assert told.permanent
    assert (failed.state, failed.reason) == ("failed", told.plain_reason)
    assert [one["reason"] for one in journey.published("invitation.failed")] == [failed.reason]
    assert str(code) not in failed.reason
    # 21610: they sent STOP, and it reached the provider only.
    assert len(journey.published("consent.changed")) == (1 if code == OPTED_OUT else 0)


def test_help_is_answered_even_after_stop(journey: Journey) -> None:
    journey.invited()
    journey.text("STOP")
    journey.text("HELP")
    assert "0" in journey.bodies()[-1]
    assert len(journey.bodies()) == 2


def test_with_two_open_invitations_yes_makes_us_ask_which(journey: Journey) -> None:
    first = journey.invited()
    second = journey.request(first.participant_id)
    journey.clock.forward(minutes=1)
    journey.run_jobs()
    journey.text("YES")
    assert journey.answers() == []
    assert "1" in journey.bodies()[-1]
    assert "2" in journey.bodies()[-1]
    journey.text("2")
    assert journey.answers() == ["yes"]
    states = {journey.invitation(e.invitation_id).state for e in (first, second)}
    assert states == {"sent", "accepted"}


def test_free_text_goes_to_the_coordinators_inbox_and_the_person_is_told(journey: Journey) -> None:
    journey.invited()
    journey.text("Is there a lift? My wheelchair is wide.")
    assert journey.waiting() == 1
    assert len(journey.bodies()) == 2
    assert journey.answers() == []


def test_a_text_from_an_unknown_phone_is_kept_and_not_answered(journey: Journey) -> None:
    journey.text("YES", phone="+447700900999")
    assert journey.bodies() == []
    assert journey.waiting() == 1


def test_a_reply_we_cannot_handle_reaches_a_person_and_holds_up_no_stop(journey: Journey) -> None:
    invited = journey.invited()
    journey.spoil_template("passed_on")
    journey.text("Is there a lift? My wheelchair is wide.")
    assert journey.waiting() == 1
    journey.text("STOP")
    person = invited.participant_id
    assert not journey.node.database.read(lambda s: store.consent_given(s, person, "sms"))


def test_a_text_delivered_twice_counts_once(journey: Journey) -> None:
    journey.invited()
    journey.text("YES", sid="SMsame")
    journey.text("YES", sid="SMsame")
    assert journey.answers() == ["yes"]


def test_an_unsigned_or_forged_webhook_changes_nothing(journey: Journey) -> None:
    journey.invited()
    fields = {"MessageSid": "SM1", "From": PHONE, "To": "+447700900000", "Body": "STOP"}
    assert journey.post(INBOUND, fields, signature="forged") == 403
    assert journey.client().post(INBOUND, data=fields).status_code == 403
    journey.run_jobs()
    assert journey.published("consent.changed") == []


def test_a_signed_webhook_without_its_fields_says_so(journey: Journey) -> None:
    assert journey.post(INBOUND, {"Body": "YES"}) == 400


def test_a_delivery_report_marks_the_invitation_delivered_once(journey: Journey) -> None:
    journey.invited()
    provider_id = journey.messages()[0].provider_id
    assert provider_id is not None
    assert journey.report(provider_id, "delivered") == 204
    assert journey.report(provider_id, "delivered") == 204
    assert journey.report(provider_id, "sent") == 204
    assert journey.report(provider_id, "a-status-of-tomorrow") == 204
    assert len(journey.published("invitation.delivered")) == 1
    assert journey.messages()[0].state == "delivered"


def test_an_undelivered_invitation_goes_back_with_a_plain_reason(journey: Journey) -> None:
    event = journey.invited()
    provider_id = journey.messages()[0].provider_id
    assert provider_id is not None
    journey.report(provider_id, "undelivered", ErrorCode="30005")
    (failed,) = journey.published("invitation.failed")
    assert "No phone uses this number" in failed["reason"]
    assert journey.invitation(event.invitation_id).state == "failed"


def test_a_stop_that_only_the_provider_knows_of_ends_the_invitation_and_the_consent(
    journey: Journey,
) -> None:
    journey.standin.reply(PHONE, "STOP")
    event = journey.invited()
    assert journey.invitation(event.invitation_id).state == "failed"
    (failed,) = journey.published("invitation.failed")
    assert "sent STOP" in failed["reason"]
    assert PHONE not in failed["reason"]
    (changed,) = journey.published("consent.changed")
    assert changed["evidence"] == "provider_stop"


def test_a_busy_provider_is_tried_again_later(journey: Journey) -> None:
    journey.standin.fail_next("too_many")
    event = journey.invited()
    assert journey.bodies() == []
    journey.clock.forward(minutes=10)
    journey.run_jobs()
    assert len(journey.bodies()) == 1
    assert journey.invitation(event.invitation_id).state == "sent"


@pytest.mark.parametrize("fault", ["accepted_then_error", "accepted_then_closed"])
def test_a_message_the_provider_took_without_saying_so_is_found_and_not_sent_again(
    journey: Journey, fault: str
) -> None:
    journey.standin.fail_next(fault)
    event = journey.invited()
    assert len(journey.bodies()) == 1
    for _ in range(4):
        journey.clock.forward(minutes=2)
        journey.run_jobs()
    assert len(journey.bodies()) == 1
    assert journey.invitation(event.invitation_id).state == "sent"


def claim_and_die(journey: Journey) -> list[claiming.Claimed]:
    lease = journey.node.settings.send_lease
    return journey.node.database.write(lambda s: claiming.claim(s, journey.clock(), lease)).items


def test_a_process_that_dies_before_sending_loses_no_message(journey: Journey) -> None:
    event = journey.request(journey.register())
    assert len(claim_and_die(journey)) == 1
    journey.restart()
    journey.run_jobs()
    assert journey.bodies() == []
    for _ in range(3):
        journey.clock.forward(minutes=1)
        journey.run_jobs()
    assert len(journey.bodies()) == 1
    assert journey.invitation(event.invitation_id).state == "sent"


def test_a_process_that_dies_after_sending_sends_no_second_message(journey: Journey) -> None:
    event = journey.request(journey.register())
    (claimed,) = claim_and_die(journey)
    assert claimed.sms is not None
    journey.node.extras["providers"].sms.send(claimed.sms)
    journey.restart()
    for _ in range(4):
        journey.clock.forward(minutes=1)
        journey.run_jobs()
    assert len(journey.bodies()) == 1
    assert journey.invitation(event.invitation_id).state == "sent"


def test_a_yes_that_comes_before_we_know_it_was_sent_counts(journey: Journey) -> None:
    journey.request(journey.register())
    (claimed,) = claim_and_die(journey)
    assert claimed.sms is not None
    journey.node.extras["providers"].sms.send(claimed.sms)
    journey.restart()
    journey.text("YES")
    assert journey.answers() == ["yes"]


def test_a_report_that_comes_before_we_know_it_was_sent_settles_the_message(
    journey: Journey,
) -> None:
    journey.request(journey.register())
    (claimed,) = claim_and_die(journey)
    path = f"{STATUS}?reference={claimed.id}"
    assert journey.post(path, {"MessageSid": "SMx", "MessageStatus": "delivered"}) == 204
    journey.run_jobs()
    (message,) = journey.messages()
    assert (message.state, message.provider_id) == ("delivered", "SMx")


def test_stop_while_a_text_is_on_its_way_ends_its_further_tries(journey: Journey) -> None:
    journey.request(journey.register())
    (claimed,) = claim_and_die(journey)
    journey.text("STOP")
    journey.standin.fail_next("too_many")
    marks = [sending.deliver(journey.node, claimed)]
    providers = journey.node.extras["providers"]
    journey.node.writer.write(lambda s: settling.settle_all(s, marks, providers))
    assert [message.state for message in journey.messages()] == ["queued"]
    journey.clock.forward(minutes=10)
    journey.run_jobs()
    assert journey.bodies() == []
    assert [message.state for message in journey.messages()] == ["cancelled"]


@pytest.mark.parametrize("kept", ["in the letter box", "in the database"])
def test_no_text_leaves_once_a_stop_was_answered_read_or_not(journey: Journey, kept: str) -> None:
    if kept == "in the letter box":
        journey.run_jobs()
    stopper, other = journey.register(), journey.register(phone="+447700900124")
    for person in (stopper, other):
        journey.request(person)
    fields = {"MessageSid": "SMstop", "From": PHONE, "To": "+447700900000", "Body": "STOP"}
    assert journey.post(INBOUND, fields) == 200
    for _ in range(3):
        sending.dispatch(journey.node, journey.clock())
        journey.clock.forward(seconds=1)
    assert [message.to for message in journey.standin.sent] == ["+447700900124"]
    journey.run_jobs()
    assert sorted(message.state for message in journey.messages()) == ["cancelled", "sent"]


def state_when_settled(journey: Journey, event: InvitationRequested) -> str | None:
    """Of an invitation's message, once a claim that has it in hand just now is committed."""
    query = select(Message.state).where(Message.invitation_id == event.invitation_id)
    return journey.node.database.write(lambda session: session.scalar(query.with_for_update()))


def test_stop_beats_what_is_queued_in_every_order_of_the_race(journey: Journey) -> None:
    """Sending and stopping run side by side; a text only ever goes out before the STOP."""
    node = journey.node
    # Few at a time, so that the stops overtake some of them.
    node.settings = node.settings.model_copy(update={"send_threads": 1})
    phones = [f"+4477009001{n:02d}" for n in range(12)]
    asked = {phone: journey.request(journey.register(phone=phone)) for phone in phones}
    queued_at_stop: set[str] = set()

    def stop_all() -> None:
        for n, phone in enumerate(reversed(phones)):
            fields = {"MessageSid": f"SM{n}", "From": phone, "To": "+447700900000", "Body": "STOP"}
            assert journey.post(INBOUND, fields) == 200
            if state_when_settled(journey, asked[phone]) in ("queued", "cancelled"):
                queued_at_stop.add(phone)
            if n % 2:
                handle_replies(node, journey.clock())

    stopper = threading.Thread(target=stop_all)
    stopper.start()
    while stopper.is_alive():
        sending.dispatch(node, journey.clock())
    stopper.join()
    journey.clock.forward(hours=1)
    journey.run_jobs()
    sent = sorted(message.to for message in journey.standin.sent)
    assert sent == sorted(set(phones) - queued_at_stop)
    assert {message.state for message in journey.messages()} <= {"sent", "delivered", "cancelled"}
    assert len(journey.published("consent.changed")) == 12


def test_a_cancelled_invitation_is_not_sent(journey: Journey) -> None:
    event = journey.request(journey.register())
    journey.tell(cancelled(event))
    journey.run_jobs()
    assert journey.bodies() == []


def test_a_person_whose_sent_invitation_is_taken_back_is_told(journey: Journey) -> None:
    event = journey.invited()
    journey.tell(cancelled(event))
    journey.run_jobs()
    assert len(journey.bodies()) == 2


def cancelled(event: InvitationRequested) -> InvitationCancelled:
    return InvitationCancelled(**fact(event), reason="withdrawn")


def fact(event: InvitationRequested) -> dict[str, Any]:
    return {
        "invitation_id": event.invitation_id,
        "match_id": event.match_id,
        "opportunity_id": event.opportunity_id,
        "participant_id": event.participant_id,
    }


def test_a_filled_seat_is_confirmed_and_feedback_closes_the_loop(journey: Journey) -> None:
    event = journey.invited()
    journey.text("YES")
    seat = fact(event) | {"seat_id": event.match_id}
    seat.pop("invitation_id")
    journey.tell(SeatFilled(**seat), SeatFilled(**seat))
    journey.run_jobs()
    assert len(journey.bodies()) == 2
    journey.tell(
        FeedbackShared(
            feedback_id=event.match_id,
            opportunity_id=event.opportunity_id,
            you_said="Carers change too often.",
            we_did="The new contract asks for the same two carers.",
        )
    )
    journey.run_jobs()
    assert "Carers change too often." in journey.bodies()[-1]
    assert len(journey.bodies()) == 3
    (told,) = journey.published("feedback.told")
    assert (told["feedback_id"], told["people"]) == (str(event.match_id), 1)


def test_a_yes_after_the_last_seat_went_gets_a_kind_answer(journey: Journey) -> None:
    event = journey.invited()
    journey.text("YES")
    withdrawn = fact(event)
    withdrawn.pop("invitation_id")
    journey.tell(MatchWithdrawn(**withdrawn, reason="seats_full"))
    journey.run_jobs()
    assert len(journey.bodies()) == 2


def test_a_withdrawal_elsewhere_cancels_here_what_is_queued(journey: Journey) -> None:
    person = journey.register()
    journey.request(person)
    consent = Consent(
        purpose="contact",
        channel="sms",
        given=False,
        wording_version="1",
        at=journey.clock() + timedelta(seconds=1),
    )
    journey.tell(ConsentChanged(participant_id=person, consent=consent, evidence="link_worker"))
    journey.run_jobs()
    assert journey.bodies() == []


def test_erasure_leaves_nothing_readable_and_nothing_late_brings_the_person_back(
    journey: Journey,
) -> None:
    event = journey.invited()
    journey.tell(ParticipantErased(participant_id=event.participant_id))
    journey.request(event.participant_id)
    journey.run_jobs()
    assert len(journey.bodies()) == 1
    rows = journey.node.database.read(
        lambda s: (s.get(Recipient, event.participant_id), list(s.scalars(select(Message.sealed))))
    )
    assert rows == (None, [None])


def test_an_invitation_waits_for_the_contact_details_that_are_on_their_way(
    journey: Journey,
) -> None:
    from uuid import uuid4

    event = InvitationRequested(
        invitation_id=uuid4(),
        match_id=uuid4(),
        opportunity_id=journey.opportunity_id,
        participant_id=uuid4(),
        organisation_id="elmfield",
        reply_by=journey.clock().date(),
    )
    journey.tell(event)
    letters = journey.published("invitation.failed")
    assert letters == []
    assert journey.bodies() == []


def test_nothing_personal_is_stored_in_the_clear(journey: Journey, tmp_path: Path) -> None:
    journey.invited(name="Zebedee Unmistakable")
    journey.text("My secret diagnosis")
    journey.node.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for word in (b"Zebedee", b"7700900123", b"secret diagnosis"):
                assert word not in content, path.name


def test_a_message_that_cannot_be_opened_waits_and_holds_up_no_other(journey: Journey) -> None:
    first = journey.request(journey.register())
    with journey.node.database.writing() as session:
        spoilt = session.scalars(select(Message)).one()
        spoilt.sealed = "nv1.k1.aaaa.bbbb.cccc"
    journey.request(journey.register(phone="+447700900124"))
    journey.run_jobs()
    assert [message.to for message in journey.standin.sent] == ["+447700900124"]
    waiting = next(m for m in journey.messages() if m.participant_id == first.participant_id)
    assert waiting.state == "queued"
    assert "master keys" in waiting.reason


def signed_json(path: str, body: str) -> tuple[str, dict[str, str]]:
    address = f"{path}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(BASE + address, {})
    return address, {"X-Twilio-Signature": signature, "Content-Type": "application/json"}


def test_a_signed_body_that_is_no_json_object_is_refused_in_words(journey: Journey) -> None:
    path, headers = signed_json(INBOUND, "[1, 2]")
    assert journey.client().post(path, content="[1, 2]", headers=headers).status_code == 400


def test_webhooks_as_json_and_behind_a_proxy_are_taken_by_their_public_address(
    journey: Journey,
) -> None:
    """A proxy hands on with its own address as host; the provider signed the public one."""
    journey.invited()
    body = json.dumps({"MessageSid": "SMjson", "From": PHONE, "To": "+44", "Body": "YES"})
    path, headers = signed_json(INBOUND, body)
    inside = {"Host": "10.0.0.7:8000", "X-Forwarded-Proto": "http"}
    client = journey.client()
    assert client.post(path, content=body, headers=headers | inside).status_code == 200
    assert client.post(path, content=body + " ", headers=headers | inside).status_code == 403
    journey.run_jobs()
    assert journey.answers() == ["yes"]
    fields = {"MessageSid": str(journey.messages()[0].provider_id), "MessageStatus": "delivered"}
    signature = RequestValidator(TOKEN).compute_signature(BASE + STATUS, fields)
    proxied = inside | {"X-Twilio-Signature": signature}
    assert client.post(STATUS, data=fields, headers=proxied).status_code == 204
    assert client.post(STATUS, data=fields, headers=proxied).status_code == 204
    journey.run_jobs()
    assert len(journey.published("invitation.delivered")) == 1
