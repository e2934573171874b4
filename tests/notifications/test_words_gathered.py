"""The words of the coordinators' pages are gathered for translation."""

from __future__ import annotations

from infra.messages import TEMPLATE, notifications_messages, template_of


def test_the_template_holds_what_the_pages_say() -> None:
    wanted = notifications_messages()
    assert "Choose how to send it." in wanted, "what is said after a form"
    assert "Did not arrive" in wanted, "a state"
    assert "Send the invitation once more" in wanted, "a heading"
    assert "Print the letter and post it." in wanted, "a task"
    assert TEMPLATE.read_bytes() == template_of(wanted), "run: make messages"
