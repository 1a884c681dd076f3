"""From the Markdown that models write to the messages that Telegram takes. Pure.

A message is plain text with entities beside it, so no output can break the markup, and what Telegram refuses is
the same text without entities.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from telegramify_markdown import RenderConfig, convert

from picklebot.model import words
from picklebot.model.choice import Buttons
from picklebot.platforms.telegram.utf16 import sound, units, whole

Entity = dict[str, Any]
"""A MessageEntity as JSON; offset and length are in UTF-16 units."""

REPEAT_MARK: Final = "↻ "
LIMIT: Final = 4096 - len(REPEAT_MARK)
"""UTF-16 units of one message, with room for the mark of a repeat."""

_MARKUP: Final = re.compile(r"[`*_~|\[\]\\&$#>=]|^\s*[-+]", re.MULTILINE)
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
_WEB_PAGE: Final = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_LESS_THAN: Final = "\ufdd0"
"""Stands for `<` while Markdown is read, which would take it for HTML and drop it. Unicode never assigns it."""
_UNWANTED: Final = {
    **dict.fromkeys((*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F), " "),
    0x0D: None,
    ord(_LESS_THAN): " ",
}
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
_BLANKS: Final = frozenset("\u115f\u1160\u2800\u3164\ufe0f\uffa0")
"""Letters by name that show nothing; a message of them is empty to Telegram."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one message holds."""

    text: str
    entities: tuple[Entity, ...] = ()
    buttons: Buttons = ()

    def plain(self) -> Part:
        """The same words without markup."""
        return replace(self, entities=())

    def repeated(self) -> Part:
        """The same, marked as something that the chat may have seen already."""
        moved = ({**entity, "offset": entity["offset"] + len(REPEAT_MARK)} for entity in self.entities)
        return replace(self, text=REPEAT_MARK + self.text, entities=tuple(moved))


PLACEHOLDER: Final = Part("…")
"""Stands for an answer of which there is nothing to show yet."""


def render(markdown: str, limit: int = LIMIT) -> list[Part]:
    """Cut `markdown`, finished or not, into messages of at most `limit` units; there is always one."""
    source = sound(markdown.translate(_UNWANTED))
    text, entities = _convert(source) if _MARKUP.search(source) else (source, [])
    return _parts(text, entities, limit) or _parts(source, (), limit) or [Part(words.EMPTY_ANSWER)]


def _convert(source: str) -> tuple[str, list[Entity]]:
    try:
        text, found = convert(source.replace("<", _LESS_THAN), config=_CONFIG)
    except Exception:  # noqa: BLE001 - a text that the library stumbles over is still an answer
        return source, []
    entities: list[Entity] = [entity.to_dict() for entity in found]
    return text.replace(_LESS_THAN, "<"), [entity for entity in entities if _wanted(entity)]


def _wanted(entity: Entity) -> bool:
    """Whether an entity only shows something: a model may not ping people, nor open what is no web page."""
    if entity["type"] == "text_link":
        return _WEB_PAGE.fullmatch(entity["url"]) is not None
    return entity["type"] in _STYLES


def _parts(text: str, entities: Sequence[Entity], limit: int) -> list[Part]:
    counted = units(text)
    pieces = (_trimmed(counted, start, end) for start, end in _pieces(counted, limit))
    parts = (Part(whole(counted[start:end]), _clipped(entities, start, end)) for start, end in pieces)
    return [part for part in parts if _visible(part.text)]


def _pieces(counted: str, limit: int) -> Iterator[tuple[int, int]]:
    start = 0
    while len(counted) - start > limit:
        end = _break(counted, start, start + limit)
        yield start, end
        start = end
    yield start, len(counted)


def _break(counted: str, start: int, end: int) -> int:
    """Where to cut: after the last line that fits, else after a word, else between two characters."""
    for mark in "\n ":
        place = counted.rfind(mark, (start + end) // 2, end)
        if place >= 0:
            return place + 1
    return end - ("\ud800" <= counted[end - 1] <= "\udbff")


def _trimmed(counted: str, start: int, end: int) -> tuple[int, int]:
    """The piece without empty lines around it; the indentation of its first line stays."""
    piece = counted[start:end].rstrip()
    blank = len(piece) - len(piece.lstrip())
    return start + piece.rfind("\n", 0, blank) + 1, start + len(piece)


def _clipped(entities: Sequence[Entity], start: int, end: int) -> tuple[Entity, ...]:
    clipped: list[Entity] = []
    for entity in entities:
        first = max(entity["offset"], start)
        last = min(entity["offset"] + entity["length"], end)
        if first < last:
            clipped.append({**entity, "offset": first - start, "length": last - first})
    return tuple(clipped)


def _visible(text: str) -> bool:
    return any(unicodedata.category(c) not in _INVISIBLE and c not in _BLANKS for c in text)


def _config() -> RenderConfig:
    """Headings are bold and bullets are dots; nothing is decorated."""
    config = RenderConfig.isolated()
    symbol = config.markdown_symbol
    symbol.heading_level_1 = symbol.heading_level_2 = symbol.heading_level_3 = symbol.heading_level_4 = ""
    symbol.unordered_list_item = "•"
    return config


_CONFIG: Final = _config()
