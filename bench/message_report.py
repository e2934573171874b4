"""Writes docs/bench-notifications.md from one run of bench.notifications and bench.step_costs."""

from __future__ import annotations

from typing import Any

# Milliseconds of processor time for each unit, by the same script, before the steps were batched.
BEFORE = {
    "event received": 0.063,
    "message written and queued": 3.666,
    "claimed": 1.055,
    "provider called": 1.129,
    "outcome marked": 1.842,
    "report received": 2.185,
    "report settled": 0.853,
    "reply received": 2.864,
    "reply acted on": 3.905,
}
A_MESSAGE = {
    "event received": 1,
    "message written and queued": 1,
    "claimed": 1,
    "provider called": 1,
    "outcome marked": 1,
    "report received": 2,
    "report settled": 2,
}


def document(run: dict[str, Any], costs: dict[str, float]) -> str:
    """The whole page. run: figures of the journey; costs: ms of processor time for each step."""
    missed = [
        name
        for name, held in (
            ("200 invitations a second", run["messages_per_s"] >= 200),
            ("webhooks answered within 50 ms (p95)", run["webhook_p95_ms"] <= 50),
            ("the same at a steady rate", run["webhook_steady_p95_ms"] <= 50),
            ("approval to provider in 1 s", run["approval_to_provider_call_p95_ms"] <= 1000),
        )
        if not held
    ]
    return "\n".join(
        [
            "# Notifications, measured",
            "",
            "`python -m bench.notifications --write docs/bench-notifications.md` writes this page."
            " The journey: event, text written and sealed, queue, the real Twilio client against a"
            " stand-in in its own process (50 ms for each answer, one request in ten fails),"
            " signed delivery reports and STOPs over HTTP. Three processes share the machine: the"
            " service (one Python process on SQLite), the stand-in, and the people, who send STOP.",
            "",
            "## One run",
            f"{run['invitations']:,} invitations asked at once, after 200 at a steady 15 a second"
            " beside 15 texts from people and 30 reports a second;"
            f" {run['threads']} sending threads; {run['cores']} cores, load average"
            f" {run['load_before']} when it began. {run['stops']} people sent STOP meanwhile.",
            "",
            "| | measured | aim |",
            "|---|---|---|",
            f"| sent twice | {run['sent_twice']} of {run['at_the_provider']} | 0 |",
            f"| handed over after their STOP was answered | {run['sent_after_stop']} | 0 |",
            "| invitations per second, until no message is open, retries and look-ups included"
            f" | {run['messages_per_s']} | 200 |",
            "| processor time of the service for each invitation, with the reports that came"
            f" meanwhile | {run['cpu_ms_per_message']} ms | 5 ms |",
            "| of the stand-in for each invitation, with its reports"
            f" | {run['provider_cpu_ms_per_message']} ms | |",
            f"| of the people, in all | {run['people_cpu_s']} s | |",
            "| event to the call of the provider, p95, steady rate"
            f" | {run['event_to_provider_call_p95_ms']:g} ms | 1,000 ms |",
            "| approval in matching (the coordinator's request, one whole process) to the call of"
            f" the provider, p50 and p95 | {run['approval_to_provider_call_p50_ms']:g} ms,"
            f" {run['approval_to_provider_call_p95_ms']:g} ms | 1,000 ms |",
            "| webhook, p50 and p95, steady rate"
            f" | {run['webhook_steady_p50_ms']:g} ms, {run['webhook_steady_p95_ms']:g} ms"
            " | 50 ms |",
            "| webhook, p50 and p95, during the burst"
            f" | {run['webhook_p50_ms']:g} ms, {run['webhook_p95_ms']:g} ms | 50 ms |",
            "",
            f"**Not reached by this run: {' and '.join(missed)}.** {WHY_NOT}" if missed else "",
            "",
            "## Where the processor time goes",
            "`python -m bench.step_costs`: milliseconds for each unit, one step after the other,"
            " nothing waiting. Processor time depends little on what else the machine does.",
            "",
            "| step | before | now |",
            "|---|---|---|",
            *[_row(step, now) for step, now in costs.items()],
            f"| **a message with its two reports** | **{_total(BEFORE):.1f}** |"
            f" **{_total(costs):.1f}** |",
            "",
            FOUND,
        ]
    )


def _row(step: str, now: float) -> str:
    before = f"{BEFORE[step]:.2f}" if step in BEFORE else ""
    return f"| {step} | {before} | {now:.2f} |"


def _total(costs: dict[str, float]) -> float:
    return sum(costs[step] * times for step, times in A_MESSAGE.items())


WHY_NOT = """\
While messages are open the service keeps one core busy, all that one Python process can. The last \
seconds are a wait: a text whose answer was lost is looked up three seconds later, and may be lost \
again. A webhook waits for its turn at the interpreter and for the disk."""

FOUND = """\
"Before", the two webhook steps were timed with a test client, which takes part of that time itself.

## What the time went on, and what was done
- Eleven queries for each invitation, at about 0.2 ms of Python each: what a batch of events will \
ask for is read with five queries (`reading_ahead.py`), and rows are written together.
- A transaction for each outcome: outcomes are marked, and the next messages claimed, in one \
transaction; calls of the provider no longer wait for the slowest of their batch.
- A savepoint for each job that shares a commit: only when one of them fails are they run apart.
- FastAPI's own telemetry, beside ours; routes looked through in the order of their inclusion.
- The environment read for proxies before every call of the provider.
- Events and audit entries inserted one by one: now at the flush, and at the commit.
- Looking for events that hold others back read every earlier event: it uses its index \
(`tests/runtime/test_inbox_plan.py`).
- Webhooks waited for whatever the writer was at, 100 invitations at worst: they are synced to a \
file of their own and answered, and go into the database with their effect (`letterbox.py`), \
reports ten times a second. With PostgreSQL they go first, in a commit of their own.
- FastAPI's dependencies for a webhook, which has none to solve; `requests` under Twilio's client, \
where urllib3 does.
- The benchmark itself: its people shared the service's interpreter, and counted whole tables ten \
times a second. They are a process of their own, and look at what an index answers.
"""
