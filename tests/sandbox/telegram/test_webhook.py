"""Delivery to a webhook."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramConflictError
from aiohttp import web

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox


@dataclass
class Receiver:
    """A gateway's webhook: refuses so many times, then takes."""

    refusals: int = 0
    url: str = ""
    seen: list[tuple[str | None, dict[str, Any]]] = field(default_factory=list)
    changed: anyio.Event = field(default_factory=anyio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.seen.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json()))
        self.changed.set()
        self.changed = anyio.Event()
        self.refusals -= 1
        return web.Response(status=500 if self.refusals >= 0 else 200)

    async def wait(self, count: int) -> None:
        with anyio.fail_after(5):
            while len(self.seen) < count:
                await self.changed.wait()


@asynccontextmanager
async def receiving(refusals: int = 0) -> AsyncGenerator[Receiver]:
    """Run a receiver on loopback."""
    receiver = Receiver(refusals)
    app = web.Application()
    app.add_routes([web.post("/hook", receiver.take)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


async def test_delivers_in_order_until_taken(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    chat = tg.private(ann)
    async with receiving(refusals=2) as receiver:
        await bot.set_webhook(receiver.url, secret_token="s3cret")
        chat.say(ann, "one")
        chat.say(ann, "two")
        await receiver.wait(4)
        await tg.wait_confirmed()
        info = await bot.get_webhook_info()
    assert [update["message"]["text"] for _, update in receiver.seen] == ["one", "one", "one", "two"]
    assert {secret for secret, _ in receiver.seen} == {"s3cret"}
    assert info.url == receiver.url
    assert info.pending_update_count == 0
    assert info.last_error_message == "Wrong response from the webhook: status 500"


async def test_unreachable_webhook_keeps_updates(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    async with receiving() as receiver:
        pass
    await bot.set_webhook(receiver.url, allowed_updates=["message"])
    tg.private(ann).say(ann, "waits")
    journal = tg._world.journal
    await journal.until(lambda: [event for event in journal.events if event.kind == "delivery"] or None, 5)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: ClientConnectorError"
    assert (info.pending_update_count, info.allowed_updates) == (1, ["message"])
    await bot.delete_webhook()
    assert len(await bot.get_updates()) == 1


async def test_polling_and_webhook_exclude_each_other(tg: TelegramSandbox, bot: Bot) -> None:
    failed: list[str] = []

    async def poll() -> None:
        with pytest.raises(TelegramConflictError) as refused:
            await bot.get_updates(timeout=50)
        failed.append(refused.value.message)

    with anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poll)
            while not tg._world.updates._poll:
                await tg._world.updates.changed()
            await bot.set_webhook("http://127.0.0.1:9/hook")
    assert "terminated by setWebhook" in failed[0]
    with pytest.raises(TelegramConflictError, match="webhook is active"):
        await bot.get_updates()
    await bot.set_webhook("")
    assert await bot.get_updates() == []


async def test_refuses_what_is_not_loopback(bot: Bot) -> None:
    for url in (
        "https://example.org/hook",
        "ftp://127.0.0.1/",
        "nonsense",
        "http://[",
        "http://127.0.0.1:99999",
    ):
        with pytest.raises(TelegramBadRequest, match="bad webhook"):
            await bot.set_webhook(url)
    with pytest.raises(TelegramBadRequest, match="secret token"):
        await bot.set_webhook("http://127.0.0.1:9/", secret_token="no spaces")


async def test_drop_pending_updates(tg: TelegramSandbox, bot: Bot, ann: SandboxUser) -> None:
    tg.private(ann).say(ann, "x")
    await bot.delete_webhook(drop_pending_updates=True)
    assert tg.pending == []
