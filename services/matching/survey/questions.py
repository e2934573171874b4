"""The questions of a survey about co-production, and the codes a file may hold.

Respondent groups, job groups and the two questions follow the survey behind SCIE's briefing on
barriers to co-production (2023); the codes and labels are ours.
"""

from __future__ import annotations

from collections.abc import Mapping

GROUPS: Mapping[str, str] = {
    "lived_experience": "People who use care and support",
    "carer": "Unpaid carers",
    "staff": "People who work in social care",
    "other": "Others",
}
STAFF = "staff"
JOBS: Mapping[str, str] = {
    "social_work": "Social workers and occupational therapists",
    "direct_care": "Care and support workers",
    "provider_manager": "Managers of care services",
    "commissioning": "Commissioners and planners",
    "engagement": "Engagement and co-production staff",
    "senior_leader": "Senior leaders",
    "other_job": "Other jobs",
}
FAMILIARITY: Mapping[str, str] = {
    "not_at_all": "Not at all",
    "a_little": "A little",
    "somewhat": "Somewhat",
    "well": "Well",
    "very_well": "Very well",
}
FAMILIAR = frozenset({"well", "very_well"})
BARRIERS: Mapping[str, str] = {
    "time": "Too little time",
    "money": "Too little money",
    "culture": "It is not how things are done here",
    "leadership": "Leaders do not back it",
    "know_how": "Not knowing how",
    "reaching_people": "Not knowing how to reach people",
    "payment": "Rules about payment and benefits",
    "access": "Access needs are not met",
    "nothing_changes": "Nothing changes afterwards",
    "power": "Power is not shared",
}
COLUMNS = ("completed", "respondent_group", "job_group", "familiarity", "barriers")
OPTIONAL = ("respondent_id",)
YES_NO: Mapping[str, bool] = {"yes": True, "no": False}
