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


def _number(name: str, default: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def upgrade() -> None:
    op.add_column("opportunities", _number("stamp", "0"))
    op.add_column("profiles", _number("stamp", "0"))
    op.add_column("matches", _number("groups", "0"))
    # No profile has this stamp: everyone who waits is assessed once more.
    op.add_column("matches", _number("profile_stamp", "-1"))
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
