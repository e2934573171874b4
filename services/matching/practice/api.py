"""The HTTP API of the practice library."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from services.matching.bodies import On
from services.matching.practice import commands, queries
from services.matching.practice.bodies import (
    ArticleBody,
    ArticleList,
    ArticleSaved,
    ArticleView,
    CoProduction,
    For,
    Return,
    Setting,
    Submit,
)
from services.runtime import lists
from services.runtime.conditions import IfMatch, etag, revision_of
from services.runtime.security.permissions import Permission
from services.runtime.web import Context, allowed, created, json_with_etag

router = APIRouter(prefix="/api/v1/practice", tags=["practice"])

Id = Annotated[UUID, Path(examples=["0198f2a0-0000-7000-8000-000000000001"])]


@router.get("/co-production")
async def read_definition(
    _context: Context = allowed(Permission.PRACTICE_READ),
) -> CoProduction:
    """What co-production is and its four principles, in the words that all pages use."""
    return queries.co_production()


@router.get("/articles")
async def list_articles(
    page: lists.Paged,
    context: Context = allowed(Permission.PRACTICE_READ),
    q: Annotated[str, Query(max_length=200, description="words; all must be in it")] = "",
    barrier: Annotated[str, Query(max_length=40)] = "",
    setting: Setting | None = None,
    role: For | None = None,
    shelf: queries.Shelf = "library",
) -> ArticleList:
    """Search the library: yours, and what other organisations shared; the best match first,
    without words the newest."""
    wanted = queries.Wanted(q, barrier, setting or "", role or "", shelf, page)
    return await context.query(queries.articles, context.principal, wanted)


@router.post("/articles", status_code=201, response_model=ArticleSaved)
async def write_article(
    body: ArticleBody, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    """Keep a draft of an example or a case study."""
    answer = await context.command(commands.write, body, 201)
    saved = ArticleSaved.model_validate_json(bytes(answer.body))
    return created(f"{context.request.url.path}/{saved.article_id}", answer)


@router.get(
    "/articles/{article_id}",
    response_model=ArticleView,
)
async def read_article(
    article_id: Id, context: Context = allowed(Permission.PRACTICE_READ)
) -> Response:
    """One article."""
    view = await context.query(queries.article, context.principal, article_id)
    return json_with_etag(view, etag(view.revision))


@router.put(
    "/articles/{article_id}",
    response_model=ArticleSaved,
)
async def rewrite_article(
    article_id: Id,
    body: ArticleBody,
    if_match: IfMatch = None,
    context: Context = allowed(Permission.PRACTICE_WRITE),
) -> Response:
    """Replace the text of your draft, or of what was returned to you."""
    change = commands.Rewrite(article_id, revision_of(if_match), body)
    return await context.command(commands.rewrite, change)


@router.post("/articles/{article_id}/submit", response_model=ArticleSaved)
async def submit_article(
    article_id: Id, body: Submit, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    """Send your article to a second person."""
    return await context.command(commands.submit, On(article_id, body))


@router.post("/articles/{article_id}/publish", response_model=ArticleSaved)
async def publish_article(
    article_id: Id, context: Context = allowed(Permission.PRACTICE_REVIEW)
) -> Response:
    """Publish what a colleague wrote. Nobody publishes their own."""
    return await context.command(commands.publish, On(article_id, None))


@router.post("/articles/{article_id}/return", response_model=ArticleSaved)
async def return_article(
    article_id: Id, body: Return, context: Context = allowed(Permission.PRACTICE_REVIEW)
) -> Response:
    """Return it to its author with a reason; a published article leaves the library."""
    return await context.command(commands.give_back, On(article_id, body))


@router.post("/articles/{article_id}/withdraw", response_model=ArticleSaved)
async def withdraw_article(
    article_id: Id, context: Context = allowed(Permission.PRACTICE_WRITE)
) -> Response:
    """Take your article back, to change it."""
    return await context.command(commands.withdraw, On(article_id, None))
