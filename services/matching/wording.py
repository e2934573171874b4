"""Codes of matching in the words a coordinator reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from services.matching.characteristics import benchmark
from services.matching.views import OpportunityView
from services.runtime.pages import gettext


def state_words(state: str) -> str:
    return {
        "proposed": gettext("Waiting for you"),
        "blocked": gettext("A need is not met yet"),
        "approved": gettext("Approved"),
        "invited": gettext("Invited"),
        "accepted": gettext("Has a seat"),
        "declined": gettext("Declined"),
        "withdrawn": gettext("Taken back"),
        "alternate": gettext("Next in line"),
        "released": gettext("Gave up the seat"),
    }.get(state, state)


def opening_words() -> dict[str, str]:
    """What would open an opportunity to people whom a rule stops, by the code of the rule."""
    return {
        "times": gettext("Other times for the meetings"),
        "distance": gettext("A place nearer to them, or a way to join from home"),
        "format": gettext("Another way to take part"),
    }


def state_colour(state: str) -> str:
    return {
        "proposed": "blue",
        "blocked": "orange",
        "approved": "turquoise",
        "invited": "turquoise",
        "accepted": "green",
        "alternate": "purple",
    }.get(state, "grey")


def draw_words(state: str) -> str:
    return {
        "committed": gettext("Ready to draw"),
        "revealed": gettext("Drawn"),
        "erased": gettext("Erased"),
    }.get(state, state)


def decline_reasons() -> dict[str, str]:
    return {
        "another_person_first": gettext("Somebody else should be asked first"),
        "not_the_right_time": gettext("It is not the right time for this person"),
        "asked_enough": gettext("This person was asked often enough"),
        "need_not_in_place": gettext("What this person needs is not in place yet"),
        "conflict_of_interest": gettext(
            "There is a conflict of interest, here and in other groups of this host"
        ),
        "other": gettext("Another reason"),
    }


def reason_words(reason: str) -> str:
    """Why a match is in its state; empty when there is nothing to add."""
    told = {
        **decline_reasons(),
        "said_no": gettext("They said no"),
        "seats_full": gettext("They said yes when every seat was filled"),
        "taken_back": gettext("You took the invitation back"),
        "invitation_failed": gettext("The invitation did not arrive"),
        "erased": gettext("They asked to be forgotten"),
        "stepped_down": gettext("They stepped down"),
        "did_not_attend": gettext("They did not come"),
        "term_ended": gettext("Their term ended"),
    }
    return told.get(reason, "")


def failure_words(failure: str) -> str:
    """Why an invitation did not arrive, from the code that came with the event."""
    return failure.replace("_", " ").capitalize()


def host_kinds() -> dict[str, str]:
    return {
        "nhs": gettext("NHS"),
        "council": gettext("Council"),
        "care_home": gettext("Care home"),
        "voluntary": gettext("Voluntary organisation"),
    }


def modes() -> dict[str, str]:
    return {
        "in_person": gettext("In person"),
        "online": gettext("Online"),
        "phone": gettext("By phone"),
    }


def expenses() -> dict[str, str]:
    return {
        "travel": gettext("Travel"),
        "childcare": gettext("Childcare"),
        "replacement_care": gettext("Someone to care for the person they look after"),
        "food": gettext("Food"),
        "data": gettext("Phone or internet"),
        "supporter": gettext("A supporter's costs"),
    }


def payment_units() -> dict[str, str]:
    return {
        "session": gettext("for each meeting"),
        "hour": gettext("for each hour"),
        "day": gettext("for each day"),
    }


def pounds(pence: int) -> str:
    return f"£{pence // 100}" if pence % 100 == 0 else f"£{pence / 100:.2f}"


def short_name(match_id: UUID) -> str:
    """What a proposal is called while names are hidden: four letters of its id."""
    return match_id.hex[-4:].upper()


def status_words(status: str) -> str:
    return {
        "no_benchmark": gettext("Watched, no target"),
        "too_few_to_tell": gettext("Too few seats to tell"),
        "under": gettext("Not yet met"),
        "met": gettext("Met"),
        "over": gettext("Above the most you set"),
    }.get(status, status)


def has_own_targets(view: OpportunityView) -> bool:
    """Whether some target speaks of what no census counts."""
    return any(benchmark(list_id) is None for t in view.targets for list_id in t.group)


def listed(codes: Iterable[str], words: Mapping[str, str]) -> str:
    """Codes as one line of words; empty for none."""
    return "; ".join(words.get(code, code) for code in codes)
