"""How people want to be paid, and what they are owed.

Revision: matching_0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0010"
down_revision = "matching_0009"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_counted = sa.text("cancelled_at IS NULL")
_one_payment = sa.text("cancelled_at IS NULL AND kind = 'payment' AND session_on IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "payment_choices",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("choice", sa.String(14), nullable=False),
        sa.Column("before_yes", sa.Boolean(), nullable=False),
        sa.Column("recorded_by", sa.Uuid()),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_payment_choices_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_choices"),
    )
    for column in ("opportunity_id", "holder_id"):
        op.create_index(f"ix_payment_choices_{column}", "payment_choices", [column])
    op.create_table(
        "owed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("seat_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("code", sa.String(20), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("rate_id", sa.String(40), nullable=False),
        sa.Column("rate_pence", sa.Integer()),
        sa.Column("rate_valid_from", sa.Date()),
        sa.Column("quantity_hundredths", sa.Integer()),
        sa.Column("session_on", sa.Date()),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("paid_on", sa.Date()),
        sa.Column("paid_by", sa.Uuid()),
        sa.Column("cancelled_at", _TIME),
        sa.Column("cancel_reason", sa.String(20), nullable=False),
        sa.CheckConstraint("pence >= 0", name="ck_owed_pence_not_negative"),
        sa.CheckConstraint(
            "paid_on IS NULL OR cancelled_at IS NULL", name="ck_owed_paid_or_cancelled"
        ),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_owed_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_owed"),
    )
    op.create_index(
        "ix_owed_opportunity_id",
        "owed",
        ["opportunity_id", "due_on"],
        sqlite_where=_counted,
        postgresql_where=_counted,
    )
    op.create_index(
        "uq_owed_one_payment_a_session",
        "owed",
        ["holder_id", "session_on"],
        unique=True,
        sqlite_where=_one_payment,
        postgresql_where=_one_payment,
    )


def downgrade() -> None:
    op.drop_table("owed")
    op.drop_table("payment_choices")
