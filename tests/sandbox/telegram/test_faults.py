"""What goes wrong on order: refusals, drops, delays, limits, outages."""

import anyio
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)

from picklebot.sandbox.telegram import Rate, Rates, SandboxChat, SandboxUser, TelegramSandbox
from picklebot.sandbox.telegram.faults import Fault, Faults


@pytest.fixture
def chat(tg: TelegramSandbox, ann: SandboxUser) -> SandboxChat:
    """Ann's private chat, begun."""
    return tg.private(ann, started=True)


async def test_errors_for_so_many_calls(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> None:
    tg.fault("sendMessage", times=2, retry_after=7)
    tg.fault("sendMessage", code=403)
    tg.fault("sendMessage", migrate_to_chat_id=-100)
    tg.fault("*", code=502)
    for _ in range(2):
        with pytest.raises(TelegramRetryAfter) as refused:
            await bot.send_message(chat.id, "x")
        assert refused.value.retry_after == 7
    with pytest.raises(TelegramForbiddenError, match="blocked"):
        await bot.send_message(chat.id, "x")
    with pytest.raises(TelegramMigrateToChat):
        await bot.send_message(chat.id, "x")
    with pytest.raises(TelegramServerError, match="Bad Gateway"):
        await bot.get_me()
    await bot.send_message(chat.id, "x")
    assert len(chat.messages) == 1
    assert [call.ok for call in tg.calls] == [False] * 5 + [True]


async def test_fault_of_one_chat_and_of_polls(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> None:
    bob = tg.private(tg.user(2, "Bob"), started=True)
    tg.fault("sendMessage", chat_id=bob.id)
    tg.fault("*", description="Bad Gateway: sandbox", code=502)
    await bot.get_updates()
    with pytest.raises(TelegramServerError, match="Bad Gateway: sandbox"):
        await bot.send_message(chat.id, "x")
    await bot.send_message(chat.id, "x")
    with pytest.raises(TelegramServerError):
        await bot.send_message(bob.id, "x")
    tg.fault("getUpdates", retry_after=1)
    with pytest.raises(TelegramRetryAfter):
        await bot.get_updates()
    tg.fault("*", times=9)
    tg.clear_faults()
    await bot.get_me()


async def test_drop_does_nothing_and_deliver_then_drop_does_it(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    tg.fault("sendMessage", kind="drop")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(chat.id, "never")
    assert chat.messages == []
    tg.fault("sendMessage", kind="deliver_then_drop")
    with pytest.raises(TelegramNetworkError):
        await bot.send_message(chat.id, "once")
    assert [message.text for message in chat.messages] == ["once"]
    assert [(call.fault, call.ok) for call in tg.calls] == [("drop", False), ("deliver_then_drop", True)]
    await bot.send_message(chat.id, "works again")


async def test_delayed_call_is_done_though_the_client_left(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat
) -> None:
    tg.fault("sendMessage", kind="delay", seconds=0.3)
    with pytest.raises(TelegramNetworkError, match="timeout"):
        await bot.send_message(chat.id, "late", request_timeout=0.05)  # pyright: ignore[reportArgumentType]
    assert (await chat.next_reply()).text == "late"


def test_faults_are_bounded() -> None:
    faults = Faults()
    with pytest.raises(ValueError, match="at least once"):
        faults.add(Fault(), times=0)
    for _ in range(1_000):
        faults.add(Fault())
    with pytest.raises(ValueError, match="at most 1000"):
        faults.add(Fault())


async def test_limits_on_request(tg: TelegramSandbox, bot: Bot, chat: SandboxChat) -> None:
    tg.enforce_limits(Rates(chat=Rate(0.1, 2)))
    sent = await bot.send_message(chat.id, "one")
    await bot.edit_message_text("two", chat_id=chat.id, message_id=sent.message_id)
    await bot.send_chat_action(chat.id, "typing")
    with pytest.raises(TelegramRetryAfter) as refused:
        await bot.send_message(chat.id, "three")
    assert refused.value.retry_after == 10
    tg.lift_limits()
    await bot.send_message(chat.id, "three")


async def test_outage_keeps_what_is_known(
    tg: TelegramSandbox, bot: Bot, chat: SandboxChat, ann: SandboxUser
) -> None:
    failed: list[Exception] = []
    before = tg.base_url

    async def poll() -> None:
        try:
            await bot.get_updates(timeout=50)
        except TelegramNetworkError as error:
            failed.append(error)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poll)
            while not tg._world.updates._poll:
                await tg._world.updates.changed()
            async with tg.outage():
                with pytest.raises(TelegramNetworkError):
                    await bot.get_me()
                chat.say(ann, "meanwhile")
    assert failed
    assert tg.base_url == before
    assert [update.message.text for update in await bot.get_updates() if update.message] == ["meanwhile"]


async def test_failure_of_a_test_comes_out_as_itself() -> None:
    with pytest.raises(ZeroDivisionError):
        async with TelegramSandbox.start():
            raise ZeroDivisionError
    with pytest.raises(ValueError, match="127"):
        async with TelegramSandbox.start(host="0.0.0.0"):
            pass


async def test_port_in_use(tg: TelegramSandbox) -> None:
    with pytest.raises(OSError, match="in use"):
        async with TelegramSandbox.start(port=int(tg.base_url.rpartition(":")[2])):
            pass


async def test_reset(tg: TelegramSandbox, bot: Bot, chat: SandboxChat, ann: SandboxUser) -> None:
    chat.say(ann, "x")
    await bot.get_me()
    tg.reset()
    assert (tg.users, tg.chats, tg.calls, tg.pending) == ([], {}, [], [])
    assert (await bot.get_me()).username == "pickle_bot"
