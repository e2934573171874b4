"""How the targets were changed for a draw, and why; whom an opportunity is open to.

Revision: matching_0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0014"
down_revision = "matching_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("draws", sa.Column("relaxed", sa.JSON(), nullable=True))
    open_to = sa.Column("open_to", sa.JSON(), nullable=False, server_default="[]")
    op.add_column("opportunities", open_to)


def downgrade() -> None:
    op.drop_column("opportunities", "open_to")
    op.drop_column("draws", "relaxed")
