"""What the bot says, and how it changes it."""

import time
from dataclasses import replace
from typing import Any

from picklebot.sandbox.telegram.chats import Chat, ChatAction, ChatType, Draft, SandboxMessage, Version
from picklebot.sandbox.telegram.content import find_chat, find_replied, find_thread, read_markup, read_text
from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.refusal import bad_request
from picklebot.sandbox.telegram.rich import Block, read_rich, said
from picklebot.sandbox.telegram.state import World
from picklebot.sandbox.telegram.text import Entity
from picklebot.sandbox.telegram.wire import message_json

_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)
_REACTIONS = frozenset({"👍", "👎", "❤", "🔥", "🎉", "🤔", "👀", "🙏", "👌", "💯", "🤝", "✍"})
"""Some of those that there are."""
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def send_message(world: World, params: Params) -> object:
    """Say something. Not idempotent, as at Telegram: a repeated call is a second message."""
    chat = find_chat(world, params)
    text, entities = read_text(params)
    message = world.post(
        chat,
        text,
        entities,
        markup=read_markup(params),
        thread=find_thread(chat, params),
        reply_to=find_replied(chat, params),
    )
    return message_json(message, world.chats)


def send_rich_message(world: World, params: Params) -> object:
    """Say something in blocks; otherwise like `send_message`."""
    chat = find_chat(world, params)
    blocks = read_rich(params)
    message = world.post(
        chat,
        said(blocks),
        (),
        markup=read_markup(params),
        thread=find_thread(chat, params),
        reply_to=find_replied(chat, params),
        rich=blocks,
    )
    return message_json(message, world.chats)


def edit_message_text(world: World, params: Params) -> object:
    """Change a message of the bot, also into a rich one and back; without `reply_markup` its keyboard goes."""
    chat = find_chat(world, params)
    message = chat.find(params.integer("message_id"))
    blocks = read_rich(params) if "rich_message" in params.texts else ()
    text, entities = (said(blocks), []) if blocks else read_text(params)
    if message is None:
        raise bad_request("message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    if message.media:
        raise bad_request("there is no text in the message to edit")
    version = Version(text, tuple(entities), read_markup(params), time.time(), blocks)
    now = message.versions[-1]
    if replace(version, at=now.at) == now:
        raise bad_request(_NOT_MODIFIED)
    return message_json(world.change(message.with_version(version)), world.chats)


def delete_message(world: World, params: Params) -> object:
    """Take a message away: the bot's own ones, anybody's in a private chat, all of them as an administrator."""
    chat = find_chat(world, params)
    message = chat.find(params.integer("message_id"))
    if message is None:
        raise bad_request("message to delete not found")
    if not _may_delete(chat, message):
        raise bad_request("message can't be deleted")
    world.change(message.gone())
    return True


def set_message_reaction(world: World, params: Params) -> object:
    """Put the bot's reaction under a message: one of the emoji that Telegram has for that, or none."""
    chat = find_chat(world, params)
    message = chat.find(params.integer("message_id"))
    if message is None:
        raise bad_request("message to react not found")
    given: Any = params.json("reaction") or []
    emoji = tuple(str(each.get("emoji", "")) for each in given)
    if len(emoji) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if not _REACTIONS.issuperset(emoji):
        raise bad_request("REACTION_INVALID")
    world.react(message.with_reactions(emoji))
    return True


def _may_delete(chat: Chat, message: SandboxMessage) -> bool:
    return message.from_bot or chat.bot_admin or chat.type is ChatType.PRIVATE


def send_message_draft(world: World, params: Params) -> object:
    """Show a text that is being written, in private chats only; an empty text shows as "thinking"."""
    text, entities = read_text(params, empty=True)
    return _draft(world, params, text, tuple(entities))


def send_rich_message_draft(world: World, params: Params) -> object:
    """Show blocks that are being written; otherwise like `send_message_draft`."""
    blocks = read_rich(params, draft=True)
    return _draft(world, params, said(blocks), (), blocks)


def _draft(
    world: World, params: Params, text: str, entities: tuple[Entity, ...], rich: tuple[Block, ...] = ()
) -> object:
    chat = find_chat(world, params)
    if chat.type is not ChatType.PRIVATE:
        raise bad_request("drafts are for private chats only")
    if not (draft_id := params.integer("draft_id")):
        raise bad_request("draft_id must be non-zero")
    thread = find_thread(chat, params)
    draft = Draft(draft_id, text, entities, thread, time.time(), params.flag("can_stop"), rich)
    chat.drafts.append(draft)
    world.journal.record(
        "draft", chat=chat.id, id=draft.id, text=text, thread=draft.thread, stoppable=draft.stoppable
    )
    return True


def send_chat_action(world: World, params: Params) -> object:
    """Show a sign of life; the General topic may be named here."""
    chat = find_chat(world, params)
    action = params.text("action")
    if action not in _ACTIONS:
        raise bad_request("wrong parameter action in request")
    general = chat.forum and params.integer("message_thread_id") == 1
    thread = None if general else find_thread(chat, params)
    chat.actions.append(ChatAction(action, thread, time.time()))
    world.journal.record("action", chat=chat.id, action=action, thread=thread)
    return True
