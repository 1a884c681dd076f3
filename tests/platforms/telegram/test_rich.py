"""Rich messages, shown on the sandbox through the real aiogram: in each way in which an answer is shown."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

import anyio
import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import Notes, RecordingIntake, listening, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError
from picklebot.model.choice import Button
from picklebot.model.events import Final, TextDelta
from picklebot.model.parcel import Parcel
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import Call, SandboxChat, SandboxUser, TelegramSandbox

BEGINNING = "# How it is done\n\nFirst of all"
ANSWER = f"{BEGINNING}, a <T> and **salt**:\n\n1. one\n2. two\n   - deep\n"
MORE = ANSWER + "\n".join(f"- point {number} " + "word " * 20 for number in range(60))
PLAIN = "How it is done\n\nFirst of all, a <T> and salt:\n\n1. one\n2. two\n  • deep"


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, which the bot may write to."""
    return tg.private(ann, started=True)


@pytest.fixture
def frontend(tg: TelegramSandbox, bot: Bot) -> TelegramFrontend:
    """The frontend under test."""
    return TelegramFrontend(bot, options_for(tg, rich=True))


@asynccontextmanager
async def rendering(frontend: TelegramFrontend, parcel: Parcel, notes: Notes) -> AsyncGenerator[ReplyStream]:
    """Show a stream for the length of the block, and to its end."""
    stream = ReplyStream()
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(frontend.render, parcel, stream, notes)
            yield stream


async def show(frontend: TelegramFrontend, parcel: Parcel, text: str = ANSWER) -> Notes:
    """Show an answer that is complete already."""
    notes = Notes()
    with anyio.fail_after(20):
        await frontend.render(parcel, ReplyStream.of(Final(text)), notes)
    return notes


def types(chat: SandboxChat) -> list[list[str]]:
    """The types of the blocks of each message."""
    return [[block["type"] for block in message.rich] for message in chat.messages if message.from_bot]


def methods(tg: TelegramSandbox) -> list[str]:
    return [call.method for call in tg.calls if call.method != "sendChatAction"]


@pytest.mark.requirement("S0.12")
async def test_an_answer_grows_as_one_rich_message(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat
) -> None:
    async with rendering(frontend, parcel_to(chat), Notes()) as stream:
        stream.push(TextDelta(f"{BEGINNING}, **sa"))
        await chat.wait_for(lambda message: "sa" in message.text)
        stream.push(Final(ANSWER))
    [message] = chat.messages
    assert types(chat) == [["heading", "paragraph", "list"]]
    assert "**" not in message.versions[0].text
    assert [bool(version.rich) for version in message.versions] == [True] * len(message.versions)
    sent = await tg.wait_call("sendRichMessage")
    assert "disable_notification" not in sent.params


async def test_what_needs_no_blocks_is_a_message_like_any_other_until_it_does(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat
) -> None:
    await show(frontend, parcel_to(chat), "Just **words**.")
    async with rendering(frontend, replace(parcel_to(chat), id="p2"), Notes()) as stream:
        stream.push(TextDelta("A sentence that is long enough to be shown.\n\n"))
        await chat.wait_for(lambda message: message.text.startswith("A sentence"))
        stream.push(Final("A sentence that is long enough to be shown.\n\n- and a list"))
    assert types(chat) == [[], ["paragraph", "list"]]
    assert methods(tg) == ["sendMessage", "sendMessage", "editMessageText"]


async def test_parts_are_silent_buttons_stand_below_the_last_and_replies_are_replies(
    tg: TelegramSandbox, frontend: TelegramFrontend, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000001, "Friends", members=[ann])
    parcel = parcel_to(group, reply_to=group.say(ann, "/ask how"))
    buttons = ((Button("Again", "again"),),)
    await show(frontend, replace(parcel, text=MORE, buttons=buttons), MORE)
    first, *rest = [message for message in group.messages if message.rich]
    assert rest
    assert first.reply_to == group.messages[0].id
    assert [message.reply_to for message in rest] == [None] * len(rest)
    assert [list(message.buttons) for message in (first, *rest)] == [[]] * len(rest) + [["Again"]]
    silent = [
        call.params.get("disable_notification") for call in tg.calls if call.method == "sendRichMessage"
    ]
    assert silent == [None, *["true"] * len(rest)]
    said = "\n".join(message.text for message in (first, *rest)).split("\n")
    assert [line.split()[1] for line in said if line.startswith("point")] == [str(n) for n in range(60)]


