"""Delivery: every reply is shown until it arrived, outside of lanes and bus.

A dead chat therefore holds nobody but itself, and a delivery that fails never runs a model again: the
finished text is in the outbox, and that is what is tried again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import anyio
import structlog
from anyio.abc import TaskGroup, TaskStatus

from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError, PicklebotError
from picklebot.model.events import Final as FinalEvent
from picklebot.model.parcel import Parcel, ParcelState
from picklebot.ports.platform import Frontend
from picklebot.ports.storage import Database, Outbox, Transaction
from picklebot.replies.stream import ReplyAbandonedError, ReplyStream

log = structlog.get_logger()

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 60.0
MOST_STUMBLES: Final = 10
"""After so many errors that no frontend should raise, over some minutes, the replies behind it go on."""

Lane = tuple[str, str, str]
"""Session, platform and chat."""


class Delivery:
    """Shows parcels through their platforms' frontends; those of one session arrive in a chat in order."""

    def __init__(self, database: Database, outbox: Outbox, frontends: Mapping[str, Frontend]) -> None:
        self._database = database
        self._outbox = outbox
        self._frontends = frontends
        self._tails: dict[Lane, anyio.Event] = {}
        self._begun: deque[tuple[Parcel, ReplyStream | None]] = deque()
        self._running = False
        self._news = anyio.Event()
        self._idle = anyio.Event()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Own the deliveries until cancelled; begins with what was owed when the process last ended."""
        self._running = True
        for parcel in await self._database.read(self._outbox.owed):
            self._begin(parcel)
        try:
            async with anyio.create_task_group() as tasks:
                task_status.started()
                while True:
                    while self._begun:
                        self._start(tasks, *self._begun.popleft())
                    self._tell_if_idle()
                    self._news = anyio.Event()
                    await self._news.wait()
        finally:
            self._running = False

    def owe(self, tx: Transaction, parcel: Parcel) -> None:
        """Keep a complete parcel in `tx`, and deliver it once that is committed."""
        self._outbox.put(tx, parcel)
        tx.after_commit(lambda: self._begin(parcel))

    def open(self, parcel: Parcel) -> ReplyStream:
        """Begin to show a reply that is still being written; the chat sees a sign of life at once.

        The caller pushes events, and before the last of them commits the text with `Outbox.put`.
        """
        stream = ReplyStream()
        self._begin(parcel, stream)
        return stream

    async def flush(self) -> None:
        """Return when nothing is under way."""
        while self._begun or self._tails:
            await self._idle.wait()

    def _begin(self, parcel: Parcel, stream: ReplyStream | None = None) -> None:
        """Note what is to be delivered. Called between tasks as well, hence no task is started here.

        Without a running `run` the outbox keeps it.
        """
        if self._running:
            self._begun.append((parcel, stream))
            self._news.set()

    def _start(self, tasks: TaskGroup, parcel: Parcel, stream: ReplyStream | None) -> None:
        """Deliver behind the session's earlier parcels for that chat."""
        # With the chat, since a session may be shared by several, and a dead one must not hold the others.
        lane = (parcel.session_id, parcel.address.platform, parcel.address.chat_id)
        before, done = self._tails.get(lane), anyio.Event()
        self._tails[lane] = done
        complete = stream or ReplyStream.of(FinalEvent(parcel.text or ""))
        tasks.start_soon(self._deliver_in_turn, lane, parcel, complete, before, done)

    def _tell_if_idle(self) -> None:
        if not self._begun and not self._tails:
            self._idle.set()
            self._idle = anyio.Event()

    async def _deliver_in_turn(
        self, lane: Lane, parcel: Parcel, stream: ReplyStream, before: anyio.Event | None, done: anyio.Event
    ) -> None:
        try:
            if before is not None:
                await before.wait()
            await self._deliver(parcel, stream)
        except ReplyAbandonedError:
            log.debug("a reply was left for the next start", parcel=parcel.id)
        finally:
            done.set()
            if self._tails.get(lane) is done:
                del self._tails[lane]
            self._tell_if_idle()

    async def _deliver(self, parcel: Parcel, stream: ReplyStream) -> None:
        frontend = self._frontends.get(parcel.address.platform)
        if frontend is None:
            await stream.result()
            log.warning("a reply waits for a platform that is not enabled", platform=parcel.address.platform)
            return
        state = await self._show_until_it_arrived(frontend, parcel, stream)
        await self._database.persist(lambda tx: self._outbox.settle(tx, parcel.id, state))

    async def _show_until_it_arrived(
        self, frontend: Frontend, parcel: Parcel, stream: ReplyStream
    ) -> ParcelState:
        async def note(index: int, message_id: str) -> None:
            await self._database.persist(lambda tx: self._outbox.note_posted(tx, parcel, index, message_id))

        pause, stumbles = FIRST_PAUSE, 0
        while True:
            try:
                posted = await self._database.read(lambda tx: self._outbox.posted(tx, parcel.id))
                await frontend.render(replace(parcel, posted=posted), stream, note)
                return ParcelState.SENT
            except ReplyAbandonedError:
                raise
            except DeliveryImpossibleError as error:
                await stream.result()
                log.warning("a reply can never arrive", parcel=parcel.id, reason=str(error))
                return ParcelState.PARKED
            except DeliveryDelayedError as error:
                await self._pause(parcel, error, max(error.seconds, pause))
            except Exception as error:
                stumbles += not isinstance(error, PicklebotError)
                if stumbles == MOST_STUMBLES:
                    log.exception("a reply breaks its frontend and is given up", parcel=parcel.id)
                    return ParcelState.PARKED
                await self._pause(parcel, error, pause)
            stream = ReplyStream.of(await stream.result())
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _pause(self, parcel: Parcel, error: Exception, seconds: float) -> None:
        log.warning(
            "a reply could not be shown and is tried again",
            parcel=parcel.id,
            platform=parcel.address.platform,
            error=str(error),
            kind=type(error).__name__,
            seconds=seconds,
        )
        await anyio.sleep(seconds)
