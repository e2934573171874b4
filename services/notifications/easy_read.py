"""Easy Read: one idea a line, short sentences, a picture beside each."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

from markupsafe import Markup

from services.notifications.letter import unguard
from services.notifications.templating import TemplateProblem

_PICTURES = resources.files("services.notifications") / "message_templates" / "pictures"


@dataclass(frozen=True, slots=True)
class Row:
    """One idea. picture: an SVG drawing; it repeats the words, so screen readers skip it."""

    picture_name: str
    picture: Markup
    words: str


@cache
def _picture(name: str) -> Markup:
    """A drawing we ship. Raises TemplateProblem for a name that is not among them."""
    if name not in picture_names():
        known = ", ".join(sorted(picture_names()))
        raise TemplateProblem(f'There is no picture "{name}". Use one of: {known}.')
    return Markup((_PICTURES / f"{name}.svg").read_text("utf-8"))  # noqa: S704 - our own files


@cache
def picture_names() -> frozenset[str]:
    """Names of the drawings, for templates."""
    return frozenset(
        f.name.removesuffix(".svg") for f in _PICTURES.iterdir() if f.name.endswith(".svg")
    )


def easy_read_rows(text: str) -> tuple[Row, ...]:
    """Rows of a filled Easy Read template: lines of "picture | words"."""
    rows = []
    for line in text.splitlines():
        if not line.strip():
            continue
        name, bar, said = line.partition("|")
        if not bar or not said.strip():
            raise TemplateProblem('Each Easy Read line is "picture | words".')
        rows.append(Row(name.strip(), _picture(name.strip()), unguard(said).strip()))
    return tuple(rows)
