"""getUpdates as Telegram runs it."""

import anyio
import pytest
from aiogram import Bot
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramUnauthorizedError,
)
from aiogram.types import Update

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox
from picklebot.sandbox.telegram.updates import UpdateQueue


async def test_get_me_tells_privacy(bot: Bot) -> None:
    me = await bot.get_me()
    assert (me.id, me.username, me.is_bot) == (bot.id, "pickle_bot", True)
    assert me.can_read_all_group_messages is False
    assert me.has_topics_enabled is False


async def test_wrong_token_is_401(tg: TelegramSandbox, bot: Bot) -> None:
    other = Bot("123456:another-token", session=bot.session)
    with pytest.raises(TelegramUnauthorizedError):
        await other.get_me()
    with pytest.raises(TelegramUnauthorizedError):
        await other.get_updates()


async def test_unknown_method_is_404(bot: Bot) -> None:
    with pytest.raises(TelegramNotFound):
        await bot.get_chat(1)


async def test_update_comes_again_until_a_greater_offset(
    tg: TelegramSandbox, bot: Bot, ann: SandboxUser
) -> None:
    chat = tg.private(ann)
    for word in ("one", "two", "three"):
        chat.say(ann, word)
    first = await bot.get_updates()
    again = await bot.get_updates()
    assert said(first) == said(again) == ["one", "two", "three"]
    rest = await bot.get_updates(offset=first[0].update_id + 1)
    assert said(rest) == ["two", "three"]
    assert said(await bot.get_updates(limit=1)) == ["two"]
    assert said(await bot.get_updates(offset=-1)) == ["three"]
    assert await bot.get_updates(offset=first[-1].update_id + 1) == []
    await tg.wait_confirmed()


async def test_poll_waits_and_wakes(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    got: list[Update] = []

    async def poll() -> None:
        got.extend(await bot.get_updates(timeout=50))

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poll)
            await polling(tg, 1)
            assert got == []
            tg.private(ann).say(ann, "wake up")
    assert said(got) == ["wake up"]


async def test_poll_ends_after_its_timeout(bot: Bot) -> None:
    begun = anyio.current_time()
    assert await bot.get_updates(timeout=1) == []
    assert 0.9 < anyio.current_time() - begun < 5


async def test_older_of_two_pollers_gets_409(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    failed: list[TelegramAPIError] = []

    async def old() -> None:
        try:
            await bot.get_updates(timeout=50)
        except TelegramConflictError as conflict:
            failed.append(conflict)

    async def new() -> None:
        assert said(await bot.get_updates(timeout=50)) == ["hello"]

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(old)
            await polling(tg, 1)
            tasks.start_soon(new)
            await tg.wait_call("getUpdates", where=lambda call: not call.ok)
            tg.private(ann).say(ann, "hello")
    assert "terminated by other getUpdates request" in failed[0].message


async def test_allowed_updates_are_remembered(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    await bot.get_updates(allowed_updates=["edited_message"])
    chat.edit(chat.say(ann, "not asked for"), "asked for")
    updates = await bot.get_updates()
    assert [update.event_type for update in updates] == ["edited_message"]


async def test_odd_update_sits_between_two_good_ones(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    chat.say(ann, "before")
    odd = tg.inject_update({"message": {"message_id": "not a number"}})
    chat.say(ann, "after")
    assert [update["update_id"] for update in tg.pending] == [odd - 1, odd, odd + 1]
    with pytest.raises(Exception, match="deserialize"):
        await bot.get_updates()
    assert said(await bot.get_updates(offset=odd + 1)) == ["after"]


async def test_ids_that_restart_below_are_not_lost(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    chat.say(ann, "old")
    last = (await bot.get_updates())[-1].update_id
    await bot.get_updates(offset=last + 1)
    tg.restart_update_ids(5)
    chat.say(ann, "new")
    updates = await bot.get_updates(offset=last + 1)
    assert [(update.update_id, update.message and update.message.text) for update in updates] == [(5, "new")]


async def test_update_comes_again_in_its_place(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    chat.say(ann, "old")
    [old] = tg.pending
    await bot.get_updates(offset=old["update_id"] + 1, timeout=0)
    chat.say(ann, "new")
    tg.redeliver(old)
    tg.redeliver(old)
    updates = await bot.get_updates()
    assert said(updates) == ["old", "new"]
    assert updates[0].update_id == old["update_id"]


async def test_line_of_updates_is_bounded() -> None:
    queue = UpdateQueue()
    for _ in range(10_050):
        queue.add("message", {})
    assert len(queue.pending) == 10_000


def said(updates: list[Update]) -> list[str | None]:
    """Give the texts of messages."""
    return [update.message.text for update in updates if update.message]


async def polling(tg: TelegramSandbox, polls: int) -> None:
    """Wait until so many polls have reached the sandbox."""
    with anyio.fail_after(5):
        while tg._world.updates._poll < polls:
            await tg._world.updates.changed()
