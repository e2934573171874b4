"""Find replies and reports that wait without reading those that are done."""

from __future__ import annotations

from alembic import op

revision = "notifications_0003"
down_revision = "notifications_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inbound_state", "inbound", ["state", "received_at"])
    op.create_index("ix_receipts_handled", "receipts", ["handled", "received_at"])
