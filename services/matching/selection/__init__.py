"""Fair selection: fill seats from a pool by a lottery that is proven fair and can be checked."""

from services.matching.selection.feasibility import (
    Change,
    TargetRelaxation,
    TargetsOutOfReachError,
    smallest_relaxation,
)
from services.matching.selection.lottery import Lottery, Rule, fair_lottery
from services.matching.selection.pool import (
    Group,
    Participant,
    Request,
    SoftTarget,
    Target,
    UnclearRequestError,
)

__all__ = [
    "Change",
    "Group",
    "Lottery",
    "Participant",
    "Request",
    "Rule",
    "SoftTarget",
    "Target",
    "TargetRelaxation",
    "TargetsOutOfReachError",
    "UnclearRequestError",
    "fair_lottery",
    "smallest_relaxation",
]
