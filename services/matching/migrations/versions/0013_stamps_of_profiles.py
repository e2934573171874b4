"""Whether everyone is still as they were is answered from an index.

Revision: matching_0013
"""

from __future__ import annotations

from alembic import op

revision = "matching_0013"
down_revision = "matching_0012"
branch_labels = None
depends_on = None

_INDEX = "ix_profiles_organisation_id"


def upgrade() -> None:
    op.drop_index(_INDEX, table_name="profiles")
    op.create_index(_INDEX, "profiles", ["organisation_id", "stamp"])


def downgrade() -> None:
    op.drop_index(_INDEX, table_name="profiles")
    op.create_index(_INDEX, "profiles", ["organisation_id"])
