"""No reply twice, also when two minutes have passed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import anyio
import pytest
from tests.platforms.discord.kit import Notes, listening, parcel_to

from picklebot.clock import EvenClock
from picklebot.errors import DeliveryDelayedError
from picklebot.model import words
from picklebot.model.events import Final
from picklebot.model.message import Address
from picklebot.model.parcel import Parcel
from picklebot.platforms.discord.earlier import Sought, find_earlier
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.replies.stream import ReplyStream

MESSAGES = "POST /channels/*/messages"
HISTORY = "GET /channels/*/messages"
NONCES_END = 130.0
LONG = "\n".join(f"{number}: " + "word " * 30 for number in range(20))

pytestmark = pytest.mark.requirement("P4")


@pytest.fixture
async def frontend(adapter, intake):
    async with listening(adapter, intake):
        yield adapter.frontend


async def show(frontend, parcel: Parcel, text: str, notes: Notes | None = None) -> None:
    with anyio.fail_after(20):
        await frontend.render(parcel, ReplyStream.of(Final(text)), notes or Notes())


async def show_and_lose_the_answer(dc, frontend, parcel: Parcel, text: str) -> Parcel:
    """The parcel as the outbox has it when the process that sent it died before it heard that it arrived."""
    dc.fault(MESSAGES, drop="after")
    notes = Notes()
    with pytest.raises(DeliveryDelayedError):
        await show(frontend, parcel, text, notes)
    dc.advance(NONCES_END)
    return replace(parcel, posted=notes.ids, uncertain=frozenset({len(notes.ids)}))


def said_by_bot(channel) -> list[str]:
    return [message.text for message in channel.messages if message.from_bot]


@pytest.mark.parametrize("private", [True, False])
async def test_a_reply_that_arrived_is_not_sent_again(dc, frontend, ann, general, private):
    channel = dc.dm(ann) if private else general
    asked = channel.say(ann, "hello")
    parcel = await show_and_lose_the_answer(dc, frontend, parcel_to(channel, reply_to=asked), "the answer")
    channel.say(ann, "are you there?")
    notes = Notes()
    await show(frontend, parcel, "the answer", notes)
    assert said_by_bot(channel) == ["the answer"]
    assert notes.ids == (str(channel.messages[1].id),)


async def test_a_beginning_that_arrived_becomes_the_answer(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    parcel = parcel_to(general, reply_to=asked)
    parcel = await show_and_lose_the_answer(dc, frontend, parcel, "Let me think about")
    await show(frontend, parcel, "Another turn found other words.")
    assert said_by_bot(general) == ["Another turn found other words."]


async def test_one_that_did_not_arrive_is_sent(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    other = general.say(ann, "and this", mentions_bot=True)
    await show(frontend, parcel_to(general, reply_to=other), "an answer to another question")
    await show(frontend, parcel_to(general, reply_to=asked, parcel_id="p2"), words.LOST_HISTORY)
    uncertain = replace(parcel_to(general, reply_to=asked, parcel_id="p3"), uncertain=frozenset({0}))
    await show(frontend, uncertain, "the answer")
    assert said_by_bot(general) == ["an answer to another question", words.LOST_HISTORY, "the answer"]


async def test_a_notice_is_found_by_its_words_alone(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    parcel = parcel_to(general, reply_to=asked)
    await show(frontend, replace(parcel, id="answer"), "the answer")
    parcel = await show_and_lose_the_answer(dc, frontend, parcel, words.LOST_HISTORY)
    await show(frontend, parcel, words.LOST_HISTORY)
    assert said_by_bot(general) == ["the answer", words.LOST_HISTORY]


async def test_a_later_part_that_arrived_is_not_sent_again(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    parcel, notes = parcel_to(general, reply_to=asked), Notes()
    await show(frontend, parcel, LONG, notes)
    once = said_by_bot(general)
    dc.advance(NONCES_END)
    again = replace(parcel, posted=notes.ids[:1], uncertain=frozenset({1}))
    await show(frontend, again, LONG, Notes())
    assert said_by_bot(general) == once


async def test_what_the_bot_said_of_its_own_accord(dc, frontend, ann):
    channel = dc.dm(ann)
    parcel = await show_and_lose_the_answer(dc, frontend, parcel_to(channel), "Good morning, Ann.")
    await show(frontend, parcel, "Good morning, Ann.")
    assert said_by_bot(channel) == ["Good morning, Ann."]


async def test_while_the_channel_cannot_be_read_it_stays_uncertain(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    parcel = await show_and_lose_the_answer(dc, frontend, parcel_to(general, reply_to=asked), "the answer")
    dc.fault(HISTORY, status=503)
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel, "the answer")
    assert caught.value.maybe_done
    await show(frontend, parcel, "the answer")
    assert said_by_bot(general) == ["the answer"]


async def test_where_nothing_may_be_read_it_is_sent(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    dc.fault(HISTORY, status=403, code=50001)
    uncertain = replace(parcel_to(general, reply_to=asked), uncertain=frozenset({0}))
    await show(frontend, uncertain, "the answer")
    assert said_by_bot(general) == ["the answer"]


async def test_a_parcel_that_is_certain_asks_for_nothing(dc, frontend, ann, general):
    asked = general.say(ann, "hello", mentions_bot=True)
    await show(frontend, parcel_to(general, reply_to=asked), LONG)
    assert dc.calls_of(HISTORY) == []


def test_the_answer_to_a_slash_command_is_known_by_the_command():
    sought = Sought("9", "the answer", None, "77", frozenset())
    thinking = {"id": "1", "author": {"id": "9"}, "content": "", "interaction_metadata": {"id": "77"}}
    other = {"id": "2", "author": {"id": "9"}, "content": "x", "interaction_metadata": {"id": "78"}}
    begun = {"id": "3", "author": {"id": "9"}, "content": "the", "interaction_metadata": {"id": "77"}}
    foreign = {"id": "4", "author": {"id": "8"}, "content": "the answer"}
    assert find_earlier([thinking, other, foreign], sought) is None
    assert find_earlier([thinking, other, begun], sought) == begun


async def test_a_late_answer_to_a_slash_command(dc, frontend, ann, general, monkeypatch):
    """It was edited into the command's place; when that was not heard, and the command is over, it is found."""
    await dc.wait_call("PUT /applications/*/commands")
    used = dc.slash(ann, general, "ask", {"question": "hello"})
    await dc.wait_acknowledged(used)
    handle = InteractionHandle(str(used.id), str(dc.bot.id), str(ann.id), used.token, ephemeral=False)
    address = Address("discord", str(dc.bot.id), "2", interaction=handle.text)
    parcel = Parcel("p1", "s1", address, datetime.now(UTC))
    await show(frontend, parcel, "the answer")
    later = datetime.now(UTC) + timedelta(minutes=20)
    monkeypatch.setattr("picklebot.platforms.discord.surface.CLOCK", EvenClock(later.timestamp))
    await show(frontend, replace(parcel, uncertain=frozenset({0})), "the answer")
    assert said_by_bot(general) == ["the answer"]
