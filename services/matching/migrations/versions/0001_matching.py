"""The tables of matching.

Revision: matching_0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from services.runtime.migration_steps import create_event_tables

revision = "matching_0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    create_event_tables()
    _create_consents()
    _create_erased_participants()
    _create_participants()
    _create_profiles()
    _create_opportunities()
    _create_targets()
    _create_members()
    _create_feedback()
    _create_seat_terms()
    _create_matches()
    _create_decisions()
    _create_seats()


def _create_consents() -> None:
    op.create_table(
        "consents",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording_version", sa.String(40), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("participant_id", "purpose", "channel", name="pk_consents"),
    )


def _create_erased_participants() -> None:
    op.create_table(
        "erased_participants",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("participant_id", name="pk_erased_participants"),
    )


def _create_participants() -> None:
    op.create_table(
        "participants",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", name="pk_participants"),
    )


def _create_profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("modes", sa.JSON(), nullable=False),
        sa.Column("prior_seats", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("participant_id", name="pk_profiles"),
    )
    op.create_index("ix_profiles_organisation_id", "profiles", ["organisation_id"])


def _create_opportunities() -> None:
    due = sa.text("refill_due IS NOT NULL")
    op.create_table(
        "opportunities",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("team_id", sa.String(60)),
        sa.Column("coordinator_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("host_name", sa.String(120), nullable=False),
        sa.Column("host_kind", sa.String(12), nullable=False),
        sa.Column("purpose", sa.String(600), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("area_code", sa.String(12), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("adults_only", sa.Boolean(), nullable=False),
        sa.Column("sessions", sa.JSON(), nullable=False),
        sa.Column("payment_pence", sa.Integer(), nullable=False),
        sa.Column("payment_unit", sa.String(20), nullable=False),
        sa.Column("expenses", sa.JSON(), nullable=False),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("can_arrange", sa.JSON(), nullable=False),
        sa.Column("contact_phone", sa.String(20), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("unstated", sa.JSON(), nullable=False),
        sa.Column("gap_index", sa.Float(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("closed_at", _TIME),
        sa.Column("refill_due", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_opportunities"),
    )
    op.create_index(
        "ix_opportunities_organisation_id_state", "opportunities", ["organisation_id", "state"]
    )
    op.create_index(
        "ix_opportunities_refill_due",
        "opportunities",
        ["refill_due"],
        sqlite_where=due,
        postgresql_where=due,
    )


def _create_targets() -> None:
    op.create_table(
        "targets",
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("proportion", sa.Float()),
        sa.Column("least", sa.Integer()),
        sa.Column("most", sa.Integer()),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("reference", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_targets_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("opportunity_id", "position", name="pk_targets"),
    )


def _create_members() -> None:
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("prior_seat", sa.Boolean(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("added_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_members_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
    )
    op.create_index("ix_members_opportunity_id", "members", ["opportunity_id"])


def _create_feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("you_said", sa.String(300), nullable=False),
        sa.Column("we_did", sa.String(300), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=False),
        sa.Column("shared_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_feedback_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
    )
    op.create_index("ix_feedback_opportunity_id", "feedback", ["opportunity_id"])


def _create_seat_terms() -> None:
    op.create_table(
        "seat_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("new_voice", sa.Boolean(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_seat_terms_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_seat_terms"),
    )
    op.create_index("ix_seat_terms_holder_id", "seat_terms", ["holder_id"])
    op.create_index("ix_seat_terms_opportunity_id", "seat_terms", ["opportunity_id"])


def _create_matches() -> None:
    live = sa.text(
        "state IN ('proposed', 'blocked', 'approved', 'invited', 'accepted', 'alternate')"
    )
    op.create_table(
        "matches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("failure", sa.String(120), nullable=False),
        sa.Column("gain", sa.Integer(), nullable=False),
        sa.Column("new_voice", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.BigInteger(), nullable=False),
        sa.Column("tie", sa.String(16), nullable=False),
        sa.Column("pair_with", sa.Uuid()),
        sa.Column("sentence", sa.Text(), nullable=False),
        sa.Column("explanation", sa.JSON(), nullable=False),
        sa.Column("blocks", sa.JSON(), nullable=False),
        sa.Column("invitation_id", sa.Uuid()),
        sa.Column("reply_by", sa.Date()),
        sa.Column("asked_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["opportunity_id"], ["opportunities.id"], name="fk_matches_opportunity_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_matches"),
        sa.UniqueConstraint("invitation_id", name="uq_matches_invitation_id"),
    )
    op.create_index("ix_matches_pair_with", "matches", ["pair_with"])
    op.create_index("ix_matches_participant_id", "matches", ["participant_id"])
    op.create_index("ix_matches_queue", "matches", ["opportunity_id", "state", "rank", "tie"])
    op.create_index(
        "uq_matches_live",
        "matches",
        ["opportunity_id", "participant_id"],
        unique=True,
        sqlite_where=live,
        postgresql_where=live,
    )


def _create_decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("match_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", _TIME, nullable=False),
        sa.Column("undone_at", _TIME),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name="fk_decisions_match_id"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_index("ix_decisions_match_id", "decisions", ["match_id"])


def _create_seats() -> None:
    op.create_table(
        "seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("match_id", sa.Uuid()),
        sa.Column("member_id", sa.Uuid()),
        sa.Column("participant_id", sa.Uuid()),
        sa.Column("filled_at", _TIME),
        sa.CheckConstraint(
            "(state = 'filled') = (match_id IS NOT NULL OR member_id IS NOT NULL)",
            name="ck_seats_filled_by_someone",
        ),
        sa.ForeignKeyConstraint(["match_id"], ["matches.id"], name="fk_seats_match_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_seats_member_id"),
        sa.ForeignKeyConstraint(
            ["opportunity_id"],
            ["opportunities.id"],
            name="fk_seats_opportunity_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_seats"),
        sa.UniqueConstraint("match_id", name="uq_seats_match_id"),
        sa.UniqueConstraint("member_id", name="uq_seats_member_id"),
        sa.UniqueConstraint("opportunity_id", "number", name="uq_seats_opportunity_id_number"),
    )
    op.create_index("ix_seats_participant_id", "seats", ["participant_id"])


def downgrade() -> None:
    for table in (
        "seats",
        "decisions",
        "matches",
        "seat_terms",
        "feedback",
        "members",
        "targets",
        "opportunities",
        "profiles",
        "participants",
        "erased_participants",
        "consents",
    ):
        op.drop_table(table)
