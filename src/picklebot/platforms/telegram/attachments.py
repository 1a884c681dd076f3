"""What comes with a message on Telegram besides its words. Pure.

Source: https://core.telegram.org/bots/api#message.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from picklebot.model.attachments import FILES, lines
from picklebot.model.message import Attachment, Quote
from picklebot.model.question import REMAINDER, SEQUEL
from picklebot.platforms.telegram.rich.blocks import plain_text
from picklebot.platforms.telegram.utf16 import sound, units

Json = dict[str, Any]

_KINDS: Final = (
    "photo",
    "animation",
    "video",
    "video_note",
    "voice",
    "audio",
    "sticker",
    "document",
    "paid_media",
    "story",
    "venue",
    "location",
    "contact",
    "poll",
    "checklist",
    "dice",
    "game",
    "invoice",
)
"""What may come besides words; where Telegram names one thing twice (an animation is a document too), once."""

_CUT: Final = 4_000
"""The apps cut a longer text at 4,096 units, or a little before where it has a better place."""


def attachments_of(raw: Json) -> tuple[Attachment, ...]:
    """What a message holds besides words: one thing at most. Raises like `parse`."""
    kind = next((kind for kind in _KINDS if raw.get(kind)), None)
    if kind is None:
        return ()
    thing: Json = raw[kind][-1] if kind == "photo" else raw[kind]
    if kind not in FILES:
        return (Attachment(kind, "", note=sound(_NOTES[kind](thing)) if kind in _NOTES else ""),)
    return (
        Attachment(
            kind=kind,
            file_id=str(thing.get("file_id", "")),
            name=sound(thing.get("file_name") or ""),
            mime=str(thing.get("mime_type", "")),
            size=int(thing.get("file_size") or 0),
        ),
    )


def quotes_of(raw: Json) -> tuple[Quote, ...]:
    """What a message replies to: the words that its writer chose of it, else all of them.

    The opening of a topic, to which all in it reply, is none.
    """
    replied: Json = raw.get("reply_to_message") or raw.get("external_reply") or {}
    chosen: Json = raw.get("quote") or {}
    rich: Json = replied.get("rich_message") or {}
    said = replied.get("text") or replied.get("caption") or plain_text(rich.get("blocks", []))
    text = sound(chosen.get("text") or said)
    text = text or lines(attachments_of(replied))
    return (Quote(_author(replied), text),) if text else ()


def origin_of(raw: Json) -> str:
    """Who first wrote what a message only passes on; empty where it passes on nothing."""
    origin: Json | None = raw.get("forward_origin")
    return (_originator(origin) or "somebody") if origin else ""


def _author(message: Json) -> str:
    if "origin" in message:
        return _originator(message["origin"])
    return _name(message.get("sender_chat") or message.get("from") or {})


def _originator(origin: Json) -> str:
    """Source: https://core.telegram.org/bots/api#messageorigin."""
    hidden = sound(str(origin.get("sender_user_name") or ""))
    return hidden or _name(origin.get("sender_user") or origin.get("sender_chat") or origin.get("chat") or {})


def _name(who: Json) -> str:
    names = (who.get("title"), who.get("first_name"), who.get("last_name"))
    return sound(" ".join(name for name in names if name))


def awaits(raw: Json, text: str, attachments: tuple[Attachment, ...]) -> float:
    """The seconds in which more of the same question may follow this message.

    Telegram brings an album photo by photo, and what is forwarded apart from what is said to it.
    """
    if len(units(text)) >= _CUT:
        return REMAINDER
    wordless = not text and any(each.kind in FILES - {"voice"} for each in attachments)
    return SEQUEL if wordless or "media_group_id" in raw or "forward_origin" in raw else 0.0


def _place(thing: Json) -> str:
    return f"{thing['latitude']}, {thing['longitude']}"


def _contact(thing: Json) -> str:
    names = (thing.get("first_name"), thing.get("last_name"), thing.get("phone_number"))
    return " ".join(filter(None, names))


def _poll(thing: Json) -> str:
    return f"“{thing['question']}” {' / '.join(option['text'] for option in thing.get('options') or ())}"


def _checklist(thing: Json) -> str:
    return f"“{thing['title']}” {' / '.join(task['text'] for task in thing.get('tasks') or ())}"


_NOTES: Final[dict[str, Callable[[Json], str]]] = {
    "sticker": lambda thing: str(thing.get("emoji") or thing.get("set_name") or "?"),
    "location": _place,
    "venue": lambda thing: f"{thing['title']}, {thing['address']}: {_place(thing['location'])}",
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
    "dice": lambda thing: f"{thing['emoji']} {thing['value']}",
}
