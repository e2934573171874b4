"""Every page with figures has a test that counts them by SQL of its own."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHOWS_FIGURES = re.compile(r"\b(?:figures|data_table|bars|share_chart|ngettext)\(|\| percent\b")
FIGURES = "scenario/test_figures.py"
COUNTED: dict[str, tuple[str, str]] = {
    "matching/approvals": (FIGURES, "what_if_compare_and_approve_count"),
    "matching/barriers/barriers": (FIGURES, "barriers_are_the_reports"),
    "matching/charts": (FIGURES, "an_opportunity_shows_who_has_a_seat"),
    "matching/compare": (FIGURES, "what_if_compare_and_approve_count"),
    "matching/draw": ("matching/test_draw_pages.py", "every_figure_of_a_draw"),
    "matching/draws": ("matching/test_draw_pages.py", "every_figure_of_a_draw"),
    "matching/feedback_loop/loop": (
        "matching/feedback_loop/test_feedback_loop.py",
        "every_figure_is_what_the_database_says",
    ),
    "matching/feedback_loop/owed": (FIGURES, "what_has_no_answer_is_counted"),
    "matching/impact_charts": (FIGURES, "every_share_of_a_programme"),
    "matching/opportunities": (FIGURES, "the_list_of_opportunities"),
    "matching/opportunity": (FIGURES, "an_opportunity_shows_who_has_a_seat"),
    "matching/practice": (FIGURES, "lists_of_surveys_and_programmes"),
    "matching/programme": (FIGURES, "the_wait_for_a_seat_is_the_median"),
    "matching/programmes": (FIGURES, "lists_of_surveys_and_programmes"),
    "matching/reciprocity/opportunity": (
        "matching/reciprocity/test_reciprocity.py",
        "every_figure_of_an_opportunity",
    ),
    "matching/reciprocity/overview": (FIGURES, "money_is_what_the_lines_add_up_to"),
    "matching/review": (FIGURES, "the_queue_holds_the_proposals"),
    "matching/survey": (FIGURES, "charts_of_a_survey"),
    "matching/survey_charts": (FIGURES, "charts_of_a_survey"),
    "matching/surveys": (FIGURES, "lists_of_surveys_and_programmes"),
    "matching/targets_area": (FIGURES, "targets_can_be_set_from_an_area_profile"),
    "matching/voices": (FIGURES, "who_is_heard_shows_seats"),
    "matching/what_if": (FIGURES, "what_if_compare_and_approve_count"),
    "notifications/delivery": (FIGURES, "delivery_counts_invitations"),
    "outreach/places": (FIGURES, "places_count_contacts"),
}
"""Template to the test that counts what it shows."""

NOT_COUNTED: dict[str, str] = {
    "matching/reciprocity/parts": "draws what the pages of payments hand to it",
    "matching/targets": "says how many targets were just ticked",
    "matching/targets_earlier": "says how many targets an opportunity has",
    "notifications/invitation": "says how long one message is",
    "outreach/administration/account": "says how many passkeys and browsers one colleague has",
    "outreach/contact": "says what was typed for one contact",
    "outreach/contact_card": "says what was typed for one contact",
    "outreach/home": "says how many concerns the reader has to look at",
}


def pages_with_figures() -> set[str]:
    found = set()
    for path in ROOT.glob("services/*/templates/**/*.html"):
        service, inside = path.relative_to(ROOT / "services").as_posix().split("/templates/")
        if service != "runtime/pages" and SHOWS_FIGURES.search(path.read_text("utf-8")):
            found.add(f"{service}/{inside.removesuffix('.html')}")
    return found


def test_every_page_with_figures_is_counted_by_a_test_that_exists() -> None:
    assert pages_with_figures() - NOT_COUNTED.keys() == COUNTED.keys()
    for page, (file, name) in COUNTED.items():
        tests = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"^def test_\w*{name}", tests, re.M), page
