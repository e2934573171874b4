"""Templates of messages: where they live, what they may hold, how their placeholders are filled.

Jinja2 in its immutable sandbox, cut down further to text, placeholders, conditions and loops over
a placeholder. A placeholder without a value is an error before anything is sent.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NoReturn

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2 import Template as CompiledTemplate
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.notifications.letter import guard
from services.notifications.template_facts import FACTS

_FOLDER = resources.files("services.notifications") / "message_templates"
LANGUAGES = ("en", "cy", "pl", "ur", "ar")
RIGHT_TO_LEFT = frozenset({"ur", "ar"})
COMPUTED = frozenset(
    {"why", "expenses", "support", "benefits_notice", "reply_cost", "organisation", "relay"}
)
"""Placeholders made from facts and words; the rest are the facts themselves."""


class TemplateProblem(ValueError):
    """A template that cannot be used; the message says what to change."""


class MissingPlaceholder(TemplateProblem):
    """A value the template needs is not there. Holds the placeholder's name, never a value."""

    def __init__(self, name: str) -> None:
        super().__init__(f'The message needs a value for "{name}". Fill it in before sending.')
        self.name = name


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one message in one language. Versions are never changed, only followed.

    sms: the text message. subject, letter: email and print (see `letter`). easy_read: one line
    an idea, "picture | words". Empty where a kind has no such form. reviewed: whether a
    first-language speaker has checked it. own: written by the organisation, not shipped.
    """

    kind: str
    language: str
    version: int
    sms: str
    subject: str = ""
    letter: str = ""
    easy_read: str = ""
    reviewed: bool = False
    own: bool = False

    @property
    def id(self) -> str:
        """ "invitation/en/1", or "invitation/en/own-1": kept with every message sent from it."""
        return f"{self.kind}/{self.language}/{'own-' if self.own else ''}{self.version}"


class _Missing(StrictUndefined):
    """Absent in a condition, an error in the text."""

    def __bool__(self) -> bool:  # type: ignore[override]
        return False

    def _fail_with_undefined_error(self, *_: Any, **__: Any) -> NoReturn:
        raise MissingPlaceholder(self._undefined_name or "?")

    __str__ = __iter__ = __len__ = __eq__ = __ne__ = __hash__ = _fail_with_undefined_error


def _as_text(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value


def _as_letter_text(value: Any) -> Any:
    return guard(value) if isinstance(value, str) else value


def _environment(finalize: Any) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        undefined=_Missing,
        finalize=finalize,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_TEXT = _environment(_as_text)
_LETTER = _environment(_as_letter_text)
_ALLOWED = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.If, nodes.For),
    *(nodes.Getattr, nodes.Const, nodes.Compare, nodes.Operand, nodes.Not, nodes.And, nodes.Or),
)


def _parse(source: str) -> nodes.Template:
    try:
        tree = _TEXT.parse(source)
    except TemplateSyntaxError as error:
        raise TemplateProblem(f"Line {error.lineno} cannot be read: {error.message}") from None
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            raise TemplateProblem(
                f"Line {node.lineno} holds more than text, placeholders and conditions."
            )
        if isinstance(node, nodes.For) and not isinstance(node.iter, nodes.Name):
            raise TemplateProblem(f"Line {node.lineno} may only go through a list placeholder.")
        if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
            raise TemplateProblem(f"Line {node.lineno} holds a name that is not a placeholder.")
    return tree


def placeholders(source: str) -> frozenset[str]:
    """Names a template asks for. Raises TemplateProblem."""
    names = {n.name for n in _parse(source).find_all(nodes.Name) if n.ctx == "load"}
    stored = {n.name for n in _parse(source).find_all(nodes.Name) if n.ctx == "store"}
    return frozenset(names - stored - {"loop"})


def check_placeholders(template: Template) -> None:
    """Raises TemplateProblem if any form of `template` cannot be read or asks for what is not."""
    known = COMPUTED | set(FACTS[template.kind].model_fields)
    for source in (template.sms, template.subject, template.letter, template.easy_read):
        for name in sorted(placeholders(source) - known):
            raise TemplateProblem(
                f'There is no placeholder "{name}" for this message. '
                f"Use one of: {', '.join(sorted(known))}."
            )


@lru_cache(maxsize=512)
def _compiled(source: str, letter: bool) -> CompiledTemplate:
    _parse(source)
    return (_LETTER if letter else _TEXT).from_string(source)


def fill(source: str, context: Mapping[str, object], *, letter: bool = False) -> str:
    """`source` with its placeholders filled. letter: values are guarded for `letter.parse`.

    Raises MissingPlaceholder or TemplateProblem.
    """
    compiled = _compiled(source, letter)
    present = {name: value for name, value in context.items() if value not in (None, "", [])}
    try:
        return compiled.render(present)
    except TemplateError as error:
        raise TemplateProblem(f"The message cannot be written: {type(error).__name__}.") from None


def _read(language: str, name: str) -> dict[str, Any]:
    return tomllib.loads((_FOLDER / language / name).read_text("utf-8"))


@cache
def words(language: str) -> dict[str, Any]:
    """Fixed words of messages in one language: reasons, costs, units, the email's footer."""
    return _read(language, "words.toml")


@cache
def builtin(kind: str, language: str = "en", version: int | None = None) -> Template:
    """The template we ship: this version, or the newest; in English if there is no other.

    Look at `.language` of what comes back. Raises TemplateProblem for a kind or version unknown.
    """
    if kind not in FACTS:
        raise TemplateProblem(f'There is no message of the kind "{kind}".')
    folder = _FOLDER / language if language in LANGUAGES else None
    versions = (
        sorted(
            int(file.name.split(".")[1])
            for file in folder.iterdir()
            if file.name.startswith(f"{kind}.") and file.name.endswith(".toml")
        )
        if folder is not None
        else []
    )
    if not versions and language != "en":
        return builtin(kind, "en", version)
    chosen = version if version is not None else (versions or [0])[-1]
    if chosen not in versions:
        raise TemplateProblem(f'There is no version {chosen} of "{kind}".')
    return Template(
        kind=kind, language=language, version=chosen, **_read(language, f"{kind}.{chosen}.toml")
    )
