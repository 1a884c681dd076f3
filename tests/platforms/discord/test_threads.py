"""Threads that the bot opens, through the real discord.py."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.platforms.discord.kit import Notes, listening, options_for

from picklebot.model.events import Final
from picklebot.model.message import Address, ChatKind
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.threads import thread_name
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.discord import DiscordSandbox, Message, SandboxChannel, User
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory

THREADS = {"*": "mention", "3": "off"}


@pytest.fixture
def adapter(dc: DiscordSandbox) -> DiscordAdapter:
    return DiscordAdapter(options_for(dc, threads=THREADS), DictMemory())


@pytest.fixture
async def heard(adapter: DiscordAdapter, general: SandboxChannel) -> AsyncIterator[RecordingIntake]:
    """What reaches the bus while the bot listens."""
    intake = RecordingIntake()
    async with listening(adapter, intake):
        yield intake


async def address_of(heard: RecordingIntake, text: str) -> Address:
    await heard.wait(lambda bus: text in bus.texts)
    return heard.messages[heard.texts.index(text)].address


async def answer(adapter: DiscordAdapter, address: Address, text: str, session_id: str = "s") -> None:
    parcel = Parcel(f"p {text}", session_id, address, datetime.now(UTC))
    await adapter.frontend.render(parcel, ReplyStream.of(Final(text)), Notes())


def thread_on(dc: DiscordSandbox, message: Message) -> SandboxChannel:
    return dc.channels[message.id]


async def test_a_mention_is_answered_in_a_thread_on_it(
    dc: DiscordSandbox, adapter: DiscordAdapter, general: SandboxChannel, ann: User, heard: RecordingIntake
) -> None:
    asked = general.say(ann, "which herb goes with pickles?", mentions_bot=True)
    address = await address_of(heard, "which herb goes with pickles?")
    assert address.begins_thread
    await answer(adapter, address, "dill")
    await answer(adapter, address, "and mint")
    thread = thread_on(dc, asked)
    assert thread.name == "which herb goes with pickles?"
    assert [message.text for message in thread.messages if message.from_bot] == ["dill", "and mint"]
    assert all(message.reply_to is None for message in thread.messages)
    assert not any(message.from_bot for message in general.messages)


async def test_there_the_starter_needs_no_mention_and_others_do(
    dc: DiscordSandbox, adapter: DiscordAdapter, general: SandboxChannel, ann: User, heard: RecordingIntake
) -> None:
    bob = dc.user(1002, "Bob")
    asked = general.say(ann, "which herb?", mentions_bot=True)
    await answer(adapter, await address_of(heard, "which herb?"), "dill")
    thread = thread_on(dc, asked)
    thread.say(ann, "how much?")
    thread.say(bob, "I like mint")
    thread.say(bob, "and I?", mentions_bot=True)
    await heard.wait(lambda bus: "and I?" in bus.texts)
    spoken_to = {message.text: message.spoken_to for message in heard.messages}
    assert spoken_to == {"which herb?": True, "how much?": True, "I like mint": False, "and I?": True}
    address = await address_of(heard, "how much?")
    assert (address.chat_id, address.thread_id) == ("2", str(asked.id))
    assert not address.begins_thread


async def test_replies_commands_other_channels_and_peoples_threads_begin_none(
    dc: DiscordSandbox, adapter: DiscordAdapter, general: SandboxChannel, ann: User, heard: RecordingIntake
) -> None:
    quiet = dc.guild(1, "Garden").channel(3, "quiet")
    own = general.thread("Ann's", ann)
    quiet.say(ann, "one", mentions_bot=True)
    own.say(ann, "two", mentions_bot=True)
    own.say(ann, "three")
    general.say(ann, "/help", mentions_bot=True)
    begun = await address_of(heard, "one")
    assert begun.thread_id is None
    await answer(adapter, begun, "here")
    quiet.say(ann, "four", reply_to=await quiet.next_reply(), mentions_bot=True)
    await heard.wait(lambda bus: len(bus.messages) == 5)
    assert not any(message.address.begins_thread for message in heard.messages)
    assert [message.spoken_to for message in heard.messages if message.text == "three"] == [False]


async def test_a_refusal_opens_none(
    adapter: DiscordAdapter, general: SandboxChannel, ann: User, heard: RecordingIntake
) -> None:
    asked = general.say(ann, "let me in", mentions_bot=True)
    await answer(adapter, await address_of(heard, "let me in"), "not yet", session_id="")
    assert (await general.next_reply(asked)).text == "not yet"


async def test_where_a_thread_is_refused_the_answer_comes_as_a_reply(
    dc: DiscordSandbox, adapter: DiscordAdapter, general: SandboxChannel, ann: User, heard: RecordingIntake
) -> None:
    dc.fault("POST /channels/*/messages/*/threads", status=403, code=50013)
    asked = general.say(ann, "hello", mentions_bot=True)
    await answer(adapter, await address_of(heard, "hello"), "hello!")
    assert (await general.next_reply(asked)).reply_to == asked.id


async def test_a_message_that_is_gone_is_answered_in_its_channel(
    adapter: DiscordAdapter, general: SandboxChannel, ann: User, heard: RecordingIntake
) -> None:
    asked = general.say(ann, "hello", mentions_bot=True)
    address = await address_of(heard, "hello")
    general.delete(asked)
    await answer(adapter, address, "hello!")
    assert [message.text for message in general.messages if message.from_bot] == ["hello!"]


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("<@12> how are you?", "how are you?"),
        ("<@!12> <@&5>", "A conversation"),
        ("x" * 200, "x" * 59 + "…"),
        ("two\nlines", "two lines"),
    ],
)
def test_a_thread_is_called_by_how_its_question_begins(question: str, name: str) -> None:
    assert thread_name(question) == name


def test_only_a_thread_on_the_question_begins_there() -> None:
    address = Address("discord", "1", "2", ChatKind.GROUP, thread_id="9", reply_to="9")
    assert address.begins_thread
    assert not replace(address, reply_to="10").begins_thread
    assert not replace(address, thread_id=None, reply_to=None).begins_thread
