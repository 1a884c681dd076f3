"""From the Markdown that models write to the messages that Telegram takes. Pure.

A message is plain text with entities beside it, so no output can break the markup, and what Telegram refuses is
the same text without entities. Parts are not numbered: they stand below each other, and a number would have to
change while an answer grows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from telegramify_markdown import RenderConfig, convert

from picklebot.model import words
from picklebot.model.choice import Buttons
from picklebot.platforms.telegram.cuts import Span, cuts, trimmed
from picklebot.platforms.telegram.rich.blocks import Block, marked
from picklebot.platforms.telegram.utf16 import sound, units, whole
from picklebot.replies.markdown.characters import visible
from picklebot.replies.markdown.inline import prose
from picklebot.replies.markdown.pieces import Code, Line, Piece, pieces
from picklebot.replies.markdown.prose import plainly
from picklebot.replies.markdown.tables import aligned

Entity = dict[str, Any]
"""A MessageEntity as JSON; offset and length are in UTF-16 units."""

REPEAT_MARK: Final = "↻ "
LIMIT: Final = 4096 - len(REPEAT_MARK)
"""UTF-16 units of one message, with room for the mark of a repeat."""

MOST_ENTITIES: Final = 100
"""Of one message; Telegram leaves out the others without a word, so those that only decorate go first."""

_MARKUP: Final = re.compile(r"[`*_~|\[\]\\&$#>=]|^[ \t]*[-+]", re.MULTILINE)
_STYLES: Final = frozenset(
    {
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
    }
)
_MATTERING: Final = ("text_link", "spoiler", "pre", "code")
_WHOLE: Final = frozenset({"text_link", "code"})
"""Entities that are not cut when there is another place to cut."""

_WEB_PAGE: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?<![(<\w])https?://[^\s<>()\[\]|]+", re.IGNORECASE)
_MARK: Final = re.compile(r"(?<=\w)[_~]|\*(?=\w)")
_LANGUAGE: Final = re.compile(r"[\w+#.-]{1,32}")
LESS_THAN: Final = "\ufdd0"
"""Stands for `<` while Markdown is read, which would take it for HTML and drop it. Unicode never assigns it."""
_UNWANTED: Final = {
    **dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F), " "),
    0x0D: None,
    ord(LESS_THAN): " ",
}


@dataclass(frozen=True, slots=True)
class Part:
    """What one message holds."""

    text: str
    entities: tuple[Entity, ...] = ()
    buttons: Buttons = ()
    rich: tuple[Block, ...] = ()
    """The same words as a rich message, where that shows more of them."""
    place: int = 0
    """Which part of its answer it is."""

    def modest(self) -> Part:
        """The same words with entities alone."""
        return replace(self, rich=())

    def plain(self) -> Part:
        """The same words without markup."""
        return replace(self, entities=(), rich=())

    def repeated(self) -> Part:
        """The same, marked as something that the chat may have seen already."""
        rich = marked(self.rich, REPEAT_MARK) if self.rich else ()
        return replace(self, text=REPEAT_MARK + self.text, entities=_moved(self.entities), rich=rich)


PLACEHOLDER: Final = Part("…")
"""Stands for an answer of which there is nothing to show yet."""


def render(markdown: str, limit: int = LIMIT) -> list[Part]:
    """Cut `markdown`, finished or not, into messages of at most `limit` units; there is always one."""
    source = clean(markdown)
    if not _MARKUP.search(source):
        return written(source, source, limit)
    return written(source, "\n".join(line for piece in pieces(source) for line in ready(piece)), limit)


def clean(markdown: str) -> str:
    """The text without what no message may hold."""
    return sound(markdown.translate(_UNWANTED))


def written(source: str, ready: str, limit: int) -> list[Part]:
    """The messages of a text that was made `ready`; of its `source` where markup is all that there is."""
    text, entities = _convert(source, ready) if _MARKUP.search(source) else (source, [])
    return _parts(text, entities, limit) or unmarked(source, limit) or [Part(words.EMPTY_ANSWER)]


def unmarked(source: str, limit: int) -> list[Part]:
    """The messages of a text as it is written; none where it shows nothing."""
    return _parts(source, (), limit)


def _convert(source: str, ready: str) -> tuple[str, list[Entity]]:
    try:
        text, found = convert(ready.replace("<", LESS_THAN), config=_CONFIG)
    except Exception:  # noqa: BLE001 - a text that the library stumbles over is still an answer
        return source, []
    entities: list[Entity] = [entity.to_dict() for entity in found]
    return text.replace(LESS_THAN, "<"), _wanted(entities)


def ready(piece: Piece) -> Sequence[str]:
    """A piece as the library reads it rightly."""
    match piece:
        case Line(text):
            line = plainly(text)
            return (prose(line, _addresses_as_they_are) if "://" in line else line,)
        case Code(first, lines, fence):
            indent = first[: len(first) - len(first.lstrip())]
            return (first, *lines, indent + fence.mark)
        case _:
            first = piece.lines[0]
            indent = first[: len(first) - len(first.lstrip())]
            return ("", *(indent + line for line in ("```", *aligned(piece.lines), "```")))


def _addresses_as_they_are(text: str) -> str:
    """Bare addresses with their underscores and stars, which are no marks."""
    return _ADDRESS.sub(lambda address: _MARK.sub(r"\\\g<0>", address[0]), text)


def _wanted(entities: Sequence[Entity]) -> list[Entity]:
    """The entities that only show something: a model may not ping people, nor open what is no web page."""
    wanted: list[Entity] = []
    for entity in entities:
        if entity["type"] == "text_link" and _WEB_PAGE.fullmatch(entity["url"]):
            wanted.append(entity)
        elif entity["type"] in _STYLES:
            if not _LANGUAGE.fullmatch(entity.get("language") or "x"):
                del entity["language"]
            wanted.append(entity)
    return _without_nested_quotes(wanted)


def _without_nested_quotes(entities: Sequence[Entity]) -> list[Entity]:
    """Telegram knows no quote within a quote; the outer one stays."""
    quotes = [entity for entity in entities if entity["type"].endswith("blockquote")]
    inner: set[int] = set()
    end = -1
    for quote in sorted(quotes, key=lambda it: (it["offset"], -it["length"])):
        if quote["offset"] < end:
            inner.add(id(quote))
        else:
            end = quote["offset"] + quote["length"]
    return [entity for entity in entities if id(entity) not in inner]


def _parts(text: str, entities: Sequence[Entity], limit: int) -> list[Part]:
    counted = units(text)
    in_order = sorted(entities, key=lambda it: it["offset"])
    spans = [trimmed(counted, span) for span in cuts(counted, _kept_whole(in_order, limit), limit)]
    clipped = zip(spans, _shares(in_order, spans), strict=True)
    parts = (Part(whole(counted[start:end]), share) for (start, end), share in clipped)
    return [part for part in parts if visible(part.text)]


def _kept_whole(entities: Sequence[Entity], limit: int) -> list[Span]:
    spans = (
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in entities
        if entity["type"] in _WHOLE
    )
    return [(start, end) for start, end in spans if end - start <= limit // 4]


def _shares(entities: Sequence[Entity], spans: Sequence[Span]) -> Iterator[tuple[Entity, ...]]:
    """For each span its entities; `entities` are in order of their beginning."""
    at, going_on = 0, list[Entity]()
    for start, end in spans:
        while at < len(entities) and entities[at]["offset"] < end:
            going_on.append(entities[at])
            at += 1
        going_on = [entity for entity in going_on if entity["offset"] + entity["length"] > start]
        yield most(tuple(_clipped(entity, start, end) for entity in going_on if entity["offset"] < end))


def _moved(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    return tuple({**entity, "offset": entity["offset"] + len(REPEAT_MARK)} for entity in entities)


def _clipped(entity: Entity, start: int, end: int) -> Entity:
    first, last = max(entity["offset"], start), min(entity["offset"] + entity["length"], end)
    return {**entity, "offset": first - start, "length": last - first}


def most(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """As many entities as a message may have; those that only decorate go first."""
    if len(entities) <= MOST_ENTITIES:
        return entities
    ranked = sorted(entities, key=lambda it: it["type"] not in _MATTERING)[:MOST_ENTITIES]
    return tuple(sorted(ranked, key=lambda it: it["offset"]))


def _config() -> RenderConfig:
    """Headings are bold and bullets are dots; nothing is decorated."""
    config = RenderConfig.isolated()
    symbol = config.markdown_symbol
    symbol.heading_level_1 = symbol.heading_level_2 = symbol.heading_level_3 = symbol.heading_level_4 = ""
    symbol.unordered_list_item = "•"
    symbol.task_uncompleted, symbol.task_completed = "☐", "☑"
    symbol.image = "🖼 "
    return config


_CONFIG: Final = _config()
