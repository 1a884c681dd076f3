"""Delivery: every reply is shown until it arrived, outside of lanes and bus.

A reply is shown while it is written if its chat is up to date. Everything else waits in the outbox, and only that it
waits is remembered: each chat's finished parcels are delivered from there one after the other. A dead chat
therefore holds nobody but itself, memory does not grow with what is owed, and a delivery that fails never runs
a model again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Final

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

from picklebot import clock
from picklebot.bell import Bell
from picklebot.errors import DeliveryDelayedError
from picklebot.model.choice import Buttons, Choices
from picklebot.model.parcel import Parcel, ParcelState
from picklebot.ports.choices import ChoiceStore
from picklebot.ports.platform import Frontend
from picklebot.ports.storage import Database, Outbox, Transaction
from picklebot.replies.chats import Chat, Chats
from picklebot.replies.shelf import Shelf
from picklebot.replies.shipping import Shipping
from picklebot.replies.stream import ReplyAbandonedError, ReplyStream

log = structlog.get_logger()

MOST_LIVE: Final = 256
"""Replies that are shown while they are written, at the same time."""
MOST_SERVED: Final = 256
"""Chats that what they are owed is delivered to, at the same time."""
BATCH: Final = 16
"""Parcels of one chat in a row, before others have their turn."""


class Delivery:
    """Shows parcels through their platforms' frontends; those of one session arrive in order in each chat."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        frontends: Mapping[str, Frontend],
        *,
        choices: ChoiceStore | None = None,
        awaited: Collection[str] = (),
        shelf: Shelf | None = None,
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        """On the platforms of `awaited` somebody waits for each reply, as who asks by HTTP does.

        What may be chosen while a reply is written is kept in `choices`; without them that is nothing. The files of
        answers come from the `shelf`.
        """
        self._database = database
        self._outbox = outbox
        self._shipping = Shipping(database, outbox, frontends, choices, now, shelf=shelf)
        self._awaited = frozenset(awaited)
        self._chats = Chats()
        self._begun_before: set[str] = set()
        self._whispering: dict[str, anyio.Event] = {}
        self._live = 0
        self._serving = 0
        self._running = False
        self._tasks: TaskGroup | None = None
        self._early: list[tuple[Chat, Parcel, ReplyStream]] = []
        self._news = Bell()
        self._quiet = Bell()
        self._room = Bell()

    @property
    def uncertain_sends(self) -> int:
        """Sends since the start that may have arrived though nobody told us; each may have made a repeat."""
        return self._shipping.uncertain_sends

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Own the deliveries until cancelled; begins with what was owed when the process last ended."""
        self._running = True
        self._begun_before.update(await self._database.persist(self._outbox.recover))
        owed = await self._database.read(self._outbox.owed_chats)
        self._chats.fall_behind(name for name in owed if self._reaches(name.partition(":")[0]))
        try:
            async with anyio.create_task_group() as self._tasks:
                while self._early:
                    self._tasks.start_soon(self._follow, *self._early.pop())
                task_status.started()
                while True:
                    with anyio.move_on_after(self._start_what_is_due(self._tasks)):
                        await self._news.wait()
        finally:
            self._running, self._tasks = False, None

    def owe(self, tx: Transaction, parcel: Parcel) -> None:
        """Keep a complete parcel in `tx`, and deliver it once that is committed."""
        self._outbox.put(tx, parcel)
        tx.after_commit(lambda: self._fall_behind(parcel))

    def dismiss(self, tx: Transaction, parcel: Parcel) -> None:
        """Owe what ends a reply that nobody will write, where it is waited for or its beginning is shown.

        Elsewhere a line for each would only be noise, and what marks its question as open just goes.
        """
        address = parcel.address
        waited_for = address.platform in self._awaited or address.interaction is not None
        if waited_for or self._outbox.has(tx, parcel.id):
            self._outbox.adopt(tx, parcel)
            tx.after_commit(lambda: self._begun_before.discard(parcel.id))
            self.owe(tx, parcel)
        else:
            tx.after_commit(lambda: self._shipping.close(parcel))

    def conclude(self, tx: Transaction, parcel: Parcel) -> None:
        """This reply was given with another one. Whoever waits for it is told so by the parcel's text; elsewhere that
        other one says it all."""
        if parcel.address.platform in self._awaited:
            self.owe(tx, parcel)
            return
        if self._outbox.has(tx, parcel.id):
            self._outbox.settle(tx, parcel, ParcelState.SENT, clock.now())
        tx.after_commit(lambda: self._shipping.close(parcel))

    def open(self, parcel: Parcel) -> ReplyStream:
        """Begin to show a reply that is still being written; the chat sees a sign of life as soon as it may.

        The caller pushes events, and before the last of them commits the text with `Outbox.put`.
        """
        stream = ReplyStream()
        if self._running and self._reaches(parcel.address.platform):
            chat = self._chats.find(parcel.chat)
            chat.lines[parcel.session_id].append(parcel.id)
            if self._tasks is None:  # what the last process left is still being looked up
                self._early.append((chat, parcel, stream))
            else:
                self._tasks.start_soon(self._follow, chat, parcel, stream)
        return stream

    async def whisper(
        self, parcel: Parcel, text: str, choices: Choices, *, offered: Buttons = ()
    ) -> Buttons | None:
        """Let a line stand for a reply that has not begun; it goes when that does. Raises PicklebotError.

        There is one for a reply at most: where it stands already, also from before a restart, it says this now. Gives
        its buttons, to be `offered` again when it is to say something else, and None where no line stands. On the
        platforms where somebody waits for each reply there is none.
        """
        platform = parcel.address.platform
        if parcel.id in self._whispering or platform in self._awaited:
            return None
        if not (self._running and self._reaches(platform)):
            return None
        if self._chats.pausing(parcel.chat):
            raise DeliveryDelayedError("this chat cannot be reached now", seconds=1.0)
        self._whispering[parcel.id] = anyio.Event()
        try:
            return await self._whisper(parcel, text, choices, offered)
        finally:
            self._whispering.pop(parcel.id).set()

    async def unsay(self, parcel: Parcel) -> None:
        """Take away the line that stands for a reply which will never be written."""
        known = await self._shipping.look_up(parcel)
        self._begun_before.discard(parcel.id)
        if known.status is not None:
            await self._shipping.withdraw(known, known.status)

    async def flush(self) -> None:
        """Return when nothing is under way. A chat that pauses after trouble is not waited for."""
        while self._chats.busy:
            await self._quiet.wait()

    async def _whisper(self, parcel: Parcel, text: str, choices: Choices, offered: Buttons) -> Buttons | None:
        if parcel.id in self._begun_before:
            parcel = await self._shipping.look_up(parcel)
            if parcel.status is None or parcel.posted or parcel.uncertain:
                return None
        buttons = offered or await self._shipping.offer(parcel, choices)
        if not await self._shipping.whisper(parcel, text, buttons):
            return None
        self._begun_before.add(parcel.id)
        return buttons

    def _reaches(self, platform: str) -> bool:
        if not self._shipping.reaches(platform):
            log.warning("a reply waits for a platform that is not enabled", platform=platform)
            return False
        return True

    def _tell(self) -> None:
        """Look for what is due, if anything may be; and for the end, if somebody waits for it."""
        if self._chats.stirring:
            self._news.ring()
        self._quiet.ring()

    def _fall_behind(self, parcel: Parcel) -> None:
        """What is not running, or not there, is left to the next start."""
        if self._running and self._reaches(parcel.address.platform):
            self._chats.fall_behind([parcel.chat])
            self._tell()

    def _start_what_is_due(self, tasks: TaskGroup) -> float | None:
        """Start what may be; gives the seconds after which more will be due by itself."""
        wait = self._chats.resume(time.monotonic())
        while self._serving < MOST_SERVED and (chat := self._chats.next_to_serve()) is not None:
            self._serving += 1
            tasks.start_soon(self._serve, chat)
        return wait

    async def _follow(self, chat: Chat, parcel: Parcel, stream: ReplyStream) -> None:
        """Show a reply while it is written, or leave it to the outbox once it is finished."""
        try:
            if await self._may_show(chat, parcel, stream):
                await self._show_live(chat, parcel, stream)
            else:
                chat.behind = True
        finally:
            chat.leave(parcel)
            self._chats.tell(chat)
            self._tell()

    async def _may_show(self, chat: Chat, parcel: Parcel, stream: ReplyStream) -> bool:
        """Wait for the turn of a reply; False when it was finished before."""
        while True:
            crowded = self._live >= MOST_LIVE
            if not crowded and chat.may_show(parcel):
                return True
            if stream.settled:
                return False
            await _first_of((self._room if crowded else chat.changed).wait, stream.wait_settled)

    async def _show_live(self, chat: Chat, parcel: Parcel, stream: ReplyStream) -> None:
        self._live += 1
        chat.live.add(parcel.session_id)
        try:
            if not await self._attempt(chat, self._ship(parcel, stream)):
                await stream.result()
        except ReplyAbandonedError:
            log.debug("a reply was left for its next try", parcel=parcel.id)
            self._begun_before.add(parcel.id)
            chat.behind = True  # what was committed at the last moment is found there
        finally:
            chat.live.discard(parcel.session_id)
            self._live -= 1
            self._room.ring()

    async def _ship(self, parcel: Parcel, stream: ReplyStream) -> None:
        await self._until_whispered(parcel)
        if parcel.id in self._begun_before:
            parcel = await self._shipping.look_up(parcel)
            self._begun_before.discard(parcel.id)
        await self._shipping.ship(parcel, stream)

    async def _until_whispered(self, parcel: Parcel) -> None:
        """A line that is being said would stand there after what is to take its place."""
        if (whispering := self._whispering.get(parcel.id)) is not None:
            await whispering.wait()

    async def _serve(self, chat: Chat) -> None:
        """Deliver the first parcels that this chat is owed."""
        try:
            await self._attempt(chat, self._serve_batch(chat))
        finally:
            chat.served = False
            self._serving -= 1
            self._chats.tell(chat)
            self._tell()

    async def _serve_batch(self, chat: Chat) -> None:
        """Leave out what is in line to be shown as it is written, and what its session says after that."""
        in_line, held_up = chat.in_line(), dict[str, str]()
        parcels = await self._database.read(lambda tx: self._outbox.owed(tx, chat.name, BATCH))
        for parcel in parcels:
            if parcel.session_id in held_up:
                continue
            if parcel.id in in_line:
                held_up[parcel.session_id] = parcel.id
            else:
                await self._until_whispered(parcel)
                await self._shipping.ship_finished(parcel)
                self._begun_before.discard(parcel.id)
        if held_up and chat.in_line().issuperset(held_up.values()):
            chat.held = True
        elif held_up or len(parcels) == BATCH:
            chat.behind = True

    async def _attempt(self, chat: Chat, work: Awaitable[None]) -> bool:
        """Do something in a chat. When it cannot be done now the chat pauses, and no other."""
        try:
            await work
        except ReplyAbandonedError:
            raise
        except DeliveryDelayedError as error:
            self._pause(chat, error, error.seconds)
        except Exception as error:  # noqa: BLE001 - one chat's trouble, whatever it is, stays its own
            self._pause(chat, error, 0.0)
        else:
            chat.pause = 0.0
            return True
        return False

    def _pause(self, chat: Chat, error: Exception, seconds: float) -> None:
        pause = self._chats.pause(chat, time.monotonic(), seconds)
        log.warning(
            "a reply could not be shown and is tried again",
            chat=chat.name,
            error=str(error),
            kind=type(error).__name__,
            seconds=pause,
        )


async def _first_of(*waits: Callable[[], Awaitable[None]]) -> None:
    """Wait for whichever comes first."""

    async def run(wait: Callable[[], Awaitable[None]]) -> None:
        await wait()
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for wait in waits:
            tasks.start_soon(run, wait)
