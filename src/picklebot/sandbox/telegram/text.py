"""Text as Telegram counts it: UTF-16 units, and entities that lie on them.

Source: https://core.telegram.org/bots/api#messageentity and the descriptions that the Bot API server gives.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, TypeAlias, cast

from picklebot.sandbox.telegram.refusal import bad_request

Entity: TypeAlias = dict[str, Any]
"""One MessageEntity as JSON: type, offset and length in UTF-16 units, and what its type adds."""

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

_ENTITY_TYPES = frozenset(
    {
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "bold",
        "italic",
        "underline",
        "strikethrough",
        "spoiler",
        "blockquote",
        "expandable_blockquote",
        "code",
        "pre",
        "text_link",
        "text_mention",
        "custom_emoji",
        "date_time",
    }
)
_SPOKEN = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?!\w)"
    r"|(?P<mention>(?<!\w)@[A-Za-z0-9_]{3,32})(?!\w)"
    r"|(?P<url>https?://[^\s<>]+)"
)


def utf16_length(text: str) -> int:
    """Count the UTF-16 units of `text`: an emoji outside the basic plane is two."""
    return len(text) + sum(character > "\uffff" for character in text)


def spoken_entities(text: str) -> list[Entity]:
    """Find what Telegram marks by itself in what a person wrote: commands, mentions and links."""
    return [
        {
            "type": match.lastgroup,
            "offset": utf16_length(text[: match.start()]),
            "length": utf16_length(match.group()),
        }
        for match in _SPOKEN.finditer(text)
    ]


def checked_entities(text: str, raw: object) -> list[Entity]:
    """Check the `entities` that a bot sent along with `text`.

    Raises BotApiError (400) when one is malformed, out of range or splits a surrogate pair.
    """
    if not isinstance(raw, list):
        raise bad_request("can't parse entities: expected an Array")
    borders = list(accumulate((1 + (character > "\uffff") for character in text), initial=0))
    known = frozenset(borders)
    return [_checked(entity, borders[-1], known) for entity in cast("list[object]", raw)]


def _checked(raw: object, end: int, borders: frozenset[int]) -> Entity:
    entity = cast("Entity", raw) if isinstance(raw, dict) else {}
    if entity.get("type") not in _ENTITY_TYPES:
        raise bad_request("can't parse entities: unsupported entity type")
    start, length = entity.get("offset"), entity.get("length")
    if not isinstance(start, int) or not isinstance(length, int) or start < 0 or length < 1:
        raise bad_request("can't parse entities: entity offset and length must be positive")
    if start + length > end:
        raise bad_request(
            f"entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
        )
    for side, place in (("begins", start), ("ends", start + length)):
        if place not in borders:
            raise bad_request(f"entity {side} in a middle of a UTF-16 symbol at UTF-16 offset {place}")
    return dict(entity)


def trimmed(text: str, entities: Iterable[Entity]) -> tuple[str, list[Entity]]:
    """Drop the white space around `text` as Telegram does, and move its entities along."""
    shift = utf16_length(text) - utf16_length(text.lstrip())
    kept = text.strip()
    end = utf16_length(kept)
    moved = [_moved(entity, shift, end) for entity in entities]
    return kept, sorted(
        (entity for entity in moved if entity["length"] > 0), key=lambda e: (e["offset"], -e["length"])
    )


def _moved(entity: Entity, shift: int, end: int) -> Entity:
    start = min(max(entity["offset"] - shift, 0), end)
    stop = min(max(entity["offset"] + entity["length"] - shift, 0), end)
    return entity | {"offset": start, "length": stop - start}


def cut_paste(text: str) -> Iterator[str]:
    """Cut at 4096 units, never through a character; a part of white space alone is not sent."""
    part: list[str] = []
    room = TEXT_LIMIT
    for character in text:
        width = utf16_length(character)
        if width > room:
            yield from _spoken(part)
            part, room = [], TEXT_LIMIT
        part.append(character)
        room -= width
    yield from _spoken(part)


def _spoken(part: Sequence[str]) -> list[str]:
    text = "".join(part)
    return [text] if text.strip() else []
