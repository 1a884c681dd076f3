"""What a call of the bot wants to say, and where: checked the way the Bot API checks it."""

from typing import Any, cast

from picklebot.sandbox.telegram.chats import Chat, ChatType
from picklebot.sandbox.telegram.html import parse_html
from picklebot.sandbox.telegram.params import Params
from picklebot.sandbox.telegram.refusal import BotApiError, bad_request, forbidden
from picklebot.sandbox.telegram.state import World
from picklebot.sandbox.telegram.text import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    Entity,
    checked_entities,
    spoken_entities,
    trimmed,
    utf16_length,
)


def find_chat(world: World, params: Params) -> Chat:
    """Find the chat of a call and check that the bot may write there.

    Raises BotApiError: 400 not found or moved, 403 blocked, thrown out, or never written to by that person.
    """
    chat = _known_chat(world, params.text("chat_id"))
    if chat.moved_to is not None:
        told = "Bad Request: group chat was upgraded to a supergroup chat"
        raise BotApiError(400, told, migrate_to_chat_id=chat.moved_to)
    if not chat.opened:
        raise forbidden("bot can't initiate conversation with a user")
    if not chat.bot_in:
        private = chat.type is ChatType.PRIVATE
        raise forbidden(
            "bot was blocked by the user" if private else f"bot was kicked from the {chat.type} chat"
        )
    return chat


def _known_chat(world: World, chat_id: str) -> Chat:
    if not chat_id:
        raise bad_request("chat_id is empty")
    try:
        return world.chats[int(chat_id)]
    except (ValueError, KeyError):
        raise bad_request("chat not found") from None


def find_thread(chat: Chat, params: Params) -> int | None:
    """Find the topic of a call. The General topic (1) is left out when sending, as at Telegram."""
    thread = params.optional_integer("message_thread_id")
    if thread is None:
        return None
    if chat.type is ChatType.SUPERGROUP and not chat.forum and chat.find(thread):
        return thread
    if thread not in chat.topics:
        raise bad_request("message thread not found")
    if thread in chat.closed_topics and not chat.bot_admin:
        raise bad_request("TOPIC_CLOSED")
    return thread


def find_replied(chat: Chat, params: Params) -> int | None:
    """Find the message that a call replies to, None without one or when it may be sent without."""
    reply = params.json_object("reply_parameters")
    if reply is None:
        return None
    number = reply.get("message_id")
    message = chat.find(number) if isinstance(number, int) else None
    if message is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return message.id if message else None


def read_text(params: Params, *, empty: bool = False) -> tuple[str, list[Entity]]:
    """Read `text` with its entities: 1 to 4096 UTF-16 units after parsing, or none if `empty`."""
    text, entities = _formatted(params, "text", "entities")
    if not text and not empty:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return text, entities


def read_caption(params: Params) -> tuple[str, list[Entity]]:
    """Read `caption` with its entities: at most 1024 UTF-16 units after parsing."""
    text, entities = _formatted(params, "caption", "caption_entities")
    if utf16_length(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return text, entities


def _formatted(params: Params, text_name: str, entities_name: str) -> tuple[str, list[Entity]]:
    text, mode = params.text(text_name), params.text("parse_mode").lower()
    entities: list[Entity] = []
    if mode == "html":
        text, entities = parse_html(text)
    elif mode:
        raise bad_request(f"unsupported parse_mode {mode}: the sandbox speaks HTML and entities")
    elif (given := params.json(entities_name)) is not None:
        entities = checked_entities(text, given)
    return trimmed(text, entities + _unmarked(text, entities))


def _unmarked(text: str, entities: list[Entity]) -> list[Entity]:
    """Commands, mentions and links are marked by Telegram itself where the bot marked nothing."""
    return [
        found
        for found in spoken_entities(text)
        if all(
            found["offset"] >= entity["offset"] + entity["length"]
            or entity["offset"] >= found["offset"] + found["length"]
            for entity in entities
        )
    ]


def read_markup(params: Params) -> dict[str, Any] | None:
    """Read `reply_markup`; only inline keyboards stay with a message, and their buttons are checked."""
    markup = params.json_object("reply_markup")
    hint = (markup or {}).get("input_field_placeholder")
    if hint is not None and not 1 <= len(str(hint)) <= 64:
        raise bad_request('field "input_field_placeholder" must be 1-64 characters long')
    if not markup or "inline_keyboard" not in markup:
        return None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in cast("list[object]", rows)):
        raise bad_request("can't parse inline keyboard: field must be an Array of Array")
    for row in cast("list[list[object]]", rows):
        for button in row:
            _check_button(button)
    return {"inline_keyboard": rows} if rows else None


def _check_button(raw: object) -> None:
    button = cast("dict[str, Any]", raw) if isinstance(raw, dict) else {}
    if not button.get("text"):
        raise bad_request('can\'t parse inline keyboard button: field "text" must be non-empty')
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if len(button) < 2:
        raise bad_request(
            "can't parse inline keyboard button: text buttons are unallowed in the inline keyboard"
        )
