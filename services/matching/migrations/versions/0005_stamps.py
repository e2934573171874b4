"""Stamps that tell whether what was worked out earlier still counts.

Revision: matching_0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0005"
down_revision = "matching_0004"
branch_labels = None
depends_on = None

_INDEX = "ix_opportunities_organisation_id_state"


def upgrade() -> None:
    stamp = {"type_": sa.BigInteger(), "nullable": False}
    op.add_column("opportunities", sa.Column("stamp", server_default="0", **stamp))
    op.add_column("profiles", sa.Column("stamp", server_default="0", **stamp))
    op.add_column("matches", sa.Column("groups", server_default="0", **stamp))
    # No profile has this stamp: everyone who waits is assessed once more.
    op.add_column("matches", sa.Column("profile_stamp", server_default="-1", **stamp))
    op.drop_index(_INDEX, table_name="opportunities")
    op.create_index(_INDEX, "opportunities", ["organisation_id", "state", "stamp"])


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="opportunities")
    op.create_index(_INDEX, "opportunities", ["organisation_id", "state"])
    for table, column in (
        ("matches", "profile_stamp"),
        ("matches", "groups"),
        ("profiles", "stamp"),
        ("opportunities", "stamp"),
    ):
        op.drop_column(table, column)
