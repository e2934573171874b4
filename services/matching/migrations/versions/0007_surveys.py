"""Surveys about co-production: what was taken in, and counts of the answers.

Revision: matching_0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0007"
down_revision = "matching_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("respondents", sa.Integer(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("imported_by", sa.Uuid(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_surveys"),
        sa.UniqueConstraint("organisation_id", "digest", name="uq_surveys_organisation_id_digest"),
    )
    op.create_table(
        "survey_counts",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(16), nullable=False),
        sa.Column("respondent_group", sa.String(20), nullable=False),
        sa.Column("job_group", sa.String(20), nullable=False),
        sa.Column("answer", sa.String(20), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "survey_id",
            "question",
            "respondent_group",
            "job_group",
            "answer",
            name="pk_survey_counts",
        ),
        sa.ForeignKeyConstraint(
            ["survey_id"],
            ["surveys.id"],
            name="fk_survey_counts_survey_id_surveys",
            ondelete="CASCADE",
        ),
    )


def downgrade() -> None:
    op.drop_table("survey_counts")
    op.drop_table("surveys")
