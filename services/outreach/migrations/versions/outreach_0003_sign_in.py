"""Second factors, recovery codes, and links to a participant's own page."""

import sqlalchemy as sa
from alembic import op

revision = "outreach_0003"
down_revision = "outreach_0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="sealed with the account's key"),
        sa.Column("confirmed_at", _TIME),
        sa.Column("last_step", sa.Integer(), comment="a code works once"),
        sa.PrimaryKeyConstraint("account_id", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_recovery_codes"),
    )
    op.create_index("ix_recovery_codes_account_id", "recovery_codes", ["account_id"])
    op.create_table(
        "own_page_links",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_own_page_links"),
    )
    op.create_index("ix_own_page_links_participant_id", "own_page_links", ["participant_id"])


def downgrade() -> None:
    for table in ("own_page_links", "recovery_codes", "second_factors"):
        op.drop_table(table)
