"""Monitoring answers apart: on PostgreSQL in a schema of their own, and counts that stay."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "outreach_0005"
down_revision = "outreach_0004"
branch_labels = None
depends_on = None

SCHEMA = Path(__file__).parents[1] / "monitoring.sql"


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        op.create_table(
            "monitoring_published",
            sa.Column("organisation_id", sa.String(60), nullable=False),
            sa.Column("period", sa.String(7), nullable=False),
            sa.Column("list_id", sa.String(40), nullable=False),
            sa.Column("code", sa.String(60), nullable=False),
            sa.Column("people", sa.String(12), nullable=False),
            sa.PrimaryKeyConstraint(
                "organisation_id", "period", "list_id", "code", name="pk_monitoring_published"
            ),
        )
        return
    # The administrator may have made it already, for a role that reads nothing of it.
    # The catalogue is asked: to_regclass fails for a schema that this role may not use.
    made = sa.text("SELECT 1 FROM pg_namespace WHERE nspname = 'monitoring'")
    if bind.scalar(made) is None:
        # Several statements in one: through the driver, which takes them without parameters.
        bind.connection.cursor().execute(SCHEMA.read_text())
    op.execute(
        "INSERT INTO monitoring.monitoring_answers"
        " (subject, list_id, code, list_version, organisation_id, period)"
        " SELECT subject, list_id, code, list_version, organisation_id, period"
        " FROM monitoring_answers"
    )
    op.drop_table("monitoring_answers")


def downgrade() -> None:
    """Counts that were given out stay out, so nothing is taken back on PostgreSQL."""
    if op.get_bind().dialect.name != "postgresql":
        op.drop_table("monitoring_published")
