"""Where an advocate gets a copy, when leads were told of a concern, and where contacts were."""

import sqlalchemy as sa
from alembic import op

revision = "outreach_0004"
down_revision = "outreach_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("participants") as table:
        table.add_column(sa.Column("advocate_email", sa.Text(), comment="sealed"))
        table.add_column(
            sa.Column(
                "advocate_agreed_at",
                sa.DateTime(timezone=True),
                comment="when we were told that the advocate agreed",
            )
        )
    with op.batch_alter_table("contacts") as table:
        for name in ("latitude", "longitude"):
            table.add_column(sa.Column(name, sa.Double(), comment="degrees, two decimals"))
    with op.batch_alter_table("safeguarding_concerns") as table:
        table.add_column(
            sa.Column(
                "told_at",
                sa.DateTime(timezone=True),
                comment="when the leads were last told by email that it waits",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("safeguarding_concerns") as table:
        table.drop_column("told_at")
    with op.batch_alter_table("contacts") as table:
        for name in ("longitude", "latitude"):
            table.drop_column(name)
    with op.batch_alter_table("participants") as table:
        table.drop_column("advocate_agreed_at")
        table.drop_column("advocate_email")
