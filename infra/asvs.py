"""The list of what is met of OWASP ASVS 5.0, written from `docs/security/asvs/*.toml`.

    python -m infra.asvs          write docs/security/asvs.md anew
    python -m infra.asvs --left   what is partly met or not met, one line each

A file a chapter; each requirement of level 1 and 2 has its id, what it asks for in our words, its
state, what shows it (`tests/…::name`, or a document), and what is missing or why it does not apply.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ROOT / "docs" / "security" / "asvs"
PAGE = ROOT / "docs" / "security" / "asvs.md"
STATES = ("met", "partly", "not met", "yours", "does not apply")

# The level of each requirement, section by section, as published in May 2025 (version 5.0.0):
# the n-th digit is the level of the n-th requirement of the section.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333",
    "6.6": "2223", "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222",
    "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip

HEAD = """\
# OWASP ASVS 5.0, level 2: what is met, and what shows it

Every requirement of levels 1 and 2, one line each, in our words: the standard's own are longer.
Made by `python -m infra.asvs` from the files in [asvs](asvs); a test compares the two, and the list
with the standard's numbers and with the tree. "Met" names the tests that fail when it no longer
holds, or a document where no test can show it. "Partly" and "not met" say what is missing, "yours"
what falls to the organisation that runs the service. Judged by ourselves; nobody else has verified
it.
"""


@dataclass(frozen=True)
class Line:
    """One requirement. `shown` are `path` or `path::test`; `says` is what is missing, or why."""

    id: str
    level: int
    asks: str
    state: str
    shown: tuple[str, ...]
    says: str


@dataclass(frozen=True)
class Chapter:
    number: int
    title: str
    lines: tuple[Line, ...]


def wanted() -> dict[str, int]:
    """Ids of all requirements of levels 1 and 2 with their level, in the standard's order."""
    return {
        f"{section}.{number}": int(level)
        for section, levels in LEVELS.items()
        for number, level in enumerate(levels, 1)
        if level in "12"
    }


def chapters(folder: Path = DATA) -> list[Chapter]:
    return [_chapter(path) for path in sorted(folder.glob("*.toml"))]


def _chapter(path: Path) -> Chapter:
    read = tomllib.loads(path.read_text(encoding="utf-8"))
    title, levels = read.pop("title"), wanted()
    lines = [
        Line(
            one,
            levels.get(one, 0),
            said.pop("asks"),
            said.pop("state"),
            tuple(said.pop("shown", ())),
            said.pop("says", ""),
        )
        for one, said in read.items()
    ]
    unknown = sorted({key for said in read.values() for key in said})
    if unknown:
        raise ValueError(f"{path.name} holds {', '.join(unknown)}")
    return Chapter(int(path.stem), title, tuple(lines))


def page(made: list[Chapter]) -> str:
    """The document as Markdown."""
    parts = [HEAD, _counts(made)]
    for chapter in made:
        parts += [
            f"## {chapter.number} {chapter.title}",
            "| id | level | asks for | state | shown by, or missing |\n|---|---|---|---|---|\n"
            + "\n".join(_row(line) for line in chapter.lines)
            + "\n",
        ]
    return "\n".join(parts)


def _counts(made: list[Chapter]) -> str:
    counts = Counter((line.state, line.level) for chapter in made for line in chapter.lines)
    rows = [
        f"| {state} | {counts[state, 1]} | {counts[state, 2]} |"
        for state in STATES
        if counts[state, 1] + counts[state, 2]
    ]
    return "\n".join(["| state | level 1 | level 2 |", "|---|---|---|", *rows, ""])


def _row(line: Line) -> str:
    shown = ", ".join(_named(one) for one in line.shown)
    told = " ".join(part for part in (line.says, shown) if part)
    return f"| {line.id} | {line.level} | {line.asks} | {line.state} | {told} |"


def _named(shown: str) -> str:
    path, _, test = shown.partition("::")
    if test:
        return f"`{path.removeprefix('tests/')}::{test}`"
    near = path.startswith("docs/security/")
    return f"[{path}]({path.removeprefix('docs/security/') if near else '../../' + path})"


def main(arguments: list[str]) -> int:
    made = chapters()
    if "--left" in arguments:
        for line in (line for chapter in made for line in chapter.lines):
            if line.state in ("partly", "not met"):
                print(f"{line.id:8} level {line.level}  {line.state:8} {line.says or line.asks}")
        return 0
    PAGE.write_text(page(made), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
