"""From one raw event of the gateway to one message. Pure; what Discord sends is trusted in nothing.

Source: https://discord.com/developers/docs/resources/message and …/interactions/receiving-and-responding.
Each function raises LookupError, TypeError, ValueError, OverflowError or AttributeError for an event that is not
shaped as Discord says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from picklebot.model import words
from picklebot.model.attachments import FILES, lines
from picklebot.model.blank import filled_in
from picklebot.model.message import Address, Attachment, ChatKind, Command, InboundMessage, Quote, Sender
from picklebot.model.question import SEQUEL
from picklebot.platforms.discord.interaction import InteractionHandle, snowflake_time
from picklebot.platforms.discord.memberships import GUILD, ROLE, membership

Json = dict[str, Any]

ASK: Final = "ask"
"""`/ask words` says `words`: a way to speak that no privacy setting can hide from the bot."""
QUESTION: Final = "question"

_REPLY: Final = 19
_SPOKEN: Final = frozenset({0, _REPLY})
"""The types of messages that people write: plain ones and replies. The others tell of joins, pins and calls."""
_LONGEST_LANGUAGE: Final = 35
_VOICE: Final = 1 << 13
FOR_ALL: Final = (ASK, "retry")
"""Commands that the agent answers, and everybody on a server may read."""
FORM_MARK: Final = "."
"""Stands between the name of a form and its handle; no handle has it."""
_EPHEMERAL: Final = 1 << 6
_COMMAND: Final = re.compile(r"/([a-z0-9_]{1,32})(?:\s+(.*))?", re.DOTALL | re.IGNORECASE | re.ASCII)
_MEDIA: Final = {"image": "photo", "video": "video", "audio": "audio"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was said. The `chat_id` of a thread is that of its channel.

    `own_role` is the role that stands for the bot in this server: to mention it is to mention the bot. Where the bot
    `opens_threads`, a mention begins one; in one that it opened, the `starter` need not mention it any more.
    """

    chat_id: str
    thread_id: str | None = None
    private: bool = False
    own_role: str | None = None
    opens_threads: bool = False
    starter: str | None = None


def parse_message(raw: Json, bot_id: str, place: Place) -> InboundMessage | None:
    """The message of a MESSAGE_CREATE, None for one that says nothing, or that we said ourselves."""
    text, attachments = _text(raw), attachments_of(raw)
    author: Json = raw["author"]
    if raw.get("type", 0) not in _SPOKEN or author["id"] == bot_id or not (text.strip() or attachments):
        return None
    named, answers_us = _names(raw, bot_id, place.own_role), _replies_to(raw, bot_id)
    sender = _sender(author, raw, is_bot="webhook_id" in raw)
    by_the_way = place.private or named or answers_us or author["id"] == place.starter
    spoken_to = _writes_name(text, bot_id) if sender.is_bot else by_the_way
    said = _without_mention(text, bot_id, place.own_role)
    command = _command(said) if spoken_to else None
    is_ask = command is not None and command.name == ASK and bool(command.args or attachments)
    message_id = _id(raw["id"])
    if place.opens_threads and named and not answers_us and (command is None or is_ask):
        place = replace(place, thread_id=message_id)
    message = InboundMessage(
        update_id=message_id,
        message_id=message_id,
        # The message that a forum post begins with has the post's own id, and is no message of the forum.
        address=address_of(
            bot_id, place, reply_to=None if raw.get("channel_id") == message_id else message_id
        ),
        sender=sender,
        text=command.args if command and is_ask else said,
        sent_at=datetime.fromtimestamp(snowflake_time(message_id), UTC),
        spoken_to=spoken_to,
        command=None if is_ask else command,
        attachments=attachments,
        quotes=_quotes(raw),
        origin="somebody" if raw.get("message_snapshots") else "",
        awaits=0.0 if command else _awaits(raw, said, attachments),
    )
    return filled_in(message, str(raw["referenced_message"].get("content") or "")) if answers_us else message


def parse_slash(raw: Json, bot_id: str, place: Place) -> InboundMessage:
    """The message of an INTERACTION_CREATE that is a slash command."""
    handle = parse_handle(raw)
    name = str(raw["data"]["name"])
    options: dict[str, Any] = {each["name"]: each.get("value") for each in raw["data"].get("options") or ()}
    question = str(options.get(QUESTION) or "") if name == ASK else ""
    command = Command(name.lower(), sound(_arguments(name, options)))
    return InboundMessage(
        update_id=handle.id,
        message_id=handle.id,
        address=address_of(bot_id, place, interaction=handle.text, language=language_of(raw)),
        sender=person_of(raw),
        text=sound(question) if question.strip() else f"/{command.name} {command.args}".rstrip(),
        sent_at=datetime.fromtimestamp(snowflake_time(handle.id), UTC),
        command=None if question.strip() else command,
    )


def _arguments(name: str, options: dict[str, Any]) -> str:
    """What would follow the command in a text: the switches that are on, and what was written into its blank."""
    blank, _ = words.in_all("BLANKS")["en"].get(name, ("", ""))
    given = (
        word if value is True else str(value)
        for word, value in options.items()
        if value is True or word == blank
    )
    return " ".join(each.strip() for each in given)


def parse_handle(raw: Json) -> InteractionHandle:
    """What a command or a pressed button can be answered with.

    On a server, only answers of the agent are for all to see, and what takes the place of a message that all see.
    """
    return InteractionHandle(
        id=_id(raw["id"]),
        application_id=_id(raw["application_id"]),
        user_id=_id(_user(raw)["id"]),
        token=str(raw["token"]),
        ephemeral=_ephemeral(raw),
    )


def person_of(raw: Json) -> Sender:
    """Who used a command or pressed a button."""
    return _sender(_user(raw), raw, is_bot=False)


