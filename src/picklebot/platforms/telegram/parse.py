"""From one raw update to one message. Pure; what Telegram sends is trusted in nothing.

Source: https://core.telegram.org/bots/api#message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from picklebot.model.blank import filled_in
from picklebot.model.change import Edited
from picklebot.model.message import Address, ChatKind, Command, InboundMessage, Sender
from picklebot.platforms.telegram.attachments import attachments_of, awaits, origin_of, quotes_of
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.platforms.telegram.rich.blocks import plain_text
from picklebot.platforms.telegram.utf16 import sound, units, whole

Json = dict[str, Any]

KINDS: Final = ("message", "channel_post")
"""The updates that are parsed, and therefore asked for."""

_LONGEST_LANGUAGE: Final = 35
_SPOKEN_FOR_PRIVACY: Final = "ask"
"""`/ask words` says `words`: in privacy mode a group's bot hears commands, but not plain text."""


EDITED: Final = "edited_message"


def parse_edit(update: Json, bot: BotIdentity) -> Edited | None:
    """What a message reads like now; None where its words are none, as of a place that moves, or a command.

    Raises like `parse`.
    """
    message = parse({"update_id": update["update_id"], KINDS[0]: update[EDITED]}, bot)
    return Edited(message) if message and message.text.strip() and message.command is None else None


def parse(update: Json, bot: BotIdentity) -> InboundMessage | None:
    """The message of an update, None for one that says nothing (a service message, an unknown kind).

    Raises LookupError, ArithmeticError, TypeError, ValueError, AttributeError or OSError for an update that is
    not shaped as Telegram says.
    """
    raw = next((update[kind] for kind in KINDS if kind in update), None)
    if raw is None:
        return None
    words, attachments = _Words.of(raw), attachments_of(raw)
    if not words.text and not attachments:
        return None
    private = raw["chat"]["type"] == "private"
    command, sender = words.command(bot), _sender(raw, private=private)
    is_ask = command is not None and command.name == _SPOKEN_FOR_PRIVACY and bool(command.args or attachments)
    message = InboundMessage(
        update_id=_id(update["update_id"]),
        message_id=_id(raw["message_id"]),
        address=address_of(raw, bot, private=private, language=language_of(raw.get("from"))),
        sender=sender,
        text=command.args if command and is_ask else words.without_mention(bot),
        sent_at=datetime.fromtimestamp(raw["date"], UTC),
        spoken_to=_spoken_to(raw, words, command, bot, sender),
        command=None if is_ask else command,
        attachments=attachments,
        quotes=quotes_of(raw),
        origin=origin_of(raw),
        awaits=0.0 if command else awaits(raw, words.text, attachments),
    )
    replied: Json | None = raw.get("reply_to_message")
    if replied is None or not _replies_to(replied, bot):
        return message
    return filled_in(message, str(replied.get("text") or ""))


@dataclass(frozen=True, slots=True)
class _Words:
    """What a message says, and what Telegram marked in it."""

    text: str
    entities: tuple[Json, ...]

    @classmethod
    def of(cls, raw: Json) -> _Words:
        if "rich_message" in raw:
            return cls(sound(plain_text(raw["rich_message"]["blocks"])), ())
        name = "text" if "text" in raw else "caption"
        marks = raw.get("entities" if name == "text" else "caption_entities") or ()
        return cls(sound(raw.get(name) or ""), tuple(marks))

    def command(self, bot: BotIdentity) -> Command | None:
        """The command that the text begins with, if it is meant for us."""
        word = self._leading("bot_command")
        name, _, owner = word.removeprefix("/").lower().partition("@")
        if not name or (owner and owner != bot.username.lower()):
            return None
        return Command(name, self.text[len(word) :].strip())

    def for_other_bot(self, bot: BotIdentity) -> bool:
        """Whether the text begins with a command of another bot."""
        return bool(self._leading("bot_command")) and self.command(bot) is None

    def mentions(self, bot: BotIdentity) -> bool:
        """Whether the bot is named anywhere, by @username or by its id."""
        return any(self._names(entity, bot) for entity in self.entities)

    def without_mention(self, bot: BotIdentity) -> str:
        """The text without the bot's name at its beginning."""
        for entity in self.entities:
            if entity["offset"] == 0 and self._names(entity, bot):
                return self.text[len(self._covered(entity)) :].lstrip(" ,:\n\t")
        return self.text

    def _names(self, entity: Json, bot: BotIdentity) -> bool:
        if entity["type"] == "text_mention":
            return str(entity["user"]["id"]) == bot.id
        return entity["type"] == "mention" and self._covered(entity).lower() == f"@{bot.username}".lower()

    def _leading(self, kind: str) -> str:
        return next((self._covered(e) for e in self.entities if e["type"] == kind and e["offset"] == 0), "")

    def _covered(self, entity: Json) -> str:
        start = entity["offset"]
        return whole(units(self.text)[start : start + entity["length"]])


def address_of(
    raw: Json, bot: BotIdentity, *, private: bool, reply: bool = True, language: str = ""
) -> Address:
    """Where a message stands, and that in a group it is answered by a `reply`.

    A thread counts only as a topic: plain groups give chains of replies a thread id too.
    """
    return Address(
        platform="telegram",
        bot_id=bot.id,
        chat_id=_id(raw["chat"]["id"]),
        chat_kind=ChatKind.PRIVATE if private else ChatKind.GROUP,
        thread_id=_id(raw["message_thread_id"]) if raw.get("is_topic_message") else None,
        reply_to=_id(raw["message_id"]) if reply and not private else None,
        language=language,
    )


def _sender(raw: Json, *, private: bool) -> Sender:
    """Who spoke: a person, or the chat in whose name an anonymous administrator or a channel speaks."""
    chat = None if private else raw.get("sender_chat")
    if chat is not None:
        return Sender(_id(chat["id"]), sound(chat.get("title") or chat.get("username") or ""))
    return person(raw["from"])


def person(user: Json) -> Sender:
    """Somebody with an account, whether a human or a bot."""
    name = " ".join(part for part in (user.get("first_name"), user.get("last_name")) if part)
    return Sender(_id(user["id"]), sound(name), bool(user.get("is_bot")))


def language_of(user: Json | None) -> str:
    """The language of somebody's app, empty where Telegram does not tell it."""
    return str((user or {}).get("language_code") or "")[:_LONGEST_LANGUAGE]


def _spoken_to(raw: Json, words: _Words, command: Command | None, bot: BotIdentity, sender: Sender) -> bool:
    """Whether a message addresses the bot; another bot has to name it each time."""
    if sender.is_bot:
        return command is not None or words.mentions(bot)
    if raw["chat"]["type"] == "private":
        return True
    if words.for_other_bot(bot):
        return False
    return command is not None or words.mentions(bot) or _replies_to(raw.get("reply_to_message"), bot)


def _replies_to(message: Json | None, bot: BotIdentity) -> bool:
    """Whether that message is ours; the opening of a topic, to which all in it reply, does not count."""
    if message is None or "forum_topic_created" in message:
        return False
    sender: Json = message.get("from") or {}
    return str(sender.get("id")) == bot.id


def _id(value: Any) -> str:
    if type(value) is not int:
        raise TypeError(f"an id should be a number, not {type(value).__name__}")
    return str(value)
