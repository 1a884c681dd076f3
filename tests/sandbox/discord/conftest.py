"""A sandbox, and the real discord.py client that connects to it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import anyio
import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from picklebot.sandbox.discord import DiscordSandbox


class Bot(discord.Client):
    """An unmodified client but for one thing: it keeps every event it dispatches."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.1, **options)
        self.heard: list[tuple[str, tuple[Any, ...]]] = []
        self._rung = anyio.Event()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        self.heard.append((event, args))
        self._rung.set()
        self._rung = anyio.Event()
        super().dispatch(event, *args, **kwargs)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Identify again without the five seconds that the library waits by default."""

    def all(self, event: str) -> list[Any]:
        """The first argument of each such event."""
        return [args[0] if args else None for name, args in self.heard if name == event]

    async def hear(self, event: str, check: Callable[[Any], bool] = lambda _: True, count: int = 1) -> Any:
        """Wait for the `count`th fitting event; its first argument."""
        with anyio.fail_after(10):
            while len(found := [each for each in self.all(event) if check(each)]) < count:
                await self._rung.wait()
        return found[count - 1]


Connect = Callable[..., AbstractAsyncContextManager[Bot]]


@pytest.fixture
async def dc() -> AsyncGenerator[DiscordSandbox]:
    async with DiscordSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def aim(monkeypatch: pytest.MonkeyPatch) -> Callable[[DiscordSandbox], None]:
    """Point discord.py at a sandbox, until the test is over."""

    def at(sandbox: DiscordSandbox) -> None:
        monkeypatch.setattr(Route, "BASE", sandbox.api_base_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))

    return at


@pytest.fixture
def connect(aim: Callable[[DiscordSandbox], None]) -> Connect:
    """A running client: `async with connect(dc) as bot`."""

    @asynccontextmanager
    async def connected(
        sandbox: DiscordSandbox, *, content: bool = True, members: bool = False, **options: Any
    ) -> AsyncGenerator[Bot]:
        aim(sandbox)
        intents = discord.Intents.default()
        intents.message_content, intents.members = content, members
        bot = Bot(intents, **options)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(bot.start, sandbox.token)
            try:
                await bot.hear("ready")
                yield bot
            finally:
                with anyio.CancelScope(shield=True):
                    await bot.close()

    return connected


@pytest.fixture
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
