"""The first tables of outreach. Matching profile and monitoring are two stores from here on."""

import sqlalchemy as sa
from alembic import op

from services.runtime.migration_steps import create_event_tables

revision = "outreach_0001"
down_revision = None
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    create_event_tables()
    _create_accounts()
    _create_contacts()
    _create_participants()
    _create_what_hangs_on_participants()
    _create_monitoring()


def _create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False, comment="sealed with the account's own key"),
        sa.Column("email_index", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("wrapped_key", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), comment="argon2id"),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("team_id", sa.String(length=60)),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("disabled_at", _TIME),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("email_index", name="uq_accounts_email_index"),
    )
    op.create_index("ix_accounts_organisation_id", "accounts", ["organisation_id"])
    op.create_table(
        "sign_in_tries",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("email_index", sa.String(length=64), nullable=False),
        sa.Column("sender_index", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_sign_in_tries"),
    )
    op.create_index("ix_sign_in_tries_email", "sign_in_tries", ["email_index", "at"])
    op.create_index("ix_sign_in_tries_sender", "sign_in_tries", ["sender_index", "at"])
    op.create_table(
        "sign_ins",
        sa.Column("session_id", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("session_id", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_account_id", "sign_ins", ["account_id"])
    op.create_index("ix_sign_ins_ends_at", "sign_ins", ["ends_at"])


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("team_id", sa.String(length=60)),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("contacted_on", sa.Date(), nullable=False),
        sa.Column("venue", sa.String(length=120), nullable=False),
        sa.Column("venue_kind", sa.String(length=40), nullable=False),
        sa.Column("area_code", sa.String(length=12), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False, comment="one_to_one or group"),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("barriers", sa.JSON(), nullable=False),
        sa.Column("familiarity", sa.String(length=30)),
        sa.Column("asked", sa.Text(), comment="what was asked, sealed"),
        sa.Column("notes", sa.Text(), comment="sealed"),
        sa.Column("follow_up_on", sa.Date()),
        sa.Column("follow_up_done_at", _TIME),
        sa.Column("recorded_at", _TIME, nullable=False, comment="by the device's clock"),
        sa.Column("received_at", _TIME, nullable=False, comment="by ours"),
        sa.Column("clock_skewed", sa.Boolean(), nullable=False),
        sa.Column(
            "body_index",
            sa.String(length=64),
            nullable=False,
            comment="keyed hash of the first body",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_area_code", "contacts", ["area_code"])
    op.create_index("ix_contacts_follow_up_on", "contacts", ["follow_up_on"])
    op.create_index("ix_contacts_mine", "contacts", ["account_id", "received_at"])
    op.create_index("ix_contacts_organisation_id", "contacts", ["organisation_id"])
    op.create_table(
        "person_keys",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name="pk_person_keys"),
    )
    op.create_table(
        "tombstones",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("erased_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tombstones"),
    )


def _create_participants() -> None:
    op.create_table(
        "participants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column("team_id", sa.String(length=60)),
        sa.Column("registered_by", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), comment="the contact they were met at"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="sealed"),
        sa.Column("phone", sa.Text(), comment="E.164, sealed"),
        sa.Column("email", sa.Text(), comment="sealed"),
        sa.Column("postal_address", sa.Text(), comment="sealed"),
        sa.Column("phone_index", sa.String(length=64)),
        sa.Column("area_code", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("access_needs", sa.JSON(), nullable=False),
        sa.Column("communication_formats", sa.JSON(), nullable=False),
        sa.Column("availability", sa.JSON(), nullable=False),
        sa.Column(
            "prior_seats_elsewhere", sa.Integer(), nullable=False, comment="as the person told us"
        ),
        sa.Column(
            "answered_by", sa.String(length=12), nullable=False, comment="self, supported or proxy"
        ),
        sa.Column("recorded_at", _TIME, nullable=False),
        sa.Column("registered_at", _TIME, nullable=False),
        sa.Column("clock_skewed", sa.Boolean(), nullable=False),
        sa.Column(
            "body_index",
            sa.String(length=64),
            nullable=False,
            comment="keyed hash of the first body",
        ),
        sa.Column("merged_into", sa.Uuid()),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["participants.id"], name="fk_participants_merged_into"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_participants"),
    )
    op.create_index("ix_participants_area_code", "participants", ["area_code"])
    op.create_index("ix_participants_merged_into", "participants", ["merged_into"])
    op.create_index("ix_participants_mine", "participants", ["registered_by", "registered_at"])
    op.create_index("ix_participants_organisation_id", "participants", ["organisation_id"])
    op.create_index("ix_participants_phone_index", "participants", ["phone_index"])


def _create_what_hangs_on_participants() -> None:
    op.create_table(
        "held_seats",
        sa.Column("seat_id", sa.Uuid(), nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("opportunity_id", sa.Uuid(), nullable=False),
        sa.Column("filled_at", _TIME, nullable=False),
        sa.Column("released_at", _TIME),
        sa.PrimaryKeyConstraint("seat_id", "participant_id", name="pk_held_seats"),
    )
    op.create_index("ix_held_seats_participant_id", "held_seats", ["participant_id"])
    op.create_table(
        "merges",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("merged_by", sa.Uuid(), nullable=False),
        sa.Column("merged_at", _TIME, nullable=False),
        sa.Column("undone_by", sa.Uuid()),
        sa.Column("undone_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_merges"),
    )
    op.create_index("ix_merges_kept_id", "merges", ["kept_id"])
    op.create_index("ix_merges_merged_id", "merges", ["merged_id"])
    op.create_table(
        "consents",
        sa.Column("seq", _SEQ, autoincrement=True, nullable=False),
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=10)),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording_version", sa.String(length=40), nullable=False),
        sa.Column("wording_language", sa.String(length=35), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("evidence", sa.String(length=40), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), comment="none: the person, by a reply"),
        sa.Column("received_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name="fk_consents_participant_id"
        ),
        sa.PrimaryKeyConstraint("seq", name="pk_consents"),
    )
    op.create_index("ix_consents_participant_id", "consents", ["participant_id"])
    op.create_table(
        "matching_profile",
        sa.Column("participant_id", sa.Uuid(), nullable=False),
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("list_version", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["participant_id"], ["participants.id"], name="fk_matching_profile_participant_id"
        ),
        sa.PrimaryKeyConstraint("participant_id", "list_id", "code", name="pk_matching_profile"),
    )


def _create_monitoring() -> None:
    op.create_table(
        "monitoring_answers",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("list_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("list_version", sa.String(length=20), nullable=False),
        sa.Column("organisation_id", sa.String(length=60), nullable=False),
        sa.Column(
            "period", sa.String(length=7), nullable=False, comment="quarter, such as 2026-Q4"
        ),
        sa.PrimaryKeyConstraint("subject", "list_id", "code", name="pk_monitoring_answers"),
    )
    op.create_index(
        "ix_monitoring_answers_organisation_id", "monitoring_answers", ["organisation_id"]
    )
