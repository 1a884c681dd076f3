"""The sandbox as tests hold it: start it, speak as people, look at what the bot did, let things go wrong."""

from base64 import urlsafe_b64decode
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

import anyio
from aiohttp import web
from aiohttp.typedefs import Handler

from picklebot.sandbox.discord.calls import Call, Calls
from picklebot.sandbox.discord.clock import Clock
from picklebot.sandbox.discord.control import PREFIX as CONTROL_PREFIX
from picklebot.sandbox.discord.control import Control
from picklebot.sandbox.discord.faults import Fault, Faults
from picklebot.sandbox.discord.feed import Feed, Json
from picklebot.sandbox.discord.gateway.codes import Close
from picklebot.sandbox.discord.gateway.server import Gateway
from picklebot.sandbox.discord.intents import GUILD_MEMBERS, MESSAGE_CONTENT
from picklebot.sandbox.discord.interactions import Interaction, Interactions
from picklebot.sandbox.discord.limits import RateLimits
from picklebot.sandbox.discord.listener import Listener
from picklebot.sandbox.discord.loopback import LOOPBACK, answer_origin, refuse_foreigners
from picklebot.sandbox.discord.modals import NO_FORM, fields_of
from picklebot.sandbox.discord.people import SandboxChannel, SandboxGuild
from picklebot.sandbox.discord.rest.account import Account
from picklebot.sandbox.discord.rest.channels import Channels
from picklebot.sandbox.discord.rest.commands import ApplicationCommands
from picklebot.sandbox.discord.rest.gate import PREFIX, Gate
from picklebot.sandbox.discord.rest.interactions import InteractionAnswers
from picklebot.sandbox.discord.rest.messages import Messages
from picklebot.sandbox.discord.rest.reactions import Reactions
from picklebot.sandbox.discord.rest.route import Route
from picklebot.sandbox.discord.rows import Message, User
from picklebot.sandbox.discord.world import World

TEST_TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Sandbx.loopback-token-that-opens-nothing"  # noqa: S105 - opens nothing
"""A well-formed token that only the sandbox knows."""

LARGEST_REQUEST = 32 * 1024 * 1024


