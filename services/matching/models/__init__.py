"""The tables of matching: opportunities and seats, what people let us match on, proposals."""

from services.matching.models.base import Base, new_stamp
from services.matching.models.matches import LIVE, DecisionRow, MatchRow
from services.matching.models.opportunities import (
    MemberRow,
    OpportunityRow,
    SeatRow,
    TargetRow,
    TermRow,
)
from services.matching.models.people import ConsentRow, ErasedRow, ParticipantRow, ProfileRow
from services.matching.models.records import AreaProfileRow, DrawRow, FeedbackRow, SharingRow

__all__ = [
    "LIVE",
    "AreaProfileRow",
    "Base",
    "ConsentRow",
    "DecisionRow",
    "DrawRow",
    "ErasedRow",
    "FeedbackRow",
    "MatchRow",
    "MemberRow",
    "OpportunityRow",
    "ParticipantRow",
    "ProfileRow",
    "SeatRow",
    "SharingRow",
    "TargetRow",
    "TermRow",
    "new_stamp",
]
