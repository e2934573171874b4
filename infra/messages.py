"""What the pages say, gathered for translation.

    make messages

Writes every message that is new into the catalogues, empty, and takes out those that nothing says
any more. A catalogue says `X-Reviewed: no` until a speaker of the language has checked it.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from schemas import vocabulary
from schemas.outreach_codes import COMMUNICATION_FORMATS, FAMILIARITY, VENUE_KINDS
from services.notifications import composing, formats
from services.notifications.pages import wording as shown
from services.outreach import choices, consent_wording, learning
from services.outreach.pages import shared
from services.runtime.pages import navigation

ROOT = Path(__file__).parents[1]
OUTREACH = ROOT / "services" / "outreach"
RUNTIME = ROOT / "services" / "runtime" / "pages"
NOTIFICATIONS = ROOT / "services" / "notifications"
TEMPLATE = NOTIFICATIONS / "locales" / "messages.pot"
LANGUAGES = ("cy", "pl", "ur", "ar")

# What only programs are told, by the API, and administrators, in English.
API_ONLY = (
    "api",
    "accounts.py",
    "administering.py",
    "administration.py",
    "organisation.py",
    "account_bodies.py",
    "bodies.py",
    "handlers.py",
    "paging.py",
    "subject_access.py",
)
METHODS = [
    ("**/migrations/**", "ignore"),
    ("**/templates/administration/**", "ignore"),
    *((f"**/{name}", "ignore") for name in ("api/**", *API_ONLY[1:])),
    ("**.py", "python"),
    ("**/templates/**.html", "jinja2"),
]
OPTIONS = {"**/templates/**.html": {"extensions": "jinja2.ext.i18n,jinja2.ext.do"}}
# Beside the usual ones: what is said after a form, and what is refused.
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "DomainError", "Conflict", "NotFound", "Gone")),
    "ngettext": (1, 2),
    "moved": (2,),
}
Message = str | tuple[str, str]


def outreach_messages() -> set[Message]:
    """Everything that outreach's pages can say."""
    return {*_in_code(OUTREACH), *_constants(OUTREACH), *_answers(), *_induction()}


def runtime_messages() -> set[Message]:
    """Everything that the layout, the shared components and the menu can say."""
    return {*_in_code(RUNTIME), *_menu()}


def notifications_messages() -> set[Message]:
    """Everything that the coordinators' pages of messages can say. Nobody translates them yet."""
    return {*_in_code(NOTIFICATIONS), *_constants(NOTIFICATIONS), *_states()}


def _states() -> Iterator[str]:
    """What states, channels and kinds of messages are called, and what tasks say."""
    for named in (shown.INVITATION_STATES, shown.MESSAGE_STATES, shown.TEMPLATE_STATES):
        yield from (text for text, _colour in named.values())
    for words in (shown.CHANNELS, shown.MEANINGS, shown.OTHER_KINDS, shown.FORMS):
        yield from words.values()
    yield from (*composing.KIND_WORDS.values(), *formats.TASK_WORDS.values())
    yield shown.meaning("")


def template_of(wanted: set[Message]) -> bytes:
    """A catalogue without translations, from which a language begins."""
    made, out = Catalog(project="New Voices", fuzzy=False), io.BytesIO()
    for message in wanted:
        made.add(message)
    write_po(out, made, width=100, sort_output=True, omit_header=True)
    return out.getvalue().strip() + b"\n"


def _menu() -> Iterator[str]:
    for area in navigation.AREAS:
        yield area.name
        yield from (text for text, *_ in area.links)


def _in_code(folder: Path) -> Iterator[Message]:
    found = extract_from_dir(str(folder), METHODS, OPTIONS, KEYWORDS)
    for path, _line, message, _comments, _context in found:
        if "styleguide" in path or path.endswith("api.html"):
            continue
        text = message if isinstance(message, str) else (message[0], message[1])
        if text:
            yield text


