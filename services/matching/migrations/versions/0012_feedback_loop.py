"""What was said, and what came of each answer.

Revision: matching_0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0012"
down_revision = "matching_0011"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "said",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.Column("feedback_id", sa.Uuid()),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_said_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["feedback_id"], ["feedback.id"], name="fk_said_feedback_id"),
        sa.PrimaryKeyConstraint("id", name="pk_said"),
    )
    for column in ("opportunity_id", "feedback_id"):
        op.create_index(f"ix_said_{column}", "said", [column])
    op.create_table(
        "feedback_outcomes",
        sa.Column("feedback_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(12)),
        sa.Column("people_told", sa.Integer()),
        sa.Column("told_at", _TIME),
        sa.ForeignKeyConstraint(
            ["feedback_id"],
            ["feedback.id"],
            name="fk_feedback_outcomes_feedback_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("feedback_id", name="pk_feedback_outcomes"),
    )


def downgrade() -> None:
    op.drop_table("feedback_outcomes")
    op.drop_table("said")
