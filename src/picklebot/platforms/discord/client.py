"""discord.py's client, reduced to what is needed: it keeps a connection and hands over raw events in order.

The library turns each event into objects and handlers into tasks of its own, unordered and unbounded, and any
exception while it reads an event ends the client. So messages and commands are taken as they come, before that.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

import anyio
import discord
import structlog
import yarl
from anyio.to_thread import run_sync
from discord.gateway import DiscordWebSocket, KeepAliveHandler
from discord.http import Route

from picklebot import clock
from picklebot.errors import PlatformError
from picklebot.platforms.discord.options import DiscordOptions
from picklebot.platforms.discord.rest import Json, Rest
from picklebot.platforms.discord.starts import StartLimit
from picklebot.platforms.proxies import connector_through, is_socks

log = structlog.get_logger()

_LONGEST_WAIT: Final = 60.0
_CLOSE_PATIENCE: Final = 3.0
_CACHED: Final = ("READY", "RESUMED", "GUILD_", "CHANNEL_", "THREAD_", "USER_")
"""The events that discord.py itself reads, to know servers, channels and threads."""

HEARD: Final = (
    "READY",
    "GUILD_CREATE",
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "INTERACTION_CREATE",
)
"""The events that are handed over; the first two once discord.py has read them."""

Hear = Callable[[str, Json], None]
Begin = Callable[[bool], Awaitable[None]]
Connected = Callable[[bool], None]


class GatewayClient(discord.Client):
    """One connection; it lives as long as its gateway session can be kept or resumed.

    `connected(whether)` is called for each change. Without `content` the texts of messages in channels come only
    where they mention the bot.
    """

    def __init__(self, options: DiscordOptions, *, content: bool, connected: Connected) -> None:
        _quieten()
        super().__init__(
            intents=_intents(content=content),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            max_ratelimit_timeout=_LONGEST_WAIT,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.0,
            **_through(options.proxy),
        )
        Route.BASE = options.api_base_url
        self._gateway_url = options.gateway_url
        self._connected = connected
        self._begin: Begin | None = None

    @property
    def rest(self) -> Rest:
        """The REST API; only while logged in."""
        if self.user is None or self.application_id is None:
            raise PlatformError("Discord did not say who the bot is")
        return Rest(self.http, str(self.user.id), str(self.application_id))

    @property
    def last_contact(self) -> datetime | None:
        """When the gateway last answered a heartbeat; it is asked every 41 seconds or so."""
        keep_alive = self.ws._keep_alive if self.ws else None  # noqa: SLF001 - the library does not tell
        if keep_alive is None:
            return None
        age = time.perf_counter() - keep_alive._last_ack  # noqa: SLF001
        return clock.now() - timedelta(seconds=age)

    async def start_limit(self) -> StartLimit:
        """Ask where the gateway is, and how often a session may begin there. Raises what discord.py raises."""
        answer = await self.http.request(Route("GET", "/gateway/bot"))
        # discord.py knows one gateway for the whole process.
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._gateway_url or answer["url"])
        limit = answer["session_start_limit"]
        return StartLimit(
            int(limit.get("total", 1000)), int(limit["remaining"]), limit.get("reset_after", 0) / 1000
        )

    async def listen(self, hear: Hear, begin: Begin) -> None:
        """Once `start_limit` was asked, call `hear(event, data)` for each of HEARD, in order.

        `begin(initial)` is awaited before each session that is begun, and may refuse. Goes on over lost
        connections; raises what discord.py's `connect` raises.
        """
        self._begin = begin
        self._limit_parsers(hear)
        await self.connect()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py calls this before each IDENTIFY."""
        del shard_id
        if self._begin is not None:
            await self._begin(initial)

    async def hang_up(self) -> None:
        """Close both connections, within a few seconds and whatever else is going on."""
        with anyio.move_on_after(_CLOSE_PATIENCE, shield=True):
            if self.ws and self.ws.open:
                await self.ws.close(code=1000)
        for heartbeat in self._heartbeats():
            with anyio.move_on_after(_CLOSE_PATIENCE, shield=True):
                await heartbeat.ws.close(code=1000)
                await run_sync(heartbeat.join, _CLOSE_PATIENCE)
        with anyio.move_on_after(_CLOSE_PATIENCE, shield=True):
            await self.http.close()

    def _heartbeats(self) -> list[KeepAliveHandler]:
        """The threads of connections that the library does not know of: they were cut off while they began."""
        return [
            thread
            for thread in threading.enumerate()
            if isinstance(thread, KeepAliveHandler) and thread.ws._connection is self._connection  # noqa: SLF001
        ]

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Only the state of the connection is of interest; so the library starts no tasks."""
        del args, kwargs
        if event in {"connect", "resumed", "disconnect"}:
            self._connected(event != "disconnect")

    def _limit_parsers(self, hear: Hear) -> None:
        parsers = self._connection.parsers
        wanted = {name: _guarded(name, parse) for name, parse in parsers.items() if name.startswith(_CACHED)}
        for name in HEARD:
            wanted[name] = _one_after_the_other(wanted.get(name), _guarded(name, _bound(hear, name)))
        parsers.clear()
        parsers.update(wanted)


def _through(proxy: str | None) -> dict[str, Any]:
    """How to go through this proxy, REST, gateway and files alike."""
    if proxy is not None and is_socks(proxy):
        return {"connector": connector_through(proxy, limit=0)}
    return {"proxy": proxy}


def _intents(*, content: bool) -> discord.Intents:
    intents = discord.Intents.none()
    intents.guilds = intents.messages = True
    intents.message_content = content
    return intents


def _quieten() -> None:
    """Let the library neither regret that it has no voice, nor show where in its code a connection was refused."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    logging.getLogger("discord.client").addFilter(_in_one_line)


def _in_one_line(record: logging.LogRecord) -> bool:
    if record.exc_info and (error := record.exc_info[1]):
        record.msg, record.args = "%s: %s", (record.getMessage(), str(error))
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True


def _bound(hear: Hear, name: str) -> Callable[[Any], None]:
    return lambda data: hear(name, data)


def _one_after_the_other(
    first: Callable[[Any], None] | None, then: Callable[[Any], None]
) -> Callable[[Any], None]:
    def read(data: Any) -> None:
        if first is not None:
            first(data)
        then(data)

    return read


def _guarded(name: str, parse: Callable[[Any], None]) -> Callable[[Any], None]:
    """An odd event is logged and is no reason to miss the next one."""

    def read(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one event is its own affair
            log.warning("an event could not be read", platform_event=name, kind=type(error).__name__)

    return read
