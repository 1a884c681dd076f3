"""A sandbox, an adapter on it through the real discord.py, a channel and a person."""

from collections.abc import AsyncGenerator

import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from tests.platforms.discord.kit import options_for

from picklebot.platforms.discord.adapter import DiscordAdapter
from picklebot.sandbox.discord import DiscordSandbox, SandboxChannel, User
from picklebot.testing.intake import RecordingIntake
from picklebot.testing.memory import DictMemory


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library connects to nothing but what an adapter tells it; afterwards that is put back."""
    monkeypatch.setattr(Route, "BASE", "http://127.0.0.1:9/api/v10")
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://127.0.0.1:9"))


@pytest.fixture
async def dc() -> AsyncGenerator[DiscordSandbox]:
    """A fresh sandbox."""
    async with DiscordSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def adapter(dc: DiscordSandbox) -> DiscordAdapter:
    """The adapter under test."""
    return DiscordAdapter(options_for(dc), DictMemory())


@pytest.fixture
def intake() -> RecordingIntake:
    """A bus that keeps messages in memory."""
    return RecordingIntake()


@pytest.fixture
def ann(dc: DiscordSandbox) -> User:
    """A person."""
    return dc.user(1001, "Ann")


@pytest.fixture
def general(dc: DiscordSandbox) -> SandboxChannel:
    """A channel of a server."""
    return dc.guild(1, "Garden").channel(2, "general")
