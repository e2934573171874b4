"""Writes a message from a template and facts, in the format the person needs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

import css_inline
from jinja2 import Environment, StrictUndefined
from jinja2 import Template as Page
from pydantic import ValidationError

from services.notifications import letter
from services.notifications.easy_read import easy_read_rows
from services.notifications.sms import Change, savings
from services.notifications.template_facts import FACTS, MessageFacts
from services.notifications.templating import (
    RIGHT_TO_LEFT,
    MissingPlaceholder,
    Template,
    TemplateProblem,
    builtin,
    fill,
    words,
)

_CODE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LAYOUTS = resources.files("services.notifications") / "message_templates" / "layouts"


class Format(StrEnum):
    """Forms one message can take. All but SMS are made from the letter or the Easy Read lines."""

    SMS = "sms"
    EMAIL = "email"
    LARGE_PRINT = "large_print"
    EASY_READ = "easy_read"
    AUDIO_SCRIPT = "audio_script"
    TEXT_RELAY = "text_relay"


@dataclass(frozen=True, slots=True)
class Written:
    """A message ready to go. html is empty for SMS, audio script and text relay.

    For EMAIL, `text` is the plain twin of `html`. For LARGE_PRINT and EASY_READ, `html` is a page
    for print (see `print_pdf`) and `text` holds the same words.
    """

    format: Format
    template_id: str
    language: str
    direction: str
    subject: str
    text: str
    html: str


def facts_for(kind: str, given: Mapping[str, object] | MessageFacts) -> MessageFacts:
    """`given` checked against the placeholders of `kind`.

    Raises MissingPlaceholder for a value that is not there, TemplateProblem for a wrong one.
    """
    if kind not in FACTS:
        raise TemplateProblem(f'There is no message of the kind "{kind}".')
    if isinstance(given, FACTS[kind]):
        return given
    try:
        return FACTS[kind].model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_context=False, include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
    if first["type"] in ("missing", "string_too_short", "too_short"):
        raise MissingPlaceholder(name)
    if first["type"] == "extra_forbidden":
        raise TemplateProblem(f'There is no placeholder "{name}" for this message.')
    raise TemplateProblem(f'The value for "{name}" cannot be used: {first["msg"]}.')


def _listed(codes: Sequence[str], table: Mapping[str, str], conjunction: str) -> str:
    """Codes as words: "travel, food and childcare". An organisation's own words stay as they are.

    Raises TemplateProblem for a code without words.
    """
    unknown = [code for code in codes if code not in table and _CODE.fullmatch(code)]
    if unknown:
        raise TemplateProblem(f'There are no words for the code "{unknown[0]}".')
    said = [w for w in (table.get(code, code) for code in dict.fromkeys(codes)) if w]
    if len(said) < 2:
        return "".join(said)
    return f"{', '.join(said[:-1])} {conjunction} {said[-1]}"


def payment_words(pence: int, unit: str, language: str) -> str:
    """ "£25 a session" in the reader's language; empty when nothing is paid.

    unit: "session", "hour" or "day".
    """
    if pence <= 0:
        return ""
    amount = f"£{pence // 100}" if pence % 100 == 0 else f"£{pence / 100:.2f}"
    return f"{amount} {words(language)['unit'][unit]}"


def context_of(facts: MessageFacts, language: str) -> dict[str, object]:
    """Facts and fixed words as the templates see them."""
    fixed = words(language)
    context = facts.model_dump()
    context["reply_cost"] = context["reply_cost"] or fixed["reply_cost"]
    for name, table in (("expenses", "expenses"), ("support", "support")):
        if name in context:
            context[name] = _listed(context[name], fixed[table], fixed["and"])
    if "why_you" in context:
        reasons = [fixed["why"][c] for c in context["why_you"] if c in fixed["why"]]
        context["why"] = " ".join(reasons or [fixed["why"]["general"]])
    if context.get("payment"):
        context["benefits_notice"] = fixed["benefits_notice"]
    return context


def _tidy_sms(text: str) -> str:
    """Lines without space at their ends, no empty lines; gentle replacements that save a part."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    tidied = "\n".join(line for line in lines if line)
    for saving in savings(tidied):
        if all(r.change is Change.TYPOGRAPHY for r in saving.replacements):
            return saving.text
    return tidied


