"""The menus of commands: who sees which, and that they are set only when they change."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest
from aiogram import Bot
from aiogram.types import (
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from tests.platforms.telegram.kit import RecordingIntake, listening, options_for

from picklebot.errors import StorageError
from picklebot.model import words
from picklebot.platforms.telegram import menus
from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.menus import Menus, Scope
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox
from picklebot.testing.memory import DictMemory

PRIVATE, GROUPS = BotCommandScopeAllPrivateChats(), BotCommandScopeAllGroupChats()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(menus, "LOOK_SECONDS", 0.01)


async def until(done: Callable[[], object]) -> None:
    with anyio.fail_after(10):
        while not done():  # noqa: ASYNC110 - what the sandbox and the memory hold has no event
            await anyio.sleep(0.01)


class Kept:
    """Menus that are kept for a bot, and what was asked of Telegram."""

    def __init__(self, tg: TelegramSandbox, bot: Bot, memory: DictMemory) -> None:
        self.tg = tg
        self.bot = bot
        self.memory = memory
        self.operators: frozenset[str] = frozenset()

    @asynccontextmanager
    async def keeping(self, bot_id: str = "123456") -> AsyncGenerator[None]:
        kept = Menus(self.bot, self.memory, operators=lambda: self.operators)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(kept.keep, bot_id)
            yield
            tasks.cancel_scope.cancel()

    async def settle(self, count: int) -> None:
        """Wait until so many menus are known."""
        await until(lambda: len(self.memory.topics["menus"]) == count)

    def calls(self) -> list[str]:
        return [call.method for call in self.tg.calls if call.method.endswith("MyCommands")]

    async def shown(self, scope: Scope, language: str | None = None) -> dict[str, str]:
        there = await self.bot.get_my_commands(scope=scope, language_code=language)
        return {entry.command: entry.description for entry in there}


@pytest.fixture
def kept(tg: TelegramSandbox, bot: Bot) -> Kept:
    return Kept(tg, bot, DictMemory())


async def test_private_chats_and_groups_have_menus_in_every_language(kept: Kept) -> None:
    async with kept.keeping():
        await kept.settle(4)
    for language, code in ((None, "en"), ("de", "de")):
        every = words.LANGUAGES[code].COMMANDS
        private = await kept.shown(PRIVATE, language)
        assert private == {name: what for name, what in every.items() if name not in words.FOR_OPERATORS}
        groups = await kept.shown(GROUPS, language)
        assert private.keys() - groups.keys() == set(words.IN_PRIVATE_ONLY)
        assert "ask" in groups


async def test_a_start_with_the_same_words_asks_nothing_of_telegram(kept: Kept) -> None:
    async with kept.keeping():
        await kept.settle(4)
    assert kept.calls() == ["setMyCommands"] * 4
    kept.memory.topics["menus"]["groups/de"] = "of other words"
    async with kept.keeping():
        await until(lambda: len(kept.calls()) == 5)


async def test_another_bot_gets_menus_of_its_own(kept: Kept) -> None:
    for number, bot_id in enumerate(("123456", "7"), 1):
        async with kept.keeping(bot_id):
            await until(lambda number=number: len(kept.calls()) == 4 * number)


async def test_operators_see_their_commands_as_long_as_they_are_operators(
    kept: Kept, tg: TelegramSandbox, ann: SandboxUser
) -> None:
    tg.private(ann, started=True)
    async with kept.keeping():
        await kept.settle(4)
        kept.operators = frozenset({"1001"})
        await kept.settle(6)
        own = BotCommandScopeChat(chat_id=1001)
        assert await kept.shown(own, "de") == words.LANGUAGES["de"].COMMANDS
        kept.operators = frozenset()
        await kept.settle(4)
        assert await kept.shown(own, "de") == {}
        assert await kept.shown(own) == {}


async def test_menus_that_are_refused_or_cannot_be_kept_do_not_stop_the_bot(
    kept: Kept, tg: TelegramSandbox, bot: Bot, intake: RecordingIntake, ann: SandboxUser
) -> None:
    tg.fault("setMyCommands", code=400)
    kept.memory.troubles.append(StorageError("the disk is full"))
    menus_ = Menus(bot, kept.memory, operators=frozenset)
    tg.private(ann).say(ann, "hello")
    async with listening(TelegramAdapter(bot, options_for(tg), menus_), intake):
        await intake.wait(lambda bus: bus.texts == ["hello"])
        await until(kept.calls)
