"""Programmes: theory of change, aims, costs, decisions, short surveys.

Revision: matching_0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0006"
down_revision = "matching_0005"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "programmes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("team_id", sa.String(60)),
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date()),
        sa.Column("theory", sa.JSON(), nullable=False),
        sa.Column("aims", sa.JSON(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programmes"),
    )
    op.create_index("ix_programmes_organisation_id", "programmes", ["organisation_id"])
    op.create_table(
        "programme_opportunities",
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint(
            "programme_id", "opportunity_id", name="pk_programme_opportunities"
        ),
        _foreign("programme_opportunities", "programme_id", "programmes"),
        _foreign("programme_opportunities", "opportunity_id", "opportunities"),
    )
    op.create_index(
        "ix_programme_opportunities_opportunity_id", "programme_opportunities", ["opportunity_id"]
    )
    _create_lines()


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}", ondelete="CASCADE"
    )


def _create_lines() -> None:
    op.create_table(
        "programme_costs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("pence_an_hour", sa.Integer()),
        sa.Column("pence", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(200), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_costs"),
        _foreign("programme_costs", "programme_id", "programmes"),
    )
    op.create_index("ix_programme_costs_programme_id_on", "programme_costs", ["programme_id", "on"])
    op.create_table(
        "programme_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("what", sa.String(300), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("entered_by", sa.Uuid(), nullable=False),
        sa.Column("entered_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_programme_decisions"),
        _foreign("programme_decisions", "programme_id", "programmes"),
    )
    op.create_index(
        "ix_programme_decisions_programme_id_on", "programme_decisions", ["programme_id", "on"]
    )

    op.create_table(
        "programme_asked",
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("question", sa.String(12), nullable=False),
        sa.Column("programme_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("value", sa.Integer()),
        sa.Column("answered_at", _TIME),
        sa.PrimaryKeyConstraint("match_id", "question", name="pk_programme_asked"),
        _foreign("programme_asked", "match_id", "matches"),
        _foreign("programme_asked", "programme_id", "programmes"),
    )
    op.create_index("ix_programme_asked_programme_id", "programme_asked", ["programme_id"])
    op.create_index("ix_programme_asked_participant_id", "programme_asked", ["participant_id"])


def downgrade() -> None:
    for table in (
        "programme_asked",
        "programme_decisions",
        "programme_costs",
        "programme_opportunities",
        "programmes",
    ):
        op.drop_table(table)