def write(
    template: Template,
    given: Mapping[str, object] | MessageFacts,
    form: Format,
    *,
    unsubscribe_url: str = "",
) -> Written:
    """The message in one format. unsubscribe_url (https) is needed for EMAIL only.

    Raises MissingPlaceholder, or TemplateProblem when the template has no such form.
    """
    facts = facts_for(template.kind, given)
    context = context_of(facts, template.language)
    if form is Format.SMS:
        text = _tidy_sms(fill(_need(template.sms, form), context))
        return _written(template, form, "", text)
    subject = " ".join(fill(_need(template.subject, form), context).split())
    if form is Format.EASY_READ:
        rows = easy_read_rows(fill(_need(template.easy_read, form), context, letter=True))
        page = _layout("easy_read.html", template, subject, rows=rows)
        return _written(template, form, subject, "\n".join(r.words for r in rows) + "\n", page)
    blocks = letter.parse(fill(_need(template.letter, form), context, letter=True))
    match form:
        case Format.AUDIO_SCRIPT:
            return _written(template, form, subject, letter.to_audio_script(blocks))
        case Format.TEXT_RELAY:
            return _written(template, form, subject, letter.to_text_relay(blocks))
        case Format.LARGE_PRINT:
            page = _layout("large_print.html", template, subject, body=letter.to_html(blocks))
            return _written(template, form, subject, letter.to_plain(blocks), page)
    return _email(template, subject, blocks, facts, unsubscribe_url)


def _email(
    template: Template,
    subject: str,
    blocks: tuple[letter.Block, ...],
    facts: MessageFacts,
    unsubscribe_url: str,
) -> Written:
    if not unsubscribe_url.startswith("https://"):
        raise MissingPlaceholder("unsubscribe_url")
    fixed = words(template.language)
    about = fixed["email_about"].format(
        organisation=facts.organisation, contact_phone=facts.contact_phone
    )
    page = _layout(
        "email.html",
        template,
        subject,
        body=letter.to_html(blocks),
        about=about,
        unsubscribe=fixed["email_unsubscribe"],
        unsubscribe_url=unsubscribe_url,
    )
    inlined = css_inline.inline(page, load_remote_stylesheets=False, keep_style_tags=True)
    text = (
        f"{subject}\n{'=' * min(len(subject), 60)}\n\n{letter.to_plain(blocks)}\n"
        f"{about}\n{fixed['email_unsubscribe']}: {unsubscribe_url}\n"
    )
    return _written(template, Format.EMAIL, subject, text, inlined)


def _need(source: str, form: Format) -> str:
    if not source.strip():
        raise TemplateProblem(f"This message has no {form.value.replace('_', ' ')} form.")
    return source


def _direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _written(template: Template, form: Format, subject: str, text: str, html: str = "") -> Written:
    direction = _direction(template.language)
    return Written(form, template.id, template.language, direction, subject, text, html)


@cache
def _layout_page(name: str) -> Page:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.from_string((_LAYOUTS / f"{name}.j2").read_text("utf-8"))


def _layout(name: str, template: Template, subject: str, **more: object) -> str:
    return str(
        _layout_page(name).render(
            language=template.language,
            direction=_direction(template.language),
            subject=subject,
            **more,
        )
    )


def has_form(template: Template, form: Format) -> bool:
    """Whether `template` can be written in this format."""
    match form:
        case Format.SMS:
            return bool(template.sms.strip())
        case Format.EASY_READ:
            return bool(template.subject.strip() and template.easy_read.strip())
    return bool(template.subject.strip() and template.letter.strip())


def template_for(kind: str, language: str, form: Format) -> Template:
    """The newest shipped template that has this format: in `language`, or else in English.

    Look at `.language`. Raises TemplateProblem for a kind that is not known.
    """
    own = builtin(kind, language)
    return own if has_form(own, form) else builtin(kind)


def print_pdf(written: Written) -> bytes:
    """A tagged PDF (PDF/UA-1) of a LARGE_PRINT or EASY_READ message."""
    return pdf_of(written.html)


def pdf_of(html: str) -> bytes:
    """A page for print as a tagged PDF (PDF/UA-1)."""
    from weasyprint import HTML

    pdf = HTML(string=html).write_pdf(pdf_variant="pdf/ua-1")
    assert isinstance(pdf, bytes)
    return pdf
