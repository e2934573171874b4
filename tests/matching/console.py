"""One service with something on each page of the console, for looking at in a browser."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from schemas.events import InvitationAnswered
from services.matching import reference
from services.runtime.security.principal import Role
from tests.matching import test_draws
from tests.matching.barriers.test_barriers import community as barriers_told
from tests.matching.feedback_loop.test_feedback_loop import community as feedback_told
from tests.matching.harness import Matching
from tests.matching.impact.test_impact import seeded
from tests.matching.practice.test_library import ARTICLES, publish
from tests.matching.reciprocity.conftest import Group
from tests.matching.reciprocity.test_reciprocity import community as payments_made
from tests.matching.survey.test_survey import take_in

CENSUS = Path(reference.__file__).parent / "data/census2021-ts021-extract.csv"
ACTION = {
    "code": "travel",
    "what": "A minibus from the estate to each meeting.",
    "done_by": "host",
    "outcome": "removed",
    "cost_pence": 12000,
    "done_on": "2026-08-30",
}
CASE_STUDY = {
    "kind": "case_study",
    "title": "Bus fares paid on the day",
    "summary": "Cash at the door brought two people back.",
    "body": "Nobody should wait four weeks for a bus fare. We pay it on the day, in cash.",
}


class Console:
    """What was put in, and the addresses of the pages by area of the console."""

    def __init__(self, matching: Matching, base: str) -> None:
        self.matching, self.base = matching, f"{base}/matching"
        matching.write(lambda s: reference.import_file(s, CENSUS, matching.now))
        matching.open(title="Earlier group")
        self.opportunity = community(matching)
        self.pages = {
            "opportunities": opportunities(matching, self.opportunity),
            "practice": practice(matching),
            "barriers": barriers(matching),
            "surveys": [f"/surveys{each}" for each in ("", "/new", survey(matching))],
            "draws": draws(matching),
            "programmes": programmes(matching),
            "feedback": feedback(matching),
        }
        # Last, for days go by in it.
        self.pages["payments"] = payments(matching)


AREAS = (
    "opportunities",
    "practice",
    "barriers",
    "surveys",
    "draws",
    "programmes",
    "feedback",
    "payments",
)


def community(matching: Matching) -> UUID:
    """An opportunity with members, a filled seat, people asked, waiting and blocked."""
    targets = [
        {"group": {"age_band": "18_24"}, "least": 3},
        {"group": {"age_band": "18_24", "lived_experience": "unpaid_carer"}, "least": 1},
        {"group": {"ethnic_group": "asian"}, "proportion": 0.3},
        {"group": {"sex": "male"}, "least": 2, "most": 4},
        {"group": {"religion": "sikh"}},
    ]
    meeting = {"on": "2026-10-06", "starts": "10:00", "ends": "12:00", "mode": "in_person"}
    opportunity = matching.open(
        title="Better home care reading group",
        seats=9,
        targets=targets,
        sessions=[meeting],
        payment_pence=2500,
        purpose="To say what good home care looks like before the new contract is written.",
        can_arrange=["interpreter_language"],
        members=[{"prior_seat": True, "categories": {"sex": ["male"]}}, {}],
    )
    matching.register(needs=["bsl"])
    asian = {"ethnic_group": ["asian_pakistani"], "age_band": ["35_44"], "sex": ["male"]}
    first = matching.register({"age_band": ["18_24"]}, ["unpaid_carer"])
    matching.register(asian, needs=["interpreter_language"])
    matching.register({"age_band": ["18_24"], "sex": ["female"]}, prior_seats=1)
    matching.register({"age_band": ["18_24"], "sex": ["male"]}, ["unpaid_carer"])
    second = matching.register(asian)
    answer = matching.invite(opportunity, first)
    assert isinstance(answer, InvitationAnswered)
    matching.receive(answer)
    matching.invite(opportunity, second)
    words = {"you_said": "Letters are hard to read.", "we_did": "We rewrote them in Easy Read."}
    matching.http.post(f"/api/v1/opportunities/{opportunity}/feedback", json=words)
    return opportunity


def opportunities(matching: Matching, opportunity: UUID) -> list[str]:
    ids = [p["match_id"] for p in matching.proposals(opportunity)][:2]
    chosen = "&".join(f"match={each}" for each in ids)
    here = f"/opportunities/{opportunity}"
    below = ["", "/review", f"/approvals?{chosen}", f"/compare?{chosen}", "/members/new"]
    below += ["/feedback", "/close", "/change", "/sharing", "/what-if"]
    below += ["/targets", "/targets/area?area=E06000001", "/targets/earlier"]
    above = ["/opportunities", "/opportunities/new", "/voices", f"/proposals/{ids[0]}/decline"]
    return above + [here + each for each in below]


def practice(matching: Matching) -> list[str]:
    article = publish(matching, made_up=True)
    own = matching.http.post(ARTICLES, json=CASE_STUDY).json()["article_id"]
    worker = matching.client(Role.LINK_WORKER)
    waiting = worker.post(ARTICLES, json=CASE_STUDY).json()["article_id"]
    worker.post(f"{ARTICLES}/{waiting}/submit", json={"names_nobody": True})
    paths = ["", "?q=nothing", "?shelf=to_review", "/co-production", "/new"]
    paths += [f"/{article}", f"/open/{article}", f"/{own}", f"/{own}/edit", f"/{waiting}"]
    return [f"/practice{path}" for path in paths]


def barriers(matching: Matching) -> list[str]:
    barriers_told(matching)
    matching.http.post("/api/v1/barriers/actions", json=ACTION)
    return ["/barriers", "/barriers/report", "/barriers/actions/new"]


def survey(matching: Matching) -> str:
    return f"/{take_in(matching)['survey_id']}"


def draws(matching: Matching) -> list[str]:
    """One draw that is ready and one that was held."""
    targets = test_draws.TARGETS
    held = matching.open(title="Transport from hospital", seats=2, targets=targets[1:])
    opportunity = matching.open(title="Better home care", targets=targets)
    test_draws.pool(matching)
    ready, done = (test_draws.prepared(matching, each, stand_ins=2) for each in (opportunity, held))
    answer = matching.http.post(f"{done}/reveal", json={"public_words": "7 9 21"})
    assert answer.status_code == 200, answer.text
    ready, done = (f"/draws/{location.rsplit('/', 1)[1]}" for location in (ready, done))
    return [f"/opportunities/{opportunity}/draws", ready, done, f"{done}/check"]


def programmes(matching: Matching) -> list[str]:
    programme = seeded(matching)
    paths = ["", "/new", f"/{programme}", f"/{programme}/edit", f"/{programme}/records"]
    return [f"/programmes{path}" for path in paths]


def feedback(matching: Matching) -> list[str]:
    here = f"/opportunities/{feedback_told(matching)}"
    return ["/owed-answers", f"{here}/feedback-loop", f"{here}/feedback"]


def payments(matching: Matching) -> list[str]:
    group = Group(matching)
    payments_made(group)
    owed = next(i["owed_id"] for i in group.seen()["owed"] if not i["paid_on"])
    below = ["", "/session", "/new", f"/choice/{group.holders()[0]}", f"/{owed}/cancel"]
    here = f"/opportunities/{group.id}/reciprocity"
    return ["/reciprocity", *(here + each for each in below)]
