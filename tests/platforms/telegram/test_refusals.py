"""Every refusal of the Bot API and its answer, one row each, by the sandbox's faults."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import options_for, parcel_to

from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError
from picklebot.model.parcel import Parcel
from picklebot.platforms.telegram.render import Part
from picklebot.platforms.telegram.route import Route
from picklebot.platforms.telegram.surface import TelegramSurface
from picklebot.replies.surface import MessageGoneError
from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

pytestmark = pytest.mark.requirement("P17")

BOLD = Part("hello", ({"type": "bold", "offset": 0, "length": 5},))


@pytest.fixture
def forum(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """A forum with one topic, and a question in it."""
    forum = tg.group(-1001000000002, "Forum", forum=True, members=[ann])
    forum.say(ann, "/ask x", thread=forum.topic("News"))
    return forum


@pytest.fixture
def surface(tg: TelegramSandbox, bot: Bot, forum: SandboxChat) -> TelegramSurface:
    """A surface in that topic, as a reply to that question."""
    [question] = forum.messages
    address = parcel_to(forum, thread=question.thread, reply_to=question).address
    return TelegramSurface(
        bot, Parcel("p", "s", address, datetime.now(UTC)), Route.to(address), options_for(tg)
    )


THROUGH: list[tuple[str, str | None]] = [
    ("Bad Request: can't parse entities: unsupported start tag", "entities"),
    ("Bad Request: entity begins in a middle of a UTF-16 symbol at UTF-16 offset 3", "entities"),
    ("Bad Request: entity beginning at UTF-16 offset 3 ends after the end of the text", "entities"),
    ("Bad Request: something that nobody has heard of", "entities"),
    ("Bad Request: message thread not found", "message_thread_id"),
    ("Bad Request: TOPIC_DELETED", "message_thread_id"),
    ("Bad Request: message to be replied not found", "reply_parameters"),
    ("Bad Request: message to reply not found", "reply_parameters"),
    ("Bad Request: REPLY_MESSAGE_ID_INVALID", "reply_parameters"),
]


@pytest.mark.parametrize(("description", "left_out"), THROUGH)
async def test_what_is_sent_once_more_without(
    tg: TelegramSandbox, surface: TelegramSurface, forum: SandboxChat, description: str, left_out: str
) -> None:
    tg.fault("sendMessage", code=400, description=description)
    await surface.post(BOLD, 0)
    first, second = (call.params for call in tg.calls if call.method == "sendMessage")
    assert set(first) - set(second) == {left_out}
    assert [message.text for message in forum.replies] == ["hello"]


async def test_markup_that_is_refused_in_an_edit_is_left_out_too(
    tg: TelegramSandbox, surface: TelegramSurface, forum: SandboxChat
) -> None:
    message_id = await surface.post(Part("first"), 0)
    tg.fault("editMessageText", code=400, description="Bad Request: can't parse entities")
    await surface.edit(message_id, BOLD)
    assert [(message.text, message.entities) for message in forum.replies] == [("hello", ())]


async def test_markup_is_left_out_once(tg: TelegramSandbox, surface: TelegramSurface) -> None:
    tg.fault("sendMessage", code=400, description="Bad Request: can't parse entities", times=9)
    with pytest.raises(DeliveryImpossibleError):
        await surface.post(BOLD, 0)
    assert len([call for call in tg.calls if call.method == "sendMessage"]) == 2


SEND: list[tuple[dict[str, Any], type[DeliveryError], float | None]] = [
    ({"retry_after": 7}, DeliveryDelayedError, 7.0),
    ({"code": 403, "description": "Forbidden: bot was blocked by the user"}, DeliveryImpossibleError, None),
    (
        {"code": 403, "description": "Forbidden: bot was kicked from the group chat"},
        DeliveryImpossibleError,
        None,
    ),
    ({"code": 403, "description": "Forbidden: user is deactivated"}, DeliveryImpossibleError, None),
    ({"code": 400, "description": "Bad Request: chat not found"}, DeliveryImpossibleError, None),
    ({"code": 400, "description": "Bad Request: PEER_ID_INVALID"}, DeliveryImpossibleError, None),
    ({"code": 400, "description": "Bad Request: CHAT_WRITE_FORBIDDEN"}, DeliveryImpossibleError, None),
    ({"code": 400, "description": "Bad Request: TOPIC_CLOSED"}, DeliveryImpossibleError, None),
    (
        {"code": 400, "description": "Bad Request: not enough rights to send text messages to the chat"},
        DeliveryImpossibleError,
        None,
    ),
    ({"code": 400, "description": "Bad Request: message is too long"}, DeliveryDelayedError, 0.0),
    ({"code": 400, "description": "Bad Request: MESSAGE_TOO_LONG"}, DeliveryDelayedError, 0.0),
    ({"code": 400, "description": "Bad Request: text is too long"}, DeliveryDelayedError, 0.0),
    *(
        ({"code": 400, "description": f"Bad Request: {words}"}, DeliveryImpossibleError, None)
        for words in (
            "have no rights to send a message",
            "need administrator rights in the channel chat",
            "group chat was deactivated",
            "bot is not a member of the channel chat",
            "user not found",
            "file is too big",
        )
    ),
    ({"code": 413, "description": "Request Entity Too Large"}, DeliveryImpossibleError, None),
    ({"code": 401, "description": "Unauthorized"}, DeliveryDelayedError, 60.0),
    ({"code": 404, "description": "Not Found"}, DeliveryDelayedError, 60.0),
    ({"code": 500}, DeliveryDelayedError, 2.0),
    ({"code": 502}, DeliveryDelayedError, 2.0),
    ({"kind": "drop"}, DeliveryDelayedError, 2.0),
]


@pytest.mark.parametrize(("fault", "error", "seconds"), SEND)
async def test_what_ends_a_send(
    tg: TelegramSandbox,
    surface: TelegramSurface,
    fault: dict[str, Any],
    error: type[DeliveryError],
    seconds: float | None,
) -> None:
    tg.fault("sendMessage", **fault)
    with pytest.raises(error) as caught:
        await surface.post(BOLD, 0)
    assert getattr(caught.value, "seconds", None) == seconds
    assert tg.token not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "description",
    [
        "Bad Request: message to edit not found",
        "Bad Request: message can't be edited",
        "Bad Request: MESSAGE_ID_INVALID",
        "Bad Request: there is no text in the message to edit",
    ],
)
async def test_a_message_that_cannot_be_edited_is_gone(
    tg: TelegramSandbox, surface: TelegramSurface, description: str
) -> None:
    tg.fault("editMessageText", code=400, description=description)
    with pytest.raises(MessageGoneError):
        await surface.edit("5", BOLD)


async def test_what_is_done_already_is_done(tg: TelegramSandbox, surface: TelegramSurface) -> None:
    message_id = await surface.post(BOLD, 0)
    await surface.edit(message_id, BOLD)
    await surface.remove(message_id)
    await surface.remove(message_id)
    assert [call.error is None for call in tg.calls] == [True, False, True, False]


async def test_a_chat_that_moves_for_ever_is_given_up(tg: TelegramSandbox, surface: TelegramSurface) -> None:
    tg.fault("sendMessage", migrate_to_chat_id=-1009, times=20)
    with pytest.raises(DeliveryImpossibleError):
        await surface.post(BOLD, 0)


async def test_typing_raises_what_its_caller_may_ignore(
    tg: TelegramSandbox, surface: TelegramSurface
) -> None:
    tg.fault("sendChatAction", code=403)
    with pytest.raises(DeliveryError):
        await surface.typing()
