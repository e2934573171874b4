"""Figures read back from pages, and rows read by SQL of one's own."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from html import unescape
from typing import Any

from services.runtime.node import Node


def plain(markup: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


def tables_of(page: str) -> dict[str, list[list[str]]]:
    """The rows of each table by its caption, without the row of headings."""
    found = {}
    for table in re.findall(r"<table.*?</table>", page, re.S):
        rows = [
            [plain(cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)]
            for row in re.findall(r"<tr.*?</tr>", table, re.S)
        ]
        caption = re.search(r"<caption[^>]*>(.*?)</caption>", table, re.S)
        assert caption
        found[plain(caption[1])] = rows[1:]
    return found


def figures_of(page: str) -> list[str]:
    """The large figures at the top of a page, in their order."""
    return [plain(value) for value in re.findall(r'class="nv-figures__value">(.*?)<', page, re.S)]


def counted(node: Node, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of a service's SQLite database, past everything the product uses to read them."""
    path = node.database.engine.url.database
    assert path
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()