def language_of(raw: Json) -> str:
    """The language of the app in which a command was used or a button pressed; messages do not tell it."""
    return str(raw.get("locale") or "")[:_LONGEST_LANGUAGE]


def _ephemeral(raw: Json) -> bool:
    if "message" in raw:
        return bool(int(raw["message"].get("flags") or 0) & _EPHEMERAL)
    name = raw["data"].get("name") or str(raw["data"]["custom_id"]).partition(FORM_MARK)[0]
    return "guild_id" in raw and name not in FOR_ALL


def _user(raw: Json) -> Json:
    """Who used a command: a server tells its member, a direct message the user."""
    return raw["member"]["user"] if "member" in raw else raw["user"]


def address_of(
    bot_id: str,
    place: Place,
    *,
    reply_to: str | None = None,
    interaction: str | None = None,
    language: str = "",
) -> Address:
    """The chat of a place, as answers are addressed to it."""
    return Address(
        platform="discord",
        bot_id=bot_id,
        chat_id=place.chat_id,
        chat_kind=ChatKind.PRIVATE if place.private else ChatKind.GROUP,
        thread_id=place.thread_id,
        reply_to=reply_to,
        interaction=interaction,
        language=language,
    )


def _sender(user: Json, raw: Json, *, is_bot: bool) -> Sender:
    """Who spoke. What was read later, out of a server's history, does not tell their roles."""
    member: Json = raw.get("member") or {}
    name = member.get("nick") or user.get("global_name") or user.get("username") or ""
    guild = (membership(GUILD, _id(raw["guild_id"])),) if "guild_id" in raw else ()
    roles = (membership(ROLE, _id(role)) for role in member.get("roles") or ())
    return Sender(_id(user["id"]), sound(name), is_bot or bool(user.get("bot")), (*guild, *roles))


def _text(raw: Json) -> str:
    """What a message says, or what the message says that it forwards."""
    forwarded: list[Json] = raw.get("message_snapshots") or []
    return sound(raw["content"] or next((each["message"]["content"] for each in forwarded), ""))


def _quotes(raw: Json) -> tuple[Quote, ...]:
    """What a message replies to."""
    answered: Json | None = raw.get("referenced_message")
    return quotes_of(answered) if raw.get("type") == _REPLY and answered else ()


def quotes_of(message: Json) -> tuple[Quote, ...]:
    """What a message says, as a quote; none of one that says nothing."""
    text = sound(str(message.get("content") or "")) or lines(attachments_of(message))
    author: Json = message["author"]
    name = author.get("global_name") or author.get("username") or ""
    return (Quote(sound(name), text),) if text else ()


def _names(raw: Json, bot_id: str, own_role: str | None) -> bool:
    users: list[Json] = raw.get("mentions") or []
    return any(user["id"] == bot_id for user in users) or own_role in (raw.get("mention_roles") or ())


def _writes_name(text: str, bot_id: str) -> bool:
    """Whether the bot is named in the text itself. A reply names it without a word, and bots reply by themselves."""
    return f"<@{bot_id}>" in text or f"<@!{bot_id}>" in text


def _replies_to(raw: Json, bot_id: str) -> bool:
    answered: Json | None = raw.get("referenced_message")
    return raw.get("type") == _REPLY and bool(answered) and answered["author"]["id"] == bot_id


def _without_mention(text: str, bot_id: str, own_role: str | None) -> str:
    """The text without the bot's name at its beginning."""
    marks = (f"<@{bot_id}>", f"<@!{bot_id}>", *([f"<@&{own_role}>"] if own_role else []))
    start = text.lstrip()
    for mark in marks:
        if start.startswith(mark):
            return start.removeprefix(mark).lstrip(" ,:\n\t")
    return text


def _command(text: str) -> Command | None:
    match = _COMMAND.fullmatch(text.strip())
    return Command(match[1].lower(), (match[2] or "").strip()) if match else None


def attachments_of(raw: Json) -> tuple[Attachment, ...]:
    voice = bool(int(raw.get("flags") or 0) & _VOICE)
    passed_on: list[Json] = [each["message"] for each in raw.get("message_snapshots") or ()]
    files = [
        _file(each, voice=voice) for source in (raw, *passed_on) for each in source.get("attachments") or ()
    ]
    stickers = (
        Attachment("sticker", "", note=sound(each["name"])) for each in raw.get("sticker_items") or ()
    )
    poll: Json | None = raw.get("poll")
    return (*files, *stickers, *([Attachment("poll", "", note=sound(_poll(poll)))] if poll else []))


def _poll(raw: Json) -> str:
    answers = " / ".join(str(each["poll_media"].get("text") or "") for each in raw.get("answers") or ())
    return f"“{raw['question'].get('text') or ''}” {answers}"


def _awaits(raw: Json, text: str, attachments: tuple[Attachment, ...]) -> float:
    """The seconds for the words to a file, and for the comment on something forwarded, which comes apart from it."""
    wordless = not text.strip() and any(each.kind in FILES - {"voice"} for each in attachments)
    return SEQUEL if wordless or raw.get("message_snapshots") else 0.0


def _file(raw: Json, *, voice: bool) -> Attachment:
    """A file; its id is the URL it can be fetched from for a day."""
    mime = str(raw.get("content_type") or "")
    kind = "voice" if voice else _MEDIA.get(mime.partition("/")[0], "document")
    return Attachment(kind, str(raw["url"]), sound(raw["filename"]), mime, int(raw.get("size") or 0))


def sound(text: str) -> str:
    """`text` without what no text may hold: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _id(value: Any) -> str:
    if not isinstance(value, str) or not value.isdecimal() or not value.isascii():
        raise TypeError(f"an id should be a text of digits, not {type(value).__name__}")
    return value
