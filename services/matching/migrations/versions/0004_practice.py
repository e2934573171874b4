"""The practice library: articles, tags, steps of review, and the full-text index.

Revision: matching_0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "matching_0004"
down_revision = "matching_0003"
branch_labels = None
depends_on = None

_SEQ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "practice_articles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.String(60), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("summary", sa.String(300), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("credit", sa.String(200), nullable=False),
        sa.Column("made_up", sa.Boolean(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("published_at", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_practice_articles"),
    )
    op.create_index(
        "ix_practice_articles_organisation_id_state",
        "practice_articles",
        ["organisation_id", "state"],
    )
    op.create_index("ix_practice_articles_shared_state", "practice_articles", ["shared", "state"])
    _create_tags_and_steps()
    _create_search()


def _create_tags_and_steps() -> None:
    op.create_table(
        "practice_tags",
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "kind", "code", name="pk_practice_tags"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["practice_articles.id"],
            name="fk_practice_tags_article_id_practice_articles",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_practice_tags_kind_code", "practice_tags", ["kind", "code"])
    op.create_table(
        "practice_steps",
        sa.Column("id", _SEQ, autoincrement=True, nullable=False),
        sa.Column("article_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.String(8), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice_steps"),
        sa.ForeignKeyConstraint(
            ["article_id"],
            ["practice_articles.id"],
            name="fk_practice_steps_article_id_practice_articles",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_practice_steps_article_id", "practice_steps", ["article_id"])


def _create_search() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE practice_fts USING fts5(article_id UNINDEXED, title, summary,"
            " tags, body, tokenize = 'porter unicode61')"
        )
        return
    op.execute(
        "CREATE TABLE practice_fts (article_id uuid PRIMARY KEY REFERENCES practice_articles (id)"
        " ON DELETE CASCADE, document tsvector NOT NULL)"
    )
    op.execute("CREATE INDEX ix_practice_fts_document ON practice_fts USING gin (document)")


def downgrade() -> None:
    for table in ("practice_fts", "practice_steps", "practice_tags", "practice_articles"):
        op.drop_table(table)
