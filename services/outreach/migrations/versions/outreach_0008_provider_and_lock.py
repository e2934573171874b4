"""Which provider a sign-in came from, so that a sign-out reaches both; when a device locks."""

import sqlalchemy as sa
from alembic import op

revision = "outreach_0008"
down_revision = "outreach_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_ins", sa.Column("provider", sa.String(40)))
    op.add_column("sign_ins", sa.Column("provider_session", sa.String(64)))
    op.create_index("ix_sign_ins_provider_session", "sign_ins", ["provider_session"])
    op.add_column("organisation_settings", sa.Column("lock_minutes", sa.Integer()))


def downgrade() -> None:
    with op.batch_alter_table("organisation_settings") as table:
        table.drop_column("lock_minutes")
    op.drop_index("ix_sign_ins_provider_session", "sign_ins")
    with op.batch_alter_table("sign_ins") as table:
        table.drop_column("provider_session")
        table.drop_column("provider")