class DiscordSandbox:
    """One bot's Discord on loopback, for any client.

    Everything belongs to the event loop that started it; what people do (`say`, `slash`, `press`, `submit`) takes
    effect at once, and what is awaited waits for the bot. Bounds: 1,000 messages a channel with 200 versions each,
    2,000 calls, 1,000 dispatches to replay a session, 500 interactions, 256 files. The oldest go first.
    """

    def __init__(
        self,
        *,
        token: str,
        listener: Listener,
        heartbeat: float,
        approved: int,
        limited: bool,
        identifies: int,
    ) -> None:
        """Use `DiscordSandbox.start` instead."""
        self.token = token
        self._out_until = 0.0
        self._listener = listener
        self._clock = Clock()
        self._feed = Feed()
        self._faults = Faults()
        self._calls = Calls(self._feed)
        self._limits = RateLimits(self._clock, enforced=limited)
        self._world = World(
            self._clock, self._feed, f"http://{listener.authority}", identifies, _bot_of(token)
        )
        self._interactions = Interactions(self._world)
        self._world.approved = approved
        self.gateway = Gateway(self._world, token=token, url=self.gateway_url, heartbeat=heartbeat)

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        token: str = TEST_TOKEN,
        host: str = "127.0.0.1",
        port: int = 0,
        message_content: bool = True,
        members: bool = False,
        heartbeat: float = 41.25,
        enforce_limits: bool = False,
        identifies: int = 1000,
    ) -> AsyncGenerator["DiscordSandbox"]:
        """Serve a fresh world until the block ends. Port 0 lets the system choose.

        `message_content` and `members` are the privileged intents approved for the bot; `heartbeat` is HELLO's
        interval in seconds; `enforce_limits` answers 429 as Discord would; `identifies` are the IDENTIFYs left
        today. Raises ValueError for a host that is not loopback and OSError for a port in use.
        """
        if host not in LOOPBACK:
            raise ValueError(f"the sandbox listens on loopback only, not on {host}")
        sandbox = cls(
            token=token,
            listener=Listener(host, port),
            heartbeat=heartbeat,
            approved=(MESSAGE_CONTENT if message_content else 0) | (GUILD_MEMBERS if members else 0),
            limited=enforce_limits,
            identifies=identifies,
        )
        with sandbox._feed.listening(sandbox.gateway.carry):
            try:
                await sandbox._listener.open(sandbox._build)
                yield sandbox
            finally:
                with anyio.CancelScope(shield=True):
                    await sandbox._close()

    # -- where it is ---------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The root, without a slash at the end; the control API is below it at /sandbox/discord."""
        return f"http://{self._listener.authority}"

    @property
    def api_base_url(self) -> str:
        """The REST base with its version."""
        return f"{self.url}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        """The gateway's WebSocket."""
        return f"ws://{self._listener.authority}/gateway"

    # -- people and places ---------------------------------------------------------------------------

    @property
    def bot(self) -> User:
        """The bot under test as a user."""
        return self._world.bot

    @property
    def users(self) -> list[User]:
        """Everybody, the bot under test first."""
        return list(self._world.users.values())

    @property
    def guilds(self) -> list[SandboxGuild]:
        """Every server."""
        return [SandboxGuild(self._world, each) for each in self._world.guilds.values()]

    @property
    def channels(self) -> dict[int, SandboxChannel]:
        """Every channel, thread and direct message by its id."""
        return {each.id: SandboxChannel(self._world, each) for each in self._world.channels.values()}

    def user(self, user_id: int, name: str, *, bot: bool = False, locale: str = "en-US") -> User:
        """The person with this id, made on first mention; with `bot`, another bot. `locale` is its language."""
        return self._world.add_user(user_id, name, bot=bot, locale=locale)

    def guild(self, guild_id: int, name: str, *, members: Iterable[User] = ()) -> SandboxGuild:
        """The server with this id, made on first mention, with the bot under test and these people in it."""
        row = self._world.add_guild(guild_id, name)
        row.members.update({each.id: each for each in members})
        return SandboxGuild(self._world, row)

    def dm(self, user: User) -> SandboxChannel:
        """The direct messages between a person and the bot."""
        return SandboxChannel(self._world, self._world.direct(user))

    # -- interactions --------------------------------------------------------------------------------

    def slash(
        self, user: User, channel: SandboxChannel, name: str, options: dict[str, Any] | None = None
    ) -> Interaction:
        """Let a person use a slash command. Raises ValueError for one that is not offered there."""
        return self._interactions.slash(user, channel.row, name, options or {})

    def apply(self, user: User, message: Message, name: str) -> Interaction:
        """Let a person choose a command from the menu of a message. Raises ValueError for one that is not there."""
        return self._interactions.apply(user, message, name)

    def complete(
        self, user: User, channel: SandboxChannel, name: str, option: str, typed: str
    ) -> Interaction:
        """Let a person type into a command's option; the bot's choices come as `.choices`."""
        return self._interactions.complete(user, channel.row, name, option, typed)

    def press(
        self, user: User, message: Message, custom_id: str, values: tuple[str, ...] = ()
    ) -> Interaction:
        """Let a person press a button, or choose `values` in a menu. Raises ValueError when there is none such."""
        return self._interactions.press(user, message, custom_id, values)

    def submit(self, opened: Interaction, written: str | Mapping[str, str]) -> Interaction:
        """Let a person submit the form that an interaction was answered with, which is its `form`.

        A text is for its only field. Raises ValueError when no form is open, or for what Discord lets nobody submit.
        """
        if isinstance(written, str):
            written = {field["custom_id"]: written for field in fields_of(opened.form or NO_FORM)}
        return self._interactions.submit(opened, written)

    async def wait_form(self, interaction: Interaction, timeout: float = 5.0) -> Json:
        """The modal that the bot answers with. Raises TimeoutError."""
        return await self._feed.until(lambda: interaction.form, timeout, "a form")

    async def wait_unanswered(self, timeout: float = 5.0) -> Interaction:
        """The newest interaction, once it is one that the bot may still answer. Raises TimeoutError."""
        return await self._feed.until(
            self._interactions.newest_unanswered, timeout, "an interaction that nobody has answered"
        )

    async def wait_acknowledged(self, interaction: Interaction, timeout: float = 5.0) -> None:
        """Return when the bot has given its first answer of whatever type. Raises TimeoutError."""
        await self._feed.until(
            lambda: interaction.acknowledged or None, timeout, "an answer to the interaction"
        )

    async def wait_answer(self, interaction: Interaction, timeout: float = 5.0) -> Message:
        """The answering message once it says something. Raises TimeoutError."""
        return await self._feed.until(
            lambda: interaction.answer, timeout, "a message that answers the interaction"
        )

    def interaction(self, interaction_id: int) -> Interaction:
        """One of the newest 500. Raises LookupError."""
        return self._interactions.find(interaction_id)

    def commands(self, guild: SandboxGuild | None = None) -> list[Json]:
        """The slash commands that the bot has registered everywhere, or in a guild."""
        return self._world.commands.of(None if guild is None else guild.id)

    def failed(self, interaction: Interaction) -> bool:
        """Whether the person was told that the application did not respond in 3 seconds."""
        return self._interactions.failed(interaction)

    # -- what the bot did ----------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """The bot's REST calls, oldest first."""
        return self._calls.of()

    def calls_of(self, route: str, *, after: int = 0) -> list[Call]:
        """Those of "METHOD /path" with `*` for anything, and with a number above `after`."""
        return self._calls.of(route, after=after)

    async def wait_call(
        self, route: str, *, where: Callable[[Call], bool] | None = None, after: int = 0, timeout: float = 5.0
    ) -> Call:
        """The first such call, past or to come. Raises TimeoutError."""
        return await self._calls.wait(route, where, after=after, timeout=timeout)

    # -- what goes wrong -----------------------------------------------------------------------------

    def fault(
        self,
        route: str = "*",
        times: int = 1,
        *,
        status: int | None = None,
        code: int = 0,
        message: str = "a fault of the sandbox",
        retry_after: float | None = None,
        drop: Literal["before", "after"] | None = None,
        delay: float = 0.0,
        everything: bool = False,
    ) -> None:
        """Let the next `times` calls of a route go wrong; see `Fault`. Raises ValueError for what is no fault.

        aiohttp's client itself repeats a GET, PUT or DELETE once when a kept connection is dropped.
        """
        self.add_fault(Fault(route, status, code, message, retry_after, drop, delay, everything), times)

    def add_fault(self, fault: Fault, times: int = 1) -> None:
        """The same with a ready-made fault."""
        self._faults.add(fault, times)

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._faults.clear()

    @property
    def faults(self) -> tuple[tuple[Fault, int], ...]:
        """Each fault with the number of calls it still waits for."""
        return self._faults.waiting

    @property
    def content_approved(self) -> bool:
        """Whether the bot may have the message content intent."""
        return bool(self._world.approved & MESSAGE_CONTENT)

    def approve_content(self, *, approved: bool) -> None:
        """Switch the message content intent on or off in the portal; off ends a connection that has it (4014)."""
        others = self._world.approved & ~MESSAGE_CONTENT
        self._world.approved = others | (MESSAGE_CONTENT if approved else 0)
        if not approved:
            self.gateway.disconnect(Close.INTENTS_REFUSED)
        self._feed.publish("approved", {"message_content": approved}, for_bot=False)

    def advance(self, seconds: float) -> None:
        """Let the sandbox's time pass: nonces, interaction tokens and rate limits run out, ids move on."""
        self._clock.advance(seconds)

    def reset(self) -> None:
        """Forget messages, commands, interactions, calls and faults; people, places and sessions stay."""
        self._faults.clear()
        self._calls.clear()
        self._interactions.clear()
        self._world.reset()

    @asynccontextmanager
    async def outage(self) -> AsyncGenerator[None]:
        """Close the port and every connection for as long as the block lasts; what is known stays known."""
        await self._close()
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await self._listener.open(self._build)

    def outage_for(self, seconds: float) -> None:
        """Hang up on the bot for so long; unlike in an `outage`, the control API can still be reached."""
        self._out_until = self._clock.now() + seconds
        self.gateway.disconnect(None)

    @web.middleware
    async def _hang_up_when_out(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        is_control = request.path.startswith(CONTROL_PREFIX)
        if is_control or self._clock.now() >= self._out_until or request.transport is None:
            return await handler(request)
        request.transport.abort()
        return web.Response()

    async def _close(self) -> None:
        await self._listener.close()
        await self.gateway.wait_disconnected()

    # -- the app -------------------------------------------------------------------------------------

    def _build(self) -> web.Application:
        app = web.Application(
            client_max_size=LARGEST_REQUEST, middlewares=[refuse_foreigners, self._hang_up_when_out]
        )
        app.on_response_prepare.append(answer_origin)
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/attachments/{channel}/{file}/{name}", self._download)
        Gate(self._world, self.token, self._faults, self._limits, self._calls).mount(app, self._routes())
        app.add_routes(Control(self, self._feed).routes())
        return app

    def _routes(self) -> list[Route]:
        world = self._world
        return [
            *Account(world, self.gateway_url).routes(),
            *Channels(world).routes(),
            *Messages(world).routes(),
            *Reactions(world).routes(),
            *ApplicationCommands(world).routes(),
            *InteractionAnswers(world, self._interactions).routes(),
        ]

    async def _download(self, request: web.Request) -> web.Response:
        file_id = request.match_info["file"]
        found = self._world.files.get(int(file_id)) if file_id.isdigit() else None
        if found is None:
            raise web.HTTPNotFound(text="no such file")
        return web.Response(body=found.data, headers={"Content-Type": found.content_type})


def _bot_of(token: str) -> int:
    """The bot's id, which a token of Discord begins with. Raises ValueError for another text."""
    first = token.partition(".")[0]
    return int(urlsafe_b64decode(first + "=" * (-len(first) % 4)))
