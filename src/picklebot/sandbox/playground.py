"""Both platforms and the page on which a person plays them, as one thing to start and stop."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from errno import EADDRINUSE
from typing import Final, TypeVar
from urllib.parse import urlsplit

from picklebot import clock
from picklebot.errors import PicklebotError
from picklebot.sandbox.connection import config_lines
from picklebot.sandbox.demo import settle_discord, settle_telegram
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.page.server import serve_page
from picklebot.sandbox.telegram import TelegramSandbox

Part = TypeVar("Part")

_BEGINNING: Final = 1_767_225_600
"""2026, from which the seconds are counted: nobody plays more than one message a second for long."""


class SandboxPortError(PicklebotError):
    """A port of the sandbox cannot be listened on; the message names the option that chooses another."""

    code = "port_busy"


@dataclass(frozen=True, slots=True)
class Playground:
    """The running parts: `page_url` is where a person goes, `config` lets a gateway in."""

    telegram: TelegramSandbox
    discord: DiscordSandbox
    page_url: str
    config: str


@asynccontextmanager
async def open_playground(
    *, host: str = "127.0.0.1", telegram_port: int = 0, discord_port: int = 0, port: int = 0
) -> AsyncGenerator[Playground]:
    """Serve both platforms, with the demo's people in them, and the page. Port 0 lets the system choose.

    Raises SandboxPortError for a port that is in use, ValueError for a host that is not loopback.
    """
    async with AsyncExitStack() as stack:
        starting_telegram = TelegramSandbox.start(host=host, port=telegram_port)
        telegram = await _enter(stack, starting_telegram, telegram_port, "--telegram-port")
        starting_discord = DiscordSandbox.start(host=host, port=discord_port)
        discord = await _enter(stack, starting_discord, discord_port, "--discord-port")
        settle_telegram(telegram)
        # The gateway remembers what it saw in a sandbox before this one.
        telegram.skip_ids(int(clock.now().timestamp()) - _BEGINNING)
        settle_discord(discord)
        config = config_lines(host, _port(telegram.base_url), _port(discord.url))
        page = serve_page(host, port, telegram_url=telegram.base_url, discord_url=discord.url, config=config)
        yield Playground(telegram, discord, await _enter(stack, page, port, "--port"), config)


async def _enter(
    stack: AsyncExitStack, part: AbstractAsyncContextManager[Part], port: int, option: str
) -> Part:
    try:
        return await stack.enter_async_context(part)
    except OSError as error:
        raise SandboxPortError(
            f"port {port} cannot be used ({_reason(error)}); stop what uses it or choose another with {option}"
        ) from error


def _reason(error: OSError) -> str:
    return "it is in use" if error.errno == EADDRINUSE else (error.strerror or str(error)).lower()


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None, "a sandbox's URL names its port"
    return port
