"""Fair selection: fill seats from a pool by a lottery that is proven fair and can be checked."""

from services.matching.selection.aims import Aim, aims, without_a_chance
from services.matching.selection.draw import draw
from services.matching.selection.feasibility import (
    Change,
    TargetRelaxation,
    TargetsOutOfReachError,
    smallest_relaxation,
)
from services.matching.selection.lottery import Lottery, Rule, fair_lottery
from services.matching.selection.opportunity import request_for
from services.matching.selection.over_invitation import (
    InvitationPlan,
    Invitations,
    PastAnswers,
    plan_invitations,
)
from services.matching.selection.pool import (
    Group,
    Participant,
    Request,
    SoftTarget,
    Target,
    UnclearRequestError,
)
from services.matching.selection.record import SelectionRecord, prepare, public_notice
from services.matching.selection.record_file import read_record
from services.matching.selection.stand_ins import Replacement, replacements
from services.matching.selection.verify import Check, VerificationResult, verify, verify_file

__all__ = [
    "Aim",
    "Change",
    "Check",
    "Group",
    "InvitationPlan",
    "Invitations",
    "Lottery",
    "Participant",
    "PastAnswers",
    "Replacement",
    "Request",
    "Rule",
    "SelectionRecord",
    "SoftTarget",
    "Target",
    "TargetRelaxation",
    "TargetsOutOfReachError",
    "UnclearRequestError",
    "VerificationResult",
    "aims",
    "draw",
    "fair_lottery",
    "plan_invitations",
    "prepare",
    "public_notice",
    "read_record",
    "replacements",
    "request_for",
    "smallest_relaxation",
    "verify",
    "verify_file",
    "without_a_chance",
]
