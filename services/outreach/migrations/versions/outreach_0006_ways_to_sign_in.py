"""Passkeys, identities at organisations' providers, steps between, who needs a second factor."""

import sqlalchemy as sa
from alembic import op

revision = "outreach_0006"
down_revision = "outreach_0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "passkeys",
        sa.Column("credential_id", sa.String(1400), nullable=False, comment="base64url"),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False, comment="base64url of a COSE key"),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.Column("used_at", _TIME),
        sa.PrimaryKeyConstraint("credential_id", name="pk_passkeys"),
    )
    op.create_index("ix_passkeys_account_id", "passkeys", ["account_id"])
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject_index", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject_index", name="pk_identities"),
    )
    op.create_index("ix_identities_account_id", "identities", ["account_id"])
    op.create_table(
        "sign_in_steps",
        sa.Column("id_hash", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("binding", sa.String(64), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id_hash", name="pk_sign_in_steps"),
    )
    op.create_index("ix_sign_in_steps_expires_at", "sign_in_steps", ["expires_at"])
    with op.batch_alter_table("organisation_settings") as table:
        table.add_column(sa.Column("second_factor_roles", sa.String(200)))


def downgrade() -> None:
    with op.batch_alter_table("organisation_settings") as table:
        table.drop_column("second_factor_roles")
    for name in ("sign_in_steps", "identities", "passkeys"):
        op.drop_table(name)
