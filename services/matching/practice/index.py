"""Full-text search behind one set of functions: FTS5 on SQLite, tsvector on PostgreSQL.

Both stem English words (FTS5 with Porter's algorithm, PostgreSQL with its `english`
configuration), find a word by its beginning, need every word of the question, and rank a word in
the title before one in the summary, the tags and the text.

The table `practice_fts` is made by the migration. It is no model, because FTS5 has no column types;
`migrations.differences` leaves tables with `_fts` in their name out.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Float, Subquery, Uuid, bindparam, text
from sqlalchemy.orm import Session

from services.matching.practice.words import plain

_PUT = {
    "sqlite": "INSERT INTO practice_fts (article_id, title, summary, tags, body)"
    " VALUES (:article_id, :title, :summary, :tags, :body)",
    "postgresql": "INSERT INTO practice_fts (article_id, document) VALUES (:article_id,"
    " setweight(to_tsvector('english', :title), 'A')"
    " || setweight(to_tsvector('english', :summary), 'B')"
    " || setweight(to_tsvector('english', :tags), 'C')"
    " || setweight(to_tsvector('english', :body), 'D'))",
}
# Weights of title, summary, tags and text. bm25 counts a better match lower, ts_rank higher.
_FIND = {
    "sqlite": "SELECT article_id, bm25(practice_fts, 0, 10, 4, 2, 1) AS distance"
    " FROM practice_fts WHERE practice_fts MATCH :question",
    "postgresql": "SELECT article_id,"
    " -ts_rank('{0.1, 0.2, 0.4, 1.0}', document, to_tsquery('english', :question)) AS distance"
    " FROM practice_fts WHERE document @@ to_tsquery('english', :question)",
}
_DROP = text("DELETE FROM practice_fts WHERE article_id = :article_id").bindparams(
    bindparam("article_id", type_=Uuid())
)


def put(
    session: Session, article_id: UUID, *, title: str, summary: str, tags: str, body: str
) -> None:
    """Index an article, in place of what was indexed of it before."""
    drop(session, article_id)
    statement = text(_PUT[_dialect(session)]).bindparams(bindparam("article_id", type_=Uuid()))
    parts = {"title": title, "summary": summary, "tags": tags, "body": body}
    indexed = {name: plain(part) for name, part in parts.items()}
    session.execute(statement, {"article_id": article_id, **indexed})


def drop(session: Session, article_id: UUID) -> None:
    """Take an article out of the index, if it is in it."""
    session.execute(_DROP, {"article_id": article_id})


def matches(session: Session, terms: Sequence[str]) -> Subquery:
    """Articles with every term, as a subquery of (article_id, distance): the nearest is smallest.

    Terms hold letters and digits only (see `words.terms`), so none can end the expression.
    """
    dialect = _dialect(session)
    if dialect == "sqlite":
        question = " AND ".join(f'"{term}"*' for term in terms)
    else:
        question = " & ".join(f"{term}:*" for term in terms)
    found = text(_FIND[dialect]).bindparams(question=question)
    return found.columns(article_id=Uuid(), distance=Float()).subquery()


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
