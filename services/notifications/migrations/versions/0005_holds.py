"""Sending can be held, as after a restore."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0005"
down_revision = "notifications_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sending_holds",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False, comment="always 1"),
        sa.Column(
            "since", sa.DateTime(timezone=True), nullable=False, comment="moment of the backup"
        ),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sending_holds"),
    )
