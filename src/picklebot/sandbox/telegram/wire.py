"""Users, chats and messages as the JSON that a bot reads. Source: https://core.telegram.org/bots/api#available-types."""

from collections.abc import Mapping
from typing import Any

from picklebot.sandbox.telegram.chats import Chat, ChatType, SandboxMessage, SandboxUser
from picklebot.sandbox.telegram.rich import received
from picklebot.sandbox.telegram.text import utf16_length

Json = dict[str, Any]


def user_json(user: SandboxUser) -> Json:
    """Give a User; the language of a bot is not told."""
    return _present(
        {
            "id": user.id,
            "is_bot": user.is_bot,
            "first_name": user.name,
            "username": user.username,
            "language_code": None if user.is_bot else user.language,
        }
    )


def chat_json(chat: Chat) -> Json:
    """Give a Chat; a private one carries the name of its person."""
    if chat.person:
        name = {"first_name": chat.person.name, "username": chat.person.username}
        return _present({"id": chat.id, "type": chat.type, **name})
    return _present({"id": chat.id, "type": chat.type, "title": chat.title, "is_forum": chat.forum or None})


def message_json(message: SandboxMessage, chats: Mapping[int, Chat], *, nested: bool = False) -> Json:
    """Give a Message; the message it replies to goes along one level deep."""
    chat = chats[message.chat_id]
    speaker = chats.get(message.sender_chat_id or 0)
    replied = None if nested else chat.find(message.reply_to)
    return _present(
        {
            "message_id": message.id,
            "message_thread_id": message.thread,
            "is_topic_message": _in_topic(message, chat) or None,
            "from": user_json(message.sender) if message.sender else None,
            "sender_chat": chat_json(speaker) if speaker else None,
            "date": int(message.at),
            "edit_date": int(message.edited_at) if message.edited_at else None,
            "chat": chat_json(chat),
            "reply_to_message": message_json(replied, chats, nested=True) if replied else None,
            "quote": _quote(message, replied) if replied and message.quote else None,
            "media_group_id": message.album,
            "forward_origin": message.origin,
            "reply_markup": message.markup,
            **_content(message),
        }
    )


def _quote(message: SandboxMessage, replied: SandboxMessage) -> Json:
    """The words that a reply chose; where they stand is told in UTF-16 units."""
    before = replied.text.partition(message.quote)[0]
    return {"text": message.quote, "position": utf16_length(before), "is_manual": True}


def origin_json(message: SandboxMessage, chats: Mapping[int, Chat], *, hidden: bool = False) -> Json:
    """Give the MessageOrigin of a message that is passed on; what was passed on before keeps its own.

    Whoever is `hidden` lets nobody link to them. Source: https://core.telegram.org/bots/api#messageorigin.
    """
    at = {"date": int(message.at)}
    if message.origin:
        return message.origin
    speaker = chats.get(message.sender_chat_id or 0)
    if speaker is not None and speaker.type is ChatType.CHANNEL:
        return {"type": "channel", "chat": chat_json(speaker), "message_id": message.id} | at
    if speaker is not None:
        return {"type": "chat", "sender_chat": chat_json(speaker)} | at
    if message.sender is None:
        raise ValueError("nobody wrote this message, so it cannot be passed on")
    if hidden:
        return {"type": "hidden_user", "sender_user_name": message.sender.name} | at
    return {"type": "user", "sender_user": user_json(message.sender)} | at


def _in_topic(message: SandboxMessage, chat: Chat) -> bool:
    """A plain supergroup gives reply chains a thread id too, but no topic."""
    return message.thread is not None and (chat.forum or chat.type is ChatType.PRIVATE)


def _content(message: SandboxMessage) -> Json:
    if message.rich:
        return {"rich_message": {"blocks": received(list(message.rich))}}
    name = "caption" if message.media else "text"
    entities = list(message.entities) or None
    said = {name: message.text or None, f"{name}_entities" if message.media else "entities": entities}
    return said | message.media | message.service


def _present(fields: Json) -> Json:
    return {name: value for name, value in fields.items() if value is not None}
