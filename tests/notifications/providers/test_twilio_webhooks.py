import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from services.notifications.providers.twilio_webhooks import (
    UnreadableWebhookError,
    WebhookSignature,
    read_form,
    read_inbound,
    read_status,
)

TOKEN = "a-token"
BASE = "https://voices.example.org"
PATH = "/webhooks/twilio/status?reference=abc%20d"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"MessageSid": "SM1", "MessageStatus": "delivered", "Body": "", "To": "+447700900123"}
check = WebhookSignature([TOKEN], BASE + "/")


def signed(path: str = PATH, fields: dict[str, str] | None = None, token: str = TOKEN) -> str:
    params = FIELDS if fields is None else fields
    return str(RequestValidator(token).compute_signature(BASE + path, params))


def test_a_form_signed_for_the_public_address_is_taken() -> None:
    assert check.is_valid(PATH, signed(), urlencode(FIELDS).encode(), FORM)
    assert check.is_valid(PATH, signed(), urlencode(FIELDS).encode(), FORM + "; charset=utf-8")


def test_repeated_fields_are_signed_as_twilio_signs_them() -> None:
    body = b"MediaUrl=a&MediaUrl=b"
    signature = RequestValidator(TOKEN).compute_signature(
        BASE + PATH, {"MediaUrl": "ab"}
    )  # name + value for each: "MediaUrla" + "MediaUrlb"
    assert not check.is_valid(PATH, signature, body, FORM)

    class Repeated(dict):  # type: ignore[type-arg]
        def getlist(self, name: str) -> list[str]:
            return ["a", "b"]

    signature = RequestValidator(TOKEN).compute_signature(BASE + PATH, Repeated(MediaUrl=""))
    assert check.is_valid(PATH, signature, body, FORM)


def test_the_former_token_is_taken_while_tokens_change() -> None:
    both = WebhookSignature(["new", TOKEN], BASE)
    assert both.is_valid(PATH, signed(), urlencode(FIELDS).encode(), FORM)


@pytest.mark.parametrize(
    ("path", "signature", "body", "kind"),
    [
        (PATH, None, urlencode(FIELDS).encode(), FORM),
        (PATH, "", urlencode(FIELDS).encode(), FORM),
        (PATH, "nonsense", urlencode(FIELDS).encode(), FORM),
        (PATH, signed(token="other"), urlencode(FIELDS).encode(), FORM),
        (PATH, signed(), urlencode({**FIELDS, "MessageStatus": "failed"}).encode(), FORM),
        (PATH.replace("abc", "xyz"), signed(), urlencode(FIELDS).encode(), FORM),
        (PATH, signed(), b"\xff\xfe", FORM),
        (PATH, signed(), b"x" * 70_000, FORM),
        (PATH, signed(), urlencode(FIELDS).encode(), "multipart/form-data; boundary=x"),
        (PATH, signed(fields={}), b'{"a": 1}', "application/json"),
        ("https://evil.example/", signed(), b"", None),
    ],
)
def test_anything_else_is_turned_away(
    path: str, signature: str | None, body: bytes, kind: str
) -> None:
    assert not check.is_valid(path, signature, body, kind)


def test_json_is_taken_only_with_its_hash_in_the_signed_address() -> None:
    body = json.dumps({"MessageSid": "SM1"})
    path = f"/webhooks/twilio/events?bodySHA256={RequestValidator(TOKEN).compute_hash(body)}"
    signature = signed(path, {})
    assert check.is_valid(path, signature, body.encode(), "application/json")
    assert not check.is_valid(path, signature, body.encode() + b" ", "application/json")
    assert not check.is_valid(
        "/webhooks/twilio/events",
        signed("/webhooks/twilio/events", {}),
        body.encode(),
        "application/json",
    )


@given(st.text(), st.text(), st.binary(), st.sampled_from([None, FORM, "application/json", "x"]))
def test_nothing_that_arrives_makes_the_check_raise(
    path: str, signature: str, body: bytes, kind: str | None
) -> None:
    assert check.is_valid("/" + path, signature, body, kind) is False


def test_a_token_must_be_set() -> None:
    with pytest.raises(ValueError, match="token"):
        WebhookSignature([""], BASE)


def test_reports_and_texts_are_read_into_types() -> None:
    status = read_status(
        read_form(b"MessageSid=SM1&MessageStatus=Undelivered&ErrorCode=30003"), "r"
    )
    assert (status.status, status.error_code, status.reference) == ("undelivered", 30003, "r")
    assert status.dedupe_key == "SM1:undelivered"
    text = read_inbound(read_form(b"MessageSid=SM2&From=%2B447700900123&To=%2B44&Body=YES+please"))
    assert (text.body, text.from_number, text.media) == ("YES please", "+447700900123", 0)
    assert "7700900123" not in repr(text)
    with pytest.raises(UnreadableWebhookError, match="MessageStatus"):
        read_status({"MessageSid": "SM1"}, None)
    with pytest.raises(UnreadableWebhookError, match="UTF-8"):
        read_form(b"\xff")


@pytest.mark.parametrize(
    "fields",
    [
        {"MessageSid": "S" * 65, "MessageStatus": "sent"},
        {"MessageSid": "SM1", "MessageStatus": "s" * 31},
        {"MessageSid": "SM1\0", "MessageStatus": "sent"},
    ],
)
def test_what_no_provider_would_call_a_message_or_a_status_is_not_read(
    fields: dict[str, str],
) -> None:
    with pytest.raises(UnreadableWebhookError, match="not one of"):
        read_status(fields, None)


def test_an_error_code_too_long_to_be_one_is_left_out() -> None:
    fields = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": "9" * 11}
    assert read_status(fields, None).error_code is None
