"""The sandbox itself: starts the server, and is the hand that tests play people with."""

import json
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from aiohttp import web
from anyio.abc import TaskGroup

from picklebot.sandbox.telegram.chats import Chat, ChatType, SandboxUser
from picklebot.sandbox.telegram.control import Control
from picklebot.sandbox.telegram.faults import EVERY_METHOD, Fault, FaultKind
from picklebot.sandbox.telegram.journal import Call
from picklebot.sandbox.telegram.limits import Limits, Rates
from picklebot.sandbox.telegram.people import SandboxChat
from picklebot.sandbox.telegram.server import LARGEST_REQUEST, BotApi
from picklebot.sandbox.telegram.state import BotProfile, World
from picklebot.sandbox.telegram.updates import Update
from picklebot.sandbox.telegram.webhook import deliver

TEST_TOKEN = "123456:TEST-loopback-sandbox-token-0123456"  # noqa: S105 - opens nothing
"""A well-formed token that only the sandbox knows."""


class TelegramSandbox:
    """One bot's Telegram on loopback, for any Bot API client.

    Everything belongs to the event loop that started it. Bounds, per sandbox: 10,000 pending updates, calls and
    events, 1,000 callback queries and files (256 MiB); per chat: 1,000 messages of 100 versions, 500 actions and
    drafts. The oldest go first.
    """

    def __init__(self, world: World, host: str, port: int, tasks: TaskGroup) -> None:
        """Use `TelegramSandbox.start` instead."""
        self._world = world
        self._host = host
        self._port = port
        self._tasks = tasks
        self._runner: web.AppRunner | None = None

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        *,
        token: str = TEST_TOKEN,
        username: str = "pickle_bot",
        host: str = "127.0.0.1",
        port: int = 0,
        privacy: bool = True,
        topics: bool = False,
        bot_to_bot: bool = False,
    ) -> AsyncGenerator["TelegramSandbox"]:
        """Serve a fresh world until the block ends. Port 0 lets the system choose.

        `privacy` is BotFather's privacy mode, `topics` its topics in private chats, `bot_to_bot` its
        mode in which what other bots say comes, too. Raises ValueError for a host
        that is not loopback and OSError for a port in use.
        """
        if host not in ("127.0.0.1", "::1"):
            raise ValueError(f"the sandbox listens on 127.0.0.1 or ::1 only, not on {host}")
        world = World(BotProfile(token, username, "Pickle", privacy, topics, bot_to_bot))
        async with _plain_errors(), anyio.create_task_group() as tasks:
            sandbox = cls(world, host, port, tasks)
            await sandbox._open()
            tasks.start_soon(deliver, world)
            try:
                yield sandbox
            finally:
                tasks.cancel_scope.cancel()
                with anyio.CancelScope(shield=True):
                    await sandbox._close()

    @property
    def base_url(self) -> str:
        """The part before `/bot<token>/`, without a slash at the end."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    @property
    def token(self) -> str:
        """The only token that is let in."""
        return self._world.bot.token

    @property
    def bot_user(self) -> SandboxUser:
        """The bot under test as a user."""
        return self._world.bot.user

    @property
    def users(self) -> list[SandboxUser]:
        """Everybody there is but the bot under test."""
        return list(self._world.users.values())

    @property
    def chats(self) -> dict[int, SandboxChat]:
        """Every chat by its id."""
        return {chat.id: SandboxChat(self._world, chat) for chat in self._world.chats.values()}

    @property
    def calls(self) -> list[Call]:
        """What the bot called, oldest first; a long poll is there once it is answered."""
        return list(self._world.journal.calls)

    @property
    def pending(self) -> list[Update]:
        """The updates that the bot has not confirmed."""
        return list(self._world.updates.pending)

    def set_bot(
        self, *, privacy: bool | None = None, topics: bool | None = None, bot_to_bot: bool | None = None
    ) -> None:
        """Tell BotFather otherwise, as `start` describes it; what is None stays."""
        bot = self._world.bot
        self._world.set_bot(
            privacy=bot.privacy if privacy is None else privacy,
            topics=bot.topics if topics is None else topics,
            bot_to_bot=bot.bot_to_bot if bot_to_bot is None else bot_to_bot,
        )

    def user(
        self,
        user_id: int,
        name: str,
        username: str | None = None,
        *,
        language: str = "en",
        is_bot: bool = False,
    ) -> SandboxUser:
        """Make a person, or with `is_bot` another bot that shares groups with ours."""
        user = SandboxUser(user_id, name, username, language, is_bot)
        self._world.users[user_id] = user
        return user

    def private(self, user: SandboxUser, *, started: bool = False) -> SandboxChat:
        """Give the private chat of a person; the bot may write there once they have, or with `started`."""
        chat = self._world.chats.get(user.id)
        if chat is None:
            chat = self._add(Chat(user.id, ChatType.PRIVATE, user.name, person=user, opened=False))
        chat.opened = chat.opened or started
        return SandboxChat(self._world, chat)

    def group(
        self, chat_id: int, title: str, *, forum: bool = False, members: list[SandboxUser] | None = None
    ) -> SandboxChat:
        """Make a group that the bot is in: a supergroup if its id begins with -100, with topics if `forum`."""
        supergroup = chat_id < -1_000_000_000_000
        if chat_id >= 0 or (forum and not supergroup):
            raise ValueError("group ids are negative, and forums are supergroups: -100…")
        kind = ChatType.SUPERGROUP if supergroup else ChatType.GROUP
        people = {user.id: user for user in members or []}
        chat = Chat(chat_id, kind, title, forum=forum, members=people, next_id=2 if supergroup else 1)
        return SandboxChat(self._world, self._add(chat))

    def channel(self, chat_id: int, title: str) -> SandboxChat:
        """Make a channel that the bot is an administrator of; it can also speak in groups."""
        return SandboxChat(self._world, self._add(Chat(chat_id, ChatType.CHANNEL, title, bot_admin=True)))

    def fault(
        self,
        method: str = EVERY_METHOD,
        times: int = 1,
        *,
        kind: FaultKind | str = FaultKind.ERROR,
        code: int | None = None,
        description: str | None = None,
        retry_after: int | None = None,
        migrate_to_chat_id: int | None = None,
        chat_id: int | None = None,
        seconds: float = 0.0,
    ) -> None:
        """Let the next `times` calls of a method go wrong, in one chat or in any.

        `*` means every method but getUpdates. The code of an error is 429 with `retry_after` (seconds), 400 with
        `migrate_to_chat_id`, else 500, unless given.
        """
        told = {"retry_after": retry_after, "migrate_to_chat_id": migrate_to_chat_id}
        fault = Fault(
            method=method,
            kind=FaultKind(kind),
            chat_id=chat_id,
            code=code or (429 if retry_after is not None else 400 if migrate_to_chat_id is not None else 500),
            description=description,
            parameters={name: value for name, value in told.items() if value is not None},
            seconds=seconds,
        )
        self._world.faults.add(fault, times)
        self._world.journal.record("fault", method=method, fault=fault.kind, times=times)

    def clear_faults(self) -> None:
        """Forget the faults that have not happened yet."""
        self._world.faults.clear()

    def enforce_limits(self, rates: Rates | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        """Answer 429 from now on to who writes faster than `rates` (default: Telegram's)."""
        self._world.limits = Limits(clock, rates or Rates(), enforced=True)

    def lift_limits(self) -> None:
        """Stop enforcing rates."""
        self._world.limits.enforced = False

    def inject_update(self, update: dict[str, Any]) -> int:
        """Put any JSON object in line as an update, and give its id. Raises TypeError if it is no JSON."""
        json.dumps(update)
        return self._world.updates.add_raw(update)

    def redeliver(self, update: Update) -> None:
        """Tell an update again under its own id, as Telegram does when it did not hear that it was received."""
        self._world.updates.add_again(update)

    def skip_ids(self, number: int) -> None:
        """Leave out so many ids of messages and updates, as another sandbox may have given them to the same bot.

        A gateway that has seen a message takes no other under its id.
        """
        self._world.skip_ids(number)

    def restart_update_ids(self, at: int) -> None:
        """Go on with another update id, as Telegram does at random after a quiet week."""
        self._world.updates.next_id = at

    async def wait_call(
        self,
        method: str,
        *,
        after: int = 0,
        where: Callable[[Call], bool] = lambda _: True,
        timeout: float = 5.0,
    ) -> Call:
        """Give the first call of a method that fits and whose number is above `after`. Raises TimeoutError."""
        return await self._world.journal.until(
            lambda: next(
                (
                    call
                    for call in self._world.journal.calls
                    if call.number > after and call.method.lower() == method.lower() and where(call)
                ),
                None,
            ),
            timeout,
        )

    async def wait_confirmed(self, timeout: float = 5.0) -> None:
        """Wait until the bot has confirmed every update. Raises TimeoutError."""
        with anyio.fail_after(timeout):
            await self._world.updates.confirmed()

    def reset(self) -> None:
        """Begin anew with nobody and nothing; handles from before are stale."""
        self._world.reset()

    @asynccontextmanager
    async def outage(self) -> AsyncGenerator[None]:
        """Close the port and every connection for as long as the block lasts; what is known stays known."""
        await self._close()
        self._world.journal.record("outage", over=False)
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await self._open()
            self._world.journal.record("outage", over=True)

    def outage_for(self, seconds: float) -> None:
        """Begin an outage that ends by itself."""
        self._tasks.start_soon(self._outage_for, seconds)

    async def _outage_for(self, seconds: float) -> None:
        async with self.outage():
            await anyio.sleep(seconds)

    def _add(self, chat: Chat) -> Chat:
        if chat.id in self._world.chats:
            raise ValueError(f"chat {chat.id} is there already")
        self._world.add(chat)
        return chat

    async def _open(self) -> None:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.add_routes([*Control(self, self._world).routes(), *BotApi(self._world).routes()])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await runner.setup()
        site = web.TCPSite(runner, self._host, self._port)
        try:
            await site.start()
        except OSError:
            await runner.cleanup()
            raise
        self._port = runner.addresses[0][1]
        self._runner = runner

    async def _close(self) -> None:
        runner, self._runner = self._runner, None
        if runner:
            await runner.cleanup()


@asynccontextmanager
async def _plain_errors() -> AsyncGenerator[None]:
    """Let a test's own failure come out as itself, not as a group of one."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from None
        raise
