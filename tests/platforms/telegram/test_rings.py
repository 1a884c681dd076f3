"""How a reply begins, what a crash or a lost answer leaves of it, and how much is said at most."""

from dataclasses import replace

import anyio
import pytest
from aiogram import Bot
from tests.figures import Figure
from tests.platforms.telegram.kit import Notes, options_for, parcel_to

from picklebot.errors import DeliveryDelayedError
from picklebot.model.events import Final, TextDelta
from picklebot.model.parcel import Parcel
from picklebot.model.rate import Rate, Rates
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox
from picklebot.sandbox.telegram.limits import Rate as FarRate
from picklebot.sandbox.telegram.limits import Rates as FarRates

ANSWER = "The whole answer, long enough to be shown early."


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, which the bot may write to."""
    return tg.private(ann, started=True)


async def show(frontend: TelegramFrontend, parcel: Parcel, notes: Notes, text: str = ANSWER) -> None:
    with anyio.fail_after(20):
        await frontend.render(parcel, ReplyStream.of(Final(text)), notes)


def after_crash(parcel: Parcel, notes: Notes) -> Parcel:
    """The parcel as the next process finds it: what was under way is in doubt."""
    return replace(parcel, posted=notes.ids, uncertain=frozenset(notes.uncertain | notes.under_way))


@pytest.mark.requirement("P4")
async def test_what_a_crash_cut_off_is_repeated_once_with_a_mark_that_stays(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    parcel, notes = parcel_to(chat), Notes()
    tg.fault("sendMessage", kind="delay", seconds=0.2)
    async with anyio.create_task_group() as process:
        process.start_soon(show, TelegramFrontend(bot, options_for(tg)), parcel, notes)
        await tg.wait_call("sendMessage")
        process.cancel_scope.cancel()
    again = after_crash(parcel, notes)
    assert again.uncertain == {0}
    await show(TelegramFrontend(bot, options_for(tg)), again, notes)
    more = replace(after_crash(parcel, notes), uncertain=frozenset({0}))
    await show(TelegramFrontend(bot, options_for(tg)), more, notes, f"{ANSWER} And more.")
    assert [message.text for message in chat.messages] == [ANSWER, f"↻ {ANSWER} And more."]


@pytest.mark.requirement("P4")
async def test_a_placeholder_is_written_into_and_never_doubles_an_answer(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    parcel, notes = parcel_to(chat), Notes()
    frontend = TelegramFrontend(bot, options_for(tg, placeholder=True))
    tg.fault("sendMessage", kind="deliver_then_drop")
    tg.fault("editMessageText", kind="deliver_then_drop")
    with pytest.raises(DeliveryDelayedError):
        await show(frontend, parcel, notes)
    await show(TelegramFrontend(bot, options_for(tg, placeholder=True)), after_crash(parcel, notes), notes)
    assert [message.text for message in chat.messages] == ["…", ANSWER]
    assert notes.posted == {0: str(chat.messages[1].id)}


@pytest.mark.requirement("P4")
async def test_a_placeholder_comes_first_and_every_further_message_begins_as_one(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    stream, long = ReplyStream(), "word " * 1_500
    frontend = TelegramFrontend(bot, options_for(tg, placeholder=True))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(frontend.render, parcel_to(chat), stream, Notes())
        begun = await chat.next_reply()
        assert begun.text == "…"
        stream.push(TextDelta(long))
        stream.push(Final(long))
    assert " ".join(message.text for message in chat.messages).split() == long.split()
    assert [message.versions[0].text for message in chat.messages] == ["…"] * len(chat.messages)
    assert len(chat.messages) == 2


@pytest.mark.slow
@pytest.mark.requirement("P15")
async def test_ten_times_the_limits_and_not_one_429(tg: TelegramSandbox, bot: Bot, figure: Figure) -> None:
    """All of it twenty times as fast as the real limits, which are the same for both sides."""
    chat_rate, group_rate, bot_rate = Rate(20, 1.0, 3), Rate(400, 60.0, 3), Rate(600, 1.0, 30)
    tg.enforce_limits(FarRates(chat=FarRate(20, 3), group=FarRate(400 / 60, 3), bot=FarRate(600, 30)))
    options = options_for(tg, rates=Rates(chat_rate, group_rate, bot_rate), chat_pace=0.05, group_pace=0.15)
    frontend = TelegramFrontend(bot, options)
    people = [tg.user(number, f"P{number}") for number in range(2001, 2009)]
    chats = [tg.private(person, started=True) for person in people]
    chats += [tg.group(-number, f"G{number}", members=people) for number in range(1, 5)]

    async def talk(chat: SandboxChat, name: str) -> None:
        stream = ReplyStream()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(frontend.render, replace(parcel_to(chat), id=name), stream, Notes())
            for number in range(20):
                stream.push(TextDelta(f"{name} says number {number}, and there is more to come. "))
                await anyio.sleep(0.005)  # a model that speaks ten times as fast as a chat may be told
            stream.push(Final(f"{name} is done."))

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for chat in chats:
                for number in range(10):
                    tasks.start_soon(talk, chat, f"{chat.id}-{number}")
    for chat in chats:
        finals = {f"{chat.id}-{number} is done." for number in range(10)}
        assert {message.text for message in chat.messages if message.from_bot} == finals
    refused = sum("Too Many" in (call.error or "") for call in tg.calls)
    figure("P15", "429s at ten times the load, 120 answers in 12 chats", refused)
    assert refused == 0


@pytest.mark.requirement("P15")
async def test_a_429_is_waited_for_in_its_chat_alone(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    other = tg.private(tg.user(1002, "Bob"), started=True)
    many = Rate(1_000, 1.0, 100)
    frontend = TelegramFrontend(bot, options_for(tg, rates=Rates(many, many, many)))
    tg.fault("sendMessage", retry_after=30, chat_id=chat.id)
    with pytest.raises(DeliveryDelayedError) as caught:
        await show(frontend, parcel_to(chat), Notes())
    assert (caught.value.seconds, caught.value.maybe_done) == (30, False)
    await show(frontend, replace(parcel_to(other), id="p2"), Notes())
    with anyio.move_on_after(0.2) as waiting:
        await show(frontend, parcel_to(chat), Notes())
    assert waiting.cancelled_caught
    assert len(chat.messages) == 0
    assert [message.text for message in other.messages] == [ANSWER]
