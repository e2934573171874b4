"""One small way of writing that becomes HTML, plain text, large print, an audio script and more.

Lines: "# Heading", "- point", "[words](https://…)" for a link, a blank line between paragraphs.
Values filled in by placeholders are marked while a template is rendered, so that a name or title
with such signs in it stays text.
"""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

_OPEN = "\ue000"
_BRACKETS = str.maketrans({"[": "\ue001", "]": "\ue002"})
_BRACKETS_BACK = str.maketrans({"\ue000": None, "\ue001": "[", "\ue002": "]"})
_PRIVATE = re.compile("[\ue000-\ue002]")
_LINK = re.compile(r"\[([^\[\]]+)\]\((https://[^\s()<>\"]+)\)")
_PHONE = re.compile(r"(?<![\w/])(?:\+44|0)[\d ]{8,14}\d")


def guard(value: str) -> str:
    """`value` as literal text inside a letter: no line, heading, point or link can come of it."""
    flat = " ".join(_PRIVATE.sub("", value).split())
    return _OPEN + flat.translate(_BRACKETS)


def unguard(text: str) -> str:
    """Text as a reader sees it."""
    return text.translate(_BRACKETS_BACK)


@dataclass(frozen=True, slots=True)
class Span:
    """Words, or a link if `url` is set."""

    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """kind: "heading", "paragraph" or "points"; a points block has several lines of spans."""

    kind: str
    lines: tuple[tuple[Span, ...], ...]


def _spans(line: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    unguarded_url = line.replace(_OPEN, "") if _OPEN in line else line
    for match in _LINK.finditer(unguarded_url):
        if match.start() > at:
            spans.append(Span(unguard(unguarded_url[at : match.start()])))
        spans.append(Span(unguard(match[1]), match[2]))
        at = match.end()
    if at < len(unguarded_url):
        spans.append(Span(unguard(unguarded_url[at:])))
    return tuple(spans)


def parse(text: str) -> tuple[Block, ...]:
    """Blocks of a rendered letter."""
    blocks: list[Block] = []
    paragraph: list[str] = []
    points: list[tuple[Span, ...]] = []

    def close() -> None:
        if paragraph:
            blocks.append(Block("paragraph", (_spans(" ".join(paragraph)),)))
            paragraph.clear()
        if points:
            blocks.append(Block("points", tuple(points)))
            points.clear()

    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("# "):
            close()
            blocks.append(Block("heading", (_spans(line[2:]),)))
        elif line.startswith("- "):
            if paragraph:
                close()
            points.append(_spans(line[2:]))
        elif not line.replace(_OPEN, ""):
            close()
        else:
            if points:
                close()
            paragraph.append(line)
    close()
    return tuple(blocks)


def _plain_spans(spans: tuple[Span, ...]) -> str:
    return "".join(f"{s.text}: {s.url}" if s.url else s.text for s in spans)


def to_plain(blocks: tuple[Block, ...]) -> str:
    """The plain text twin: the same words in the same order."""
    lines: list[str] = []
    for block in blocks:
        mark = {"heading": "", "points": "- "}.get(block.kind, "")
        rendered = [mark + _plain_spans(line) for line in block.lines]
        if block.kind == "heading":
            rendered = [f"{line}\n{'-' * min(len(line), 60)}" for line in rendered]
        lines.append("\n".join(rendered))
    return "\n\n".join(lines) + "\n"


def _html_spans(spans: tuple[Span, ...]) -> Markup:
    pieces = [
        Markup('<a href="{}">{}</a>').format(s.url, s.text) if s.url else _with_phone_links(s.text)
        for s in spans
    ]
    return Markup("").join(pieces)


def _with_phone_links(text: str) -> Markup:
    """Phone numbers can be tapped; on a screen reader they are links like any other."""
    out = Markup("")
    at = 0
    for match in _PHONE.finditer(text):
        digits = match[0].replace(" ", "")
        out += escape(text[at : match.start()])
        out += Markup('<a href="tel:{}" dir="ltr">{}</a>').format(digits, match[0])
        at = match.end()
    return out + escape(text[at:])


def to_html(blocks: tuple[Block, ...]) -> Markup:
    """The body of a page: h2 for headings (the subject is its h1), p, and ul."""
    out: list[Markup] = []
    for block in blocks:
        lines = [_html_spans(line) for line in block.lines]
        if block.kind == "heading":
            out.append(Markup("<h2>{}</h2>").format(lines[0]))
        elif block.kind == "points":
            items = Markup("").join(Markup("<li>{}</li>").format(line) for line in lines)
            out.append(Markup("<ul>{}</ul>").format(items))
        elif _is_button(block):
            span = block.lines[0][0]
            out.append(
                Markup('<p><a class="button" href="{}">{}</a></p>').format(span.url, span.text)
            )
        else:
            out.append(Markup("<p>{}</p>").format(lines[0]))
    return Markup("\n").join(out)


def _is_button(block: Block) -> bool:
    """A link alone in its paragraph is the thing to do, and is drawn large."""
    return len(block.lines) == 1 and len(block.lines[0]) == 1 and bool(block.lines[0][0].url)


def to_audio_script(blocks: tuple[Block, ...]) -> str:
    """Words to be read aloud: no links, phone numbers digit by digit, a pause at each heading."""
    lines: list[str] = []
    for block in blocks:
        if _is_button(block):
            continue
        for spans in block.lines:
            said = "".join(s.text for s in spans)
            said = _PHONE.sub(lambda m: _digit_by_digit(m[0]), said).rstrip()
            if said and said[-1] not in ".?!:؟۔":
                said += "."
            lines.append(f"[pause]\n{said}" if block.kind == "heading" else said)
    return "\n".join(lines) + "\n"


def _digit_by_digit(number: str) -> str:
    groups = number.replace("+", "plus ").split()
    return ", ".join(g if g == "plus" else " ".join(g) for g in groups)


def to_text_relay(blocks: tuple[Block, ...]) -> str:
    """Plain text whose phone numbers can be dialled through Relay UK (prefix 18001)."""
    return _PHONE.sub(lambda m: f"18001 {m[0]}", to_plain(blocks))
