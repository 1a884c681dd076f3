"""Fixtures for those who write agents: `pytest_plugins = ["picklebot.testing.plugin"]` in a conftest.py.

    async def test_it_remembers(gateway, telegram_sandbox):
        ann = telegram_sandbox.user(1, "Ann")
        chat = telegram_sandbox.private(ann)
        async with gateway(telegram=telegram_sandbox):
            asked = chat.say(ann, "hello")
            await chat.wait_for(lambda message: message.from_bot and "hello" in message.text)

Async tests are run by anyio's plugin, which pytest finds by itself: set `anyio_mode = "auto"`.
What a fixture needs is imported when it is first used, so that a suite without them starts as fast as ever.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from picklebot.sandbox.discord import DiscordSandbox
    from picklebot.sandbox.telegram import TelegramSandbox
    from picklebot.testing.running import RunningGateway


class RunGateway(Protocol):
    """What the fixture `gateway` gives: `picklebot.testing.running.run_gateway` in the test's own folder."""

    def __call__(
        self,
        *,
        agents: Path | None = None,
        telegram: TelegramSandbox | None = None,
        discord: DiscordSandbox | None = None,
        config: dict[str, Any] | None = None,
        environ: dict[str, str] | None = None,
    ) -> AbstractAsyncContextManager[RunningGateway]:
        """Run a gateway until the block ends; run another one to see what it remembers."""
        ...


@pytest.fixture
def anyio_backend() -> str:
    """The loop that aiogram and discord.py need."""
    return "asyncio"


@pytest.fixture
async def telegram_sandbox(anyio_backend: str) -> AsyncGenerator[TelegramSandbox]:  # noqa: ARG001
    """A Telegram of one's own on loopback, empty."""
    from picklebot.sandbox.telegram import TelegramSandbox  # noqa: PLC0415

    async with TelegramSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
async def discord_sandbox(anyio_backend: str) -> AsyncGenerator[DiscordSandbox]:  # noqa: ARG001
    """A Discord of one's own on loopback, empty."""
    from picklebot.sandbox.discord import DiscordSandbox  # noqa: PLC0415

    async with DiscordSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def gateway(tmp_path: Path) -> RunGateway:
    """Run real gateways in the test's own folder, one at a time."""
    from picklebot.testing.running import run_gateway  # noqa: PLC0415

    def run(**wishes: Any) -> AbstractAsyncContextManager[RunningGateway]:
        return run_gateway(tmp_path, **wishes)

    return run
