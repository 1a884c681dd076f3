"""Replies, shown on the sandbox through the real aiogram."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from aiogram import Bot
from tests.platforms.telegram.kit import Notes, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError, DeliveryError, DeliveryImpossibleError
from picklebot.model import words
from picklebot.model.events import Final, TextDelta, ToolStarted
from picklebot.model.parcel import Parcel
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

LONG_ENOUGH = "This is long enough to be shown, "


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, which the bot may write to."""
    return tg.private(ann, started=True)


@pytest.fixture
def frontend(tg: TelegramSandbox, bot: Bot) -> TelegramFrontend:
    """The frontend under test."""
    return TelegramFrontend(bot, options_for(tg))


@pytest.fixture
def notes() -> Notes:
    """The record of posted parts."""
    return Notes()


@asynccontextmanager
async def rendering(frontend: TelegramFrontend, parcel: Parcel, notes: Notes) -> AsyncGenerator[ReplyStream]:
    """Show a stream for the length of the block, and to its end."""
    stream = ReplyStream()
    with anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(frontend.render, parcel, stream, notes)
            yield stream


async def show(frontend: TelegramFrontend, parcel: Parcel, notes: Notes, text: str) -> None:
    """Show an answer that is complete already."""
    with anyio.fail_after(10):
        await frontend.render(parcel, ReplyStream.of(Final(text)), notes)


async def show_until_it_arrived(
    frontend: TelegramFrontend, parcel: Parcel, notes: Notes, text: str
) -> list[DeliveryError]:
    """Show an answer as the delivery does, without its pauses, and give what went wrong meanwhile."""
    troubles: list[DeliveryError] = []
    while True:
        try:
            posted = tuple(notes.posted[index] for index in sorted(notes.posted))
            await show(
                frontend,
                replace(parcel, posted=posted, uncertain=frozenset(notes.uncertain)),
                notes,
                text,
            )
            return troubles
        except DeliveryDelayedError as error:
            troubles.append(error)