@pytest.mark.requirement("P4")
async def test_a_placeholder_becomes_a_rich_message(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> None:
    await show(TelegramFrontend(bot, options_for(tg, rich=True, placeholder=True)), parcel_to(chat))
    assert methods(tg) == ["sendMessage", "editMessageText"]
    assert types(chat) == [["heading", "paragraph", "list"]]


async def test_a_draft_is_rich_too(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> None:
    frontend = TelegramFrontend(bot, options_for(tg, rich=True, drafts=True))
    async with rendering(frontend, parcel_to(chat), Notes()) as stream:
        await tg.wait_call("sendMessageDraft")
        stream.push(TextDelta(f"{BEGINNING}, **so"))
        await tg.wait_call("sendRichMessageDraft")
        stream.push(Final(ANSWER))
    assert [block["type"] for block in chat.drafts[-1].rich] == ["heading", "paragraph"]
    assert chat.drafts[-1].stoppable
    assert {draft.id for draft in chat.drafts} == {chat.drafts[0].id}
    assert types(chat) == [["heading", "paragraph", "list"]]


async def test_a_draft_that_is_refused_as_a_rich_one_is_a_plain_one(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    tg.fault("sendRichMessageDraft", code=400, description="Bad Request: RICH_MESSAGE_INVALID")
    frontend = TelegramFrontend(bot, options_for(tg, rich=True, drafts=True))
    async with rendering(frontend, parcel_to(chat), Notes()) as stream:
        stream.push(TextDelta(f"{BEGINNING}, so"))
        await tg.wait_call("sendMessageDraft", where=lambda call: "so" in call.params.get("text", ""))
        stream.push(Final(ANSWER))
    assert [message.text for message in chat.messages] == [PLAIN]


@pytest.mark.requirement("P4")
async def test_a_repeat_is_marked(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> None:
    tg.fault("sendRichMessage", kind="deliver_then_drop")
    frontend = TelegramFrontend(bot, options_for(tg, rich=True))
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel_to(chat))
    assert caught.value.maybe_done
    await show(frontend, replace(parcel_to(chat), uncertain=frozenset({0})))
    first, second = chat.messages
    assert not first.text.startswith("↻")
    assert second.text == f"↻ {first.text}"


REFUSED: list[tuple[str, int]] = [
    ("Bad Request: RICH_MESSAGE_EMAIL_INVALID", 400),
    ("Bad Request: RICH_VALIDATE_CTOR_NOT_ALLOWED", 400),
    ("Bad Request: can't parse rich message: unsupported block", 400),
    ("Bad Request: rich message is too long", 400),
    ("Bad Request: MESSAGE_TOO_LONG", 400),
    ("Bad Request: rich text is not supported", 400),
    ("Bad Request: something that nobody has heard of", 400),
]


@pytest.mark.requirement("P17")
@pytest.mark.parametrize(("description", "code"), REFUSED)
async def test_a_refused_part_is_said_with_entities_and_so_is_it_from_then_on(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, description: str, code: int
) -> None:
    tg.fault("sendRichMessage", code=code, description=description)
    async with rendering(frontend, parcel_to(chat), Notes()) as stream:
        stream.push(TextDelta(f"{BEGINNING}, so"))
        await chat.wait_for(lambda message: "so" in message.text)
        stream.push(Final(ANSWER))
    [message] = chat.messages
    assert (message.text, message.rich) == (PLAIN, ())
    assert {entity["type"] for entity in message.entities} == {"bold", "underline"}
    assert methods(tg)[:2] == ["sendRichMessage", "sendMessage"]
    assert not any("rich_message" in call.params for call in tg.calls[2:])
    await show(frontend, replace(parcel_to(chat), id="p2"))
    assert chat.messages[-1].rich


@pytest.mark.requirement("P17")
async def test_a_part_that_is_refused_twice_is_plain(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat
) -> None:
    for method in ("sendRichMessage", "sendMessage"):
        tg.fault(method, code=400, description="Bad Request: can't parse it")
    await show(frontend, parcel_to(chat))
    [message] = chat.messages
    assert (message.text, message.entities, message.rich) == (PLAIN, (), ())


@pytest.mark.requirement("P17")
@pytest.mark.parametrize(
    ("code", "description"),
    [(404, "Not Found: method not found"), (400, "Bad Request: message text is empty")],
)
async def test_a_server_that_knows_no_rich_messages_is_asked_once(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, code: int, description: str
) -> None:
    tg.fault("sendRichMessage", code=code, description=description, times=9)
    await show(frontend, parcel_to(chat))
    await show(frontend, replace(parcel_to(chat), id="p2"))
    assert [message.text for message in chat.messages] == [PLAIN, PLAIN]
    assert methods(tg) == ["sendRichMessage", "sendMessage", "sendMessage"]


@pytest.mark.requirement("P17")
async def test_an_edit_that_is_refused_is_made_with_entities(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    tg.fault("editMessageText", code=400, description="Bad Request: message text is empty")
    await show(TelegramFrontend(bot, options_for(tg, rich=True, placeholder=True)), parcel_to(chat))
    assert [(message.text, message.rich) for message in chat.messages] == [(PLAIN, ())]


@pytest.mark.requirement("P17")
async def test_a_refused_token_is_no_refusal_of_rich_messages(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat
) -> None:
    tg.fault("sendRichMessage", code=404, description="Not Found")
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel_to(chat))
    assert caught.value.seconds == 60
    await show(frontend, parcel_to(chat))
    assert types(chat) == [["heading", "paragraph", "list"]]


async def test_addresses_of_mail_are_not_looked_for(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat
) -> None:
    await show(frontend, parcel_to(chat), "# Accounts\n- openai:ann@example.org")
    assert types(chat) == [["heading", "list"]]
    [call] = [call for call in tg.calls if call.method == "sendRichMessage"]
    assert call.ok


async def test_a_rich_message_that_is_replied_to_or_passed_on_is_heard(
    tg: TelegramSandbox,
    adapter: TelegramAdapter,
    frontend: TelegramFrontend,
    chat: SandboxChat,
    intake: RecordingIntake,
) -> None:
    ann = tg.user(1001, "Ann", "ann")
    await show(frontend, parcel_to(chat), "# Title\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    said: Call = await tg.wait_call("sendRichMessage")
    async with listening(adapter, intake):
        chat.say(ann, "what is one?", reply_to=chat.messages[0])
        tg.inject_update(
            {"message": {**said.result, "from": {"id": ann.id, "is_bot": False, "first_name": "Ann"}}}
        )
        await tg.wait_confirmed()
    quoted, passed_on = intake.messages
    words = "Title\none\na | b\n1 | 2"
    assert [quote.text for quote in quoted.quotes] == [words]
    assert passed_on.text == words