def _constants(folder: Path) -> Iterator[str]:
    """Sentences that a module names before it says them: `ADULTS_ONLY = "…"`, `SENTENCES = {…}`."""
    for path in sorted(folder.rglob("*.py")):
        if "migrations" in path.parts or {*API_ONLY} & {path.name, path.parent.name}:
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                names = node.targets if isinstance(node, ast.Assign) else [node.target]
                if any(isinstance(name, ast.Name) and name.id.isupper() for name in names):
                    yield from _sentences(node.value)


def _sentences(value: ast.expr) -> Iterator[str]:
    values = value.values if isinstance(value, ast.Dict) else [value]
    for one in values:
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and _is_sentence(one.value):
            yield one.value


def _is_sentence(text: str) -> bool:
    return " " in text and "\n" not in text and text.endswith(".") and text[0].isupper()


def _answers() -> Iterator[str]:
    """Questions and the answers that they offer."""
    for list_id in (*choices.PROFILE_LISTS, "lived_experience", "access_needs", "barriers"):
        found = vocabulary.code_list(list_id)
        if list_id not in ("access_needs", "barriers"):
            yield from (found.label, found.short)
        yield from (label for _code, label in choices.of_list(list_id))
    for codes in (VENUE_KINDS, FAMILIARITY, COMMUNICATION_FORMATS):
        yield from codes.values()
    yield from choices.WEEKDAYS
    yield from (*choices.PARTS_OF_DAY.values(), *choices.MODES.values())
    yield from choices.NOT_IN_CLDR.values()
    yield from (*shared.CONSENTS.values(), *shared.GROUP_NAMES.values())


def _induction() -> Iterator[str]:
    for part in learning.PARTS.values():
        yield part.title
        for paragraphs in (part.paragraphs, *part.for_role.values()):
            yield from paragraphs
    for wordings in consent_wording.TEXTS.values():
        for wording in wordings.values():
            yield from wording.sentences


def catalogue(folder: Path, code: str) -> Catalog:
    with path_of(folder, code).open("rb") as file:
        return read_po(file, locale=code)


def path_of(folder: Path, code: str) -> Path:
    return folder / "locales" / code / "LC_MESSAGES" / "messages.po"


def missing(known: Catalog, wanted: Iterable[Message]) -> list[Message]:
    """Messages without a translation in a catalogue, in a fixed order."""
    lacking = []
    for message in wanted:
        entry = known.get(message if isinstance(message, str) else message[0])
        said = entry.string if entry else ""
        if not (all(said) if isinstance(said, tuple | list) else said):
            lacking.append(message)
    return sorted(lacking, key=str)


def update(folder: Path, wanted: set[Message]) -> int:
    """Add what is new to each language's catalogue, take out what is gone; how many are empty."""
    keep = {message if isinstance(message, str) else message[0] for message in wanted}
    empty = 0
    for code in LANGUAGES:
        known = catalogue(folder, code)
        lacking = missing(known, wanted)
        for message in lacking:
            known.add(message)
        for entry in list(known):
            if entry.id and (entry.id if isinstance(entry.id, str) else entry.id[0]) not in keep:
                known.delete(entry.id)
        empty += len(lacking)
        write(folder, code, known)
    return empty


def write(folder: Path, code: str, known: Catalog) -> None:
    """Write a catalogue in the order of its messages. The header stays as a person wrote it."""
    path = path_of(folder, code)
    header, _, _ = path.read_bytes().partition(b"\n\n")
    out = io.BytesIO()
    write_po(out, known, width=100, sort_output=True, omit_header=True)
    path.write_bytes(header + b"\n\n" + out.getvalue().strip() + b"\n")


def main() -> int:
    empty = update(OUTREACH, outreach_messages()) + update(RUNTIME, runtime_messages())
    TEMPLATE.write_bytes(template_of(notifications_messages()))
    print(f"{empty} messages wait for a translation")
    return 0


if __name__ == "__main__":
    sys.exit(main())
