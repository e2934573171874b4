"""Safeguarding concerns and the induction."""

import sqlalchemy as sa
from alembic import op

revision = "outreach_0002"
down_revision = "outreach_0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "safeguarding_concerns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("urgency", sa.String(12), nullable=False, comment="now, today or soon"),
        sa.Column("what", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("done", sa.Text(), comment="what was done already, sealed"),
        sa.Column(
            "state", sa.String(12), nullable=False, comment="raised, seen, handed_on or closed"
        ),
        sa.Column("raised_at", _TIME, nullable=False),
        sa.Column("answer_by", _TIME, nullable=False, comment="when it counts as overdue"),
        sa.PrimaryKeyConstraint("id", name="pk_safeguarding_concerns"),
    )
    op.create_index(
        "ix_safeguarding_concerns_organisation_id", "safeguarding_concerns", ["organisation_id"]
    )
    op.create_table(
        "safeguarding_steps",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("concern_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("note", sa.Text(), comment="sealed"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_safeguarding_steps"),
    )
    op.create_index("ix_safeguarding_steps_concern_id", "safeguarding_steps", ["concern_id"])
    _create_learning()


def _create_learning() -> None:
    op.create_table(
        "learning_done",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("part", sa.String(40), nullable=False),
        sa.Column("version", sa.String(10), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "part", name="pk_learning_done"),
    )
    op.create_table(
        "learning_familiarity",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("moment", sa.String(8), nullable=False, comment="before or after"),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="1 not at all to 5 very well"),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("account_id", "moment", name="pk_learning_familiarity"),
    )
    op.create_index(
        "ix_learning_familiarity_organisation_id", "learning_familiarity", ["organisation_id"]
    )
    op.create_table(
        "organisation_settings",
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("induction_first", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", name="pk_organisation_settings"),
    )
