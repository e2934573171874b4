"""Keep which coordinator asked, as only they read the person's name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notifications_0004"
down_revision = "notifications_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("asked_by", sa.Uuid(), nullable=True, comment="the coordinator who approved")
    op.add_column("invitations", column)