@pytest.mark.requirement("S0.12")
async def test_one_message_is_sent_when_it_has_something_to_say_and_edited_to_its_end(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    async with rendering(frontend, parcel_to(chat), notes) as stream:
        await tg.wait_call("sendChatAction")
        stream.push(TextDelta("Well"))
        stream.push(TextDelta(f"… {LONG_ENOUGH}"))
        begun = await chat.next_reply()
        stream.push(TextDelta("**and it goes"))
        await chat.wait_for(lambda message: "goes" in message.text)
        stream.push(ToolStarted("1", "clock", "looking at the clock"))
        await chat.wait_for(lambda message: message.text.endswith("looking at the clock …"))
        stream.push(Final(f"Well… {LONG_ENOUGH}**and it goes on**."))
    [message] = chat.messages
    assert begun.text == f"Well… {LONG_ENOUGH}".strip()
    assert message.id == begun.id
    assert message.text == f"Well… {LONG_ENOUGH}and it goes on."
    assert [entity["type"] for entity in message.entities] == ["bold"]
    assert notes.posted == {0: str(message.id)}
    assert [action.action for action in chat.actions] == ["typing"]


async def test_without_streaming_a_message_comes_when_it_is_complete(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, notes: Notes
) -> None:
    quiet = TelegramFrontend(bot, options_for(tg, previews=False))
    async with rendering(quiet, parcel_to(chat), notes) as stream:
        stream.push(TextDelta(LONG_ENOUGH))
        await tg.wait_call("sendChatAction")
        stream.push(Final(f"{LONG_ENOUGH}and done"))
    assert [len(message.versions) for message in chat.messages] == [1]


async def test_a_long_answer_goes_on_in_silent_messages(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    text = "\n".join(f"line {number} 😀" for number in range(800))
    await show(frontend, parcel_to(chat), notes, text)
    assert "\n".join(message.text for message in chat.messages) == text
    sends = [call.params for call in tg.calls if call.method == "sendMessage"]
    assert ["disable_notification" in params for params in sends] == [False] + [True] * (len(sends) - 1)
    assert len(notes.posted) == len(sends) > 2


async def test_links_show_no_preview_unless_asked_for(
    tg: TelegramSandbox, bot: Bot, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    await show(frontend, parcel_to(chat), notes, "see https://example.org")
    await show(
        TelegramFrontend(bot, options_for(tg, link_previews=True)), parcel_to(chat), notes, "and again"
    )
    sends = [call.params for call in tg.calls if call.method == "sendMessage"]
    assert ["link_preview_options" in params for params in sends] == [True, False]


async def test_in_a_group_the_first_message_is_a_reply(
    tg: TelegramSandbox, frontend: TelegramFrontend, notes: Notes, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000001, "Friends", members=[ann])
    question = group.say(ann, "/ask x")
    await show(frontend, parcel_to(group, reply_to=question), notes, "word " * 1500)
    assert [message.reply_to for message in group.replies] == [question.id, None]


async def test_in_a_topic_everything_stays_in_the_topic(
    tg: TelegramSandbox, frontend: TelegramFrontend, notes: Notes, ann: SandboxUser
) -> None:
    forum = tg.group(-1001000000002, "Forum", forum=True, members=[ann])
    topic = forum.topic("News")
    async with rendering(frontend, parcel_to(forum, thread=topic), notes) as stream:
        await tg.wait_call("sendChatAction")
        stream.push(Final("here"))
    assert [message.thread for message in forum.replies] == [topic]
    assert [action.thread for action in forum.actions] == [topic]


async def test_the_general_topic_is_named_for_typing_only(
    tg: TelegramSandbox, frontend: TelegramFrontend, notes: Notes, ann: SandboxUser
) -> None:
    forum = tg.group(-1001000000002, "Forum", forum=True, members=[ann])
    async with rendering(frontend, parcel_to(forum, thread=1), notes) as stream:
        assert (await tg.wait_call("sendChatAction")).params["message_thread_id"] == "1"
        stream.push(Final("here"))
    assert [message.text for message in forum.replies] == ["here"]
    assert (await tg.wait_call("sendMessage")).error is None


async def test_nothing_to_say_is_said_kindly(
    frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    await show(frontend, parcel_to(chat), notes, "\u200b")
    assert [message.text for message in chat.messages] == [words.EMPTY_ANSWER]


async def test_what_was_posted_before_a_restart_is_edited(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, notes: Notes
) -> None:
    for text in ("first words", "first words", "all words"):
        frontend = TelegramFrontend(bot, options_for(tg))
        assert await show_until_it_arrived(frontend, parcel_to(chat), notes, text) == []
    assert [message.text for message in chat.messages] == ["all words"]
    assert "message is not modified" in str([call.error for call in tg.calls])


async def test_an_answer_that_became_shorter_leaves_nothing_behind(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    await show_until_it_arrived(frontend, parcel_to(chat), notes, "word " * 3000)
    await show_until_it_arrived(frontend, parcel_to(chat), notes, "short")
    assert [message.text for message in chat.messages] == ["short"]
    tg.fault("deleteMessage", code=400, description="Bad Request: message can't be deleted for everyone")
    notes.posted[1] = "77"
    await show_until_it_arrived(frontend, parcel_to(chat), notes, "short")


async def test_a_send_whose_answer_was_lost_is_repeated_with_a_mark_and_only_there(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    tg.fault("sendMessage", kind="deliver_then_drop")
    [trouble] = await show_until_it_arrived(
        frontend, parcel_to(chat), notes, "**Some** " + "more words " * 500
    )
    assert isinstance(trouble, DeliveryDelayedError)
    assert trouble.maybe_done
    lost, repeated, rest = chat.messages
    assert repeated.text == f"↻ {lost.text}"
    assert not rest.text.startswith("↻")
    await show_until_it_arrived(frontend, parcel_to(chat), Notes(), "the next one")
    assert chat.messages[-1].text == "the next one"


async def test_a_beginning_whose_answer_was_lost_is_the_one_stray_and_the_rest_is_marked(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    tg.fault("sendMessage", kind="deliver_then_drop")
    async with rendering(frontend, parcel_to(chat), notes) as stream:
        stream.push(TextDelta(LONG_ENOUGH))
        await tg.wait_call("sendMessage")
        stream.push(Final(f"{LONG_ENOUGH}and all"))
    assert [message.text for message in chat.messages] == [LONG_ENOUGH.strip(), f"↻ {LONG_ENOUGH}and all"]


async def test_a_server_that_was_never_reached_leads_to_no_mark(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    async with tg.outage():
        with pytest.raises(DeliveryDelayedError) as caught:
            await show(frontend, parcel_to(chat), notes, "hello")
    assert not caught.value.maybe_done
    await show(frontend, parcel_to(chat), notes, "hello")
    assert [message.text for message in chat.messages] == ["hello"]


async def test_a_timeout_may_have_been_a_delivery(
    tg: TelegramSandbox, bot: Bot, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    bot.session.timeout = 0.1
    tg.fault("sendMessage", kind="delay", seconds=1)
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel_to(chat), notes, "hello")
    assert caught.value.maybe_done


@pytest.mark.parametrize("fault", ["drop", "error", "deliver_then_drop"])
async def test_a_preview_that_fails_is_let_go(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes, fault: str
) -> None:
    async with rendering(frontend, parcel_to(chat), notes) as stream:
        stream.push(TextDelta(LONG_ENOUGH))
        await chat.next_reply()
        tg.fault("editMessageText", kind=fault)
        stream.push(TextDelta("more "))
        await tg.wait_call("editMessageText")
        stream.push(Final(f"{LONG_ENOUGH}more and all"))
    assert [message.text for message in chat.messages] == [f"{LONG_ENOUGH}more and all"]


async def test_real_limits_are_waited_for(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    tg.enforce_limits()
    for _ in range(3):
        await show(frontend, parcel_to(chat), Notes(), "burst")
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel_to(chat), notes, "one too many")
    assert caught.value.seconds == 1
    assert not caught.value.maybe_done


async def test_a_blocked_bot_gives_up_that_chat(
    frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    chat.block()
    with pytest.raises(DeliveryImpossibleError, match="blocked"):
        await show(frontend, parcel_to(chat), notes, "hello?")


async def test_a_group_that_became_a_supergroup_is_followed(
    tg: TelegramSandbox, frontend: TelegramFrontend, notes: Notes, ann: SandboxUser
) -> None:
    group = tg.group(-50, "Friends", members=[ann])
    question = group.say(ann, "/ask x")
    upgraded = group.upgrade()
    await show(frontend, parcel_to(group, reply_to=question), notes, "found you")
    assert [message.text for message in upgraded.replies] == ["found you"]


async def test_a_text_that_telegram_counts_longer_is_cut_smaller(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    tg.fault("sendMessage", code=400, description="Bad Request: message is too long")
    text = " ".join(f"{number}" for number in range(900))
    [trouble] = await show_until_it_arrived(frontend, parcel_to(chat), notes, text)
    assert isinstance(trouble, DeliveryDelayedError)
    assert " ".join(message.text for message in chat.messages) == text
    assert len(chat.messages) > 1


@pytest.mark.requirement("S0.12")
async def test_a_tool_is_told_of_silently_and_goes_when_the_answer_starts(
    tg: TelegramSandbox, frontend: TelegramFrontend, notes: Notes, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000001, "Friends", members=[ann])
    question = group.say(ann, "/ask x")
    async with rendering(frontend, parcel_to(group, reply_to=question), notes) as stream:
        stream.push(ToolStarted("1", "clock", "looking at the clock"))
        await group.wait_for(lambda message: message.text == "looking at the clock …")
        stream.push(Final("Noon."))
    assert [(message.text, message.reply_to) for message in group.replies] == [("Noon.", question.id)]
    sends = [call.params for call in tg.calls if call.method == "sendMessage"]
    assert ["disable_notification" in params for params in sends] == [True, False]
    assert all("reply_parameters" in params for params in sends)


@pytest.mark.requirement("S0.12")
async def test_who_waited_for_over_a_minute_is_called_once_by_a_short_reply(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes, ann: SandboxUser
) -> None:
    group = tg.group(-1001000000001, "Friends", members=[ann])
    question = group.say(ann, "/ask x")
    for where, asked in ((chat, None), (group, question)):
        begun = datetime.now(UTC) - timedelta(seconds=61)
        parcel = replace(parcel_to(where, reply_to=asked), created_at=begun)
        async with rendering(frontend, parcel, Notes()) as stream:
            stream.push(TextDelta(LONG_ENOUGH))
            await where.next_reply()
            stream.push(Final(f"{LONG_ENOUGH}and at last."))
        answer, call = where.replies
        assert call.text == words.CALLED
        assert call.reply_to == (asked.id if asked else answer.id)
    sends = [call.params for call in tg.calls if call.method == "sendMessage"]
    assert not [params for params in sends if "disable_notification" in params]


async def test_an_answer_of_many_messages_comes_as_a_file_too(
    tg: TelegramSandbox, frontend: TelegramFrontend, chat: SandboxChat, notes: Notes
) -> None:
    await show(frontend, parcel_to(chat), notes, "# Dill\n\n" + "word " * 5_000)
    *texts, file = chat.replies
    assert len(texts) == 7
    document = file.media["document"]
    assert document["file_name"] == "answer.md"
    assert tg.calls[-1].params["disable_notification"] == "true"
