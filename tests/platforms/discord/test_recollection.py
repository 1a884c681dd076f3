"""What was said in a channel before, read by the real discord.py's session."""

from dataclasses import replace

import anyio
import pytest
from tests.platforms.discord.kit import listening, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model.message import Address, Command
from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.sandbox.discord import DiscordSandbox, Message, SandboxChannel
from picklebot.testing.memory import DictMemory

HISTORY = "GET /channels/*/messages"


@pytest.fixture
async def listener(dc, adapter, intake):
    """An adapter that listens from the moment when this is asked for."""
    async with listening(adapter, intake):
        yield adapter


def asked_in(channel: SandboxChannel, question: Message) -> Address:
    return replace(parcel_to(channel, reply_to=question).address, bot_id="123456789012345678")


async def texts_before(adapter: DiscordAdapter, address: Address, most: int = 20) -> list[str]:
    with anyio.fail_after(10):
        return [message.text for message in await adapter.recollection.before(address, most)]


@pytest.fixture
def said(dc, ann, general) -> Message:
    """A talk that no process heard, with the question at its end."""
    for number in range(25):
        general.say(ann, f"line {number}")
    general.say(dc.bot, "the bot's own")
    return general.say(ann, "who is right?", mentions_bot=True)


async def test_the_last_messages_before_the_question_are_told_as_they_would_have_been_heard(
    said, listener, ann, general
) -> None:
    general.say(ann, "after it")
    found = await listener.recollection.before(asked_in(general, said), 20)
    assert [message.text for message in found] == [f"line {number}" for number in range(6, 25)]
    assert {message.address.chat_id for message in found} == {"2"}
    assert not any(message.spoken_to for message in found)
    [only] = await listener.recollection.before(asked_in(general, general.messages[-1]), 1)
    assert (only.text, only.spoken_to, only.sender.name) == ("who is right?", True, "Ann")


async def test_before_a_slash_command_is_before_it_was_used(dc, said, listener, ann, general) -> None:
    used = dc.slash(ann, general, "ask", {"question": "and now?"})
    general.say(ann, "after it")
    handle = InteractionHandle(str(used.id), "1", "1001", "t", ephemeral=False)
    address = replace(asked_in(general, said), reply_to=None, interaction=handle.text)
    assert (await texts_before(listener, address))[-1] == "who is right?"


async def test_a_thread_has_its_own_talk_and_the_one_that_a_question_begins_that_of_its_channel(
    said, listener, ann, general
) -> None:
    thread = general.thread("topic", ann, on=said)
    thread.say(ann, "in the thread")
    question = thread.say(ann, "/new", mentions_bot=True)
    assert await texts_before(listener, asked_in(thread, question)) == ["in the thread"]
    begins = replace(asked_in(general, said), thread_id=str(said.id))
    assert (await texts_before(listener, begins))[-1] == "line 24"


async def test_a_command_is_told_as_one(general, listener, ann) -> None:
    general.say(ann, "/new", mentions_bot=True)
    question = general.say(ann, "hm", mentions_bot=True)
    [found] = await listener.recollection.before(asked_in(general, question), 20)
    assert found.command == Command("new")


async def test_where_the_past_is_closed_nothing_is_asked(dc, listener, ann, intake) -> None:
    closed = dc.guild(1, "Garden").channel(9, "closed", closed_past=True)
    question = closed.say(ann, "who is right?", mentions_bot=True)
    await intake.wait(lambda bus: len(bus.messages) == 1)
    before = len(dc.calls)
    assert await texts_before(listener, asked_in(closed, question)) == []
    assert dc.calls_of(HISTORY, after=before) == []
    unknown = replace(asked_in(closed, question), chat_id="77")
    assert await texts_before(listener, unknown) == []


async def test_what_discord_refuses_is_told(dc, said, listener, general) -> None:
    dc.fault(HISTORY, status=403, code=50001)
    with pytest.raises(DeliveryError, match="50001"):
        await texts_before(listener, asked_in(general, said))


async def test_a_look_that_is_given_up_leaves_the_rate_limit_of_all_calls_alone(
    dc, said, listener, general, ann
) -> None:
    dc.fault(HISTORY, status=429, retry_after=0.5)
    with anyio.move_on_after(0.1) as patience:
        await texts_before(listener, asked_in(general, said))
    assert patience.cancelled_caught
    # The look goes on by itself, and what comes later is answered.
    await dc.wait_call(HISTORY, where=lambda call: call.status == 200 and "before" in call.query)
    assert (await texts_before(listener, asked_in(general, said)))[-1] == "line 24"


async def test_without_a_connection_it_is_said_at_once(dc, intake, general, said) -> None:
    adapter = DiscordAdapter(options_for(dc), DictMemory())
    with pytest.raises(DeliveryDelayedError):
        await texts_before(adapter, asked_in(general, said))
    async with listening(adapter, intake):
        pass
    with pytest.raises(DeliveryDelayedError):
        await texts_before(adapter, asked_in(general, said))


async def test_a_look_ends_with_its_connection(dc, said, adapter, intake, general) -> None:
    dc.fault(HISTORY, delay=2)
    ended = anyio.Event()

    async def look() -> None:
        with pytest.raises(DeliveryDelayedError):
            await adapter.recollection.before(asked_in(general, said), 20)
        ended.set()

    async with anyio.create_task_group() as tasks:
        async with listening(adapter, intake):
            tasks.start_soon(look)
            with anyio.fail_after(10):
                while dc.faults:  # until the call is at the sandbox
                    await anyio.lowlevel.checkpoint()
        with anyio.fail_after(10):
            await ended.wait()


async def test_without_the_content_intent_there_is_nothing_to_quote(intake) -> None:
    async with DiscordSandbox.start(message_content=False) as dc:
        general, ann = dc.guild(1, "Garden").channel(2, "general"), dc.user(1001, "Ann")
        general.say(ann, "said to nobody")
        question = general.say(ann, "who is right?", mentions_bot=True)
        adapter = DiscordAdapter(options_for(dc), DictMemory())
        async with listening(adapter, intake):
            assert await texts_before(adapter, asked_in(general, question)) == []
