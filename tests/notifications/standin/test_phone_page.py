import pytest
from twilio.rest import Client

from tests.support.browser import OpenPage, check_accessible
from tests.support.twilio_standin import start

pytestmark = pytest.mark.browser


def test_the_phones_page_is_accessible_and_works_on_a_phone(open_page: OpenPage) -> None:
    with start() as standin:
        client = Client(standin.account_sid, standin.auth_token)
        client.api.base_url = standin.url
        client.messages.create(
            to="+447700900123",
            body="Hello Amina. Reply YES or NO.",
            messaging_service_sid=standin.messaging_service_sid,
        )
        page = open_page()
        page.goto(f"{standin.url}/standin/?still=1")
        check_accessible(page)
        page.get_by_label("Answer from this phone").fill("YES")
        page.get_by_role("button", name="Send").click()
        page.get_by_text("From this phone, ").wait_for()
        assert [m.body for m in standin.all_messages if m.direction == "inbound"] == ["YES"]
