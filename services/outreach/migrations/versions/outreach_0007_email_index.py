"""A keyed hash of a participant's email, so that they can ask for their own page with it.

Addresses are sealed, so those of before are indexed by the service itself, not here.
"""

import sqlalchemy as sa
from alembic import op

revision = "outreach_0007"
down_revision = "outreach_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participants", sa.Column("email_index", sa.String(64)))
    op.create_index("ix_participants_email_index", "participants", ["email_index"])


def downgrade() -> None:
    op.drop_index("ix_participants_email_index", "participants")
    with op.batch_alter_table("participants") as table:
        table.drop_column("email_index")
