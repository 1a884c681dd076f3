"""A process that dies at a chosen step, on a platform that loses answers: what stands in its chats in the end.

A step is the moment before or after a commit, or before or after a call to the platform. From the step of its death
on nothing of the process comes to an end, until it is taken away and another begins on the same file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import anyio

from picklebot.errors import DeliveryDelayedError
from picklebot.model.choice import Buttons
from picklebot.model.enclosure import Enclosure
from picklebot.model.events import Final, ReplyEvent, TextDelta, ToolFinished, ToolStarted
from picklebot.model.message import Address
from picklebot.model.parcel import STATUS, Parcel
from picklebot.ports.platform import PartNotes
from picklebot.ports.results import OpenFile
from picklebot.replies.delivery import Delivery
from picklebot.replies.edits import EditedReply
from picklebot.replies.shelf import Shelf
from picklebot.storage.database import Database
from picklebot.storage.outbox import SqlOutbox

MARK = "↻ "
PLACEHOLDER = "…"
SIZE = 40
"""Characters that one message holds."""
WITH_FILES = (6, 30)
"""Words of the answers that files go with."""
MOST_WITHOUT_A_TOOL = 6
"""Words; longer answers are found by a tool."""


class Fate(StrEnum):
    """What becomes of a call to the platform."""

    DONE = "done"
    REFUSED = "refused"
    """It asks to wait; nothing is done."""
    LOST = "lost"
    """It is done, and the answer gets lost."""
    DROPPED = "dropped"
    """It is not done, which nobody can know."""


@dataclass(slots=True)
class Message:
    """One message of a chat; `part` says whose it is."""

    part: tuple[str, int]
    text: str
    deleted: bool = False


@dataclass(slots=True)
class World:
    """What outlives the process: its database file, the chats, and the turns that are accepted.

    `fates` and `deaths` are used up one after the other; without them all goes well.
    """

    file: Path
    placeholder: bool
    fates: list[Fate]
    deaths: list[int]
    chats: dict[str, list[Message]] = field(default_factory=dict[str, list[Message]])
    answered: set[str] = field(default_factory=set[str])
    interrupted: int = 0


class Life:
    """One process: it counts its steps, and dies at one of them."""

    def __init__(self, death: int | None) -> None:
        self.dead = anyio.Event()
        self._left = death

    async def step(self) -> None:
        if self._left == 0:
            self.dead.set()
            await anyio.sleep_forever()
        if self._left is not None:
            self._left -= 1


class MortalDatabase:
    """The real database, in the hands of a process that may die before or after each commit."""

    def __init__(self, database: Database, life: Life) -> None:
        self._database = database
        self._life = life

    async def write(self, work: Callable[[Any], Any], *, synced: bool = True) -> Any:
        await self._life.step()
        result = await self._database.write(work, synced=synced)
        await self._life.step()
        return result

    async def persist(self, work: Callable[[Any], Any], *, synced: bool = True) -> Any:
        return await self.write(work, synced=synced)

    async def read(self, work: Callable[[Any], Any]) -> Any:
        return await self._database.read(work)


class Surface:
    """A chat that marks what may be a repeat, as Telegram's does."""

    pace = 0.0
    typing_every = 60.0
    largest_file = 100

    def __init__(self, world: World, life: Life, parcel: Parcel) -> None:
        self._world = world
        self._life = life
        self._parcel = parcel
        self._chat = world.chats.setdefault(parcel.address.chat_id, [])
        self._repeats = set(parcel.uncertain)

    def split(self, text: str, buttons: Buttons) -> list[str]:
        parts = [text[at : at + SIZE] for at in range(0, len(text), SIZE)]
        return [MARK + part if index in self._repeats else part for index, part in enumerate(parts)]

    def line(self, text: str, buttons: Buttons) -> str:
        return text

    async def typing(self) -> None: ...

    async def call(self, part: str, message_id: str) -> str:
        raise AssertionError("no turn takes that long")

    async def post(self, part: str, index: int, *, calls: bool = False) -> str:
        def do() -> str:
            self._chat.append(Message((self._parcel.id, index), part))
            return str(len(self._chat) - 1)

        try:
            return await self._call(do)
        except DeliveryDelayedError as error:
            if error.maybe_done and part != PLACEHOLDER:
                self._repeats.add(index)
            raise

    async def attach(self, file: OpenFile, position: int | None = None) -> str:
        assert position is not None, "no answer is that long"

        def do() -> str:
            self._chat.append(Message((self._parcel.id, position), file.name))
            return str(len(self._chat) - 1)

        return await self._call(do)

    async def edit(self, message_id: str, part: str) -> None:
        await self._call(lambda: setattr(self._chat[int(message_id)], "text", part))

    async def remove(self, message_id: str) -> None:
        message = self._chat[int(message_id)]
        assert message.part[1] == STATUS, "a turn that runs again says the same"
        await self._call(lambda: setattr(message, "deleted", True))

    async def _call(self, do: Callable[[], Any]) -> Any:
        await self._life.step()
        fate = self._world.fates.pop() if self._world.fates else Fate.DONE
        if fate is Fate.REFUSED:
            raise DeliveryDelayedError("wait", seconds=0.0)
        result = do() if fate is not Fate.DROPPED else None
        await self._life.step()
        if fate is not Fate.DONE:
            self._world.interrupted += 1
            raise DeliveryDelayedError("lost", seconds=0.0, maybe_done=True)
        return result


class AnyFile:
    """A shelf on which every file stands."""

    async def open(self, session_id: str, path: str) -> OpenFile | None:
        return OpenFile(path, "text/plain", 1, BytesIO(b"x"))

    async def offer(self, session_id: str, path: str) -> str:
        return ""


class Frontend:
    """Shows replies on such surfaces."""

    def __init__(self, world: World, life: Life) -> None:
        self._world = world
        self._life = life

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        surface = Surface(self._world, self._life, parcel)
        placeholder = PLACEHOLDER if self._world.placeholder else None
        await EditedReply(surface, parcel, notes, placeholder=placeholder).show(events)

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
        raise AssertionError("nothing waits")

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:
        raise AssertionError("nothing waits")

    def close(self, parcel: Parcel) -> None:
        raise AssertionError("nothing waits")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a session says to one message."""

    session: str
    chat: str
    number: int
    length: int

    @property
    def uses_a_tool(self) -> bool:
        return self.length > MOST_WITHOUT_A_TOOL

    @property
    def files(self) -> tuple[Enclosure, ...]:
        """What goes with it: nothing, or two files."""
        return tuple(Enclosure(f"{self.id}.{n}", 1) for n in range(2 if self.length in WITH_FILES else 0))

    @property
    def id(self) -> str:
        return f"{self.session}-{self.number}"

    @property
    def text(self) -> str:
        return (f"[{self.id}] " + "word " * self.length).strip()

    @property
    def parcel(self) -> Parcel:
        return Parcel(self.id, self.session, Address("memory", "bot", self.chat), datetime.now(UTC))


async def live(world: World, lines: list[list[Turn]], death: int | None) -> None:
    """One process: answers the turns that are not answered yet, each session's in order, and delivers."""
    life = Life(death)
    async with Database.open(f"sqlite:///{world.file}") as real:
        database = MortalDatabase(real, life)
        delivery = Delivery(
            database, SqlOutbox(), {"memory": Frontend(world, life)}, shelf=cast("Shelf", AnyFile())
        )

        async def work() -> None:
            async with anyio.create_task_group() as tasks:
                await tasks.start(delivery.run)
                async with anyio.create_task_group() as sessions:
                    for line in lines:
                        sessions.start_soon(answer, world, database, delivery, line)
                await delivered(real, delivery)
                tasks.cancel_scope.cancel()
            done.cancel()

        with anyio.fail_after(20):
            async with anyio.create_task_group() as process:
                done = process.cancel_scope
                process.start_soon(work)
                await life.dead.wait()
                process.cancel_scope.cancel()


async def answer(world: World, database: MortalDatabase, delivery: Delivery, line: list[Turn]) -> None:
    """The turns of one session. What a turn said is committed before its end is shown."""
    for turn in line:
        if turn.id in world.answered:
            continue
        parcel, complete = turn.parcel, Parcel(*_values(turn.parcel), turn.text, files=turn.files)
        stream = delivery.open(parcel)
        if turn.uses_a_tool:
            stream.push(ToolStarted("1", "search", "searching"))
            for _ in range(20):
                await anyio.lowlevel.checkpoint()
            stream.push(ToolFinished("1", "search", ok=True))
        for start in range(0, len(turn.text) - 1, SIZE):
            stream.push(TextDelta(turn.text[start : start + SIZE]))
            await anyio.lowlevel.checkpoint()

        def commit(tx: Any, complete: Parcel = complete) -> None:
            SqlOutbox().put(tx, complete)
            tx.after_commit(lambda: world.answered.add(complete.id))

        await database.write(commit)
        stream.push(Final(turn.text, files=turn.files))


def _values(parcel: Parcel) -> tuple[str, str, Address, datetime]:
    return parcel.id, parcel.session_id, parcel.address, parcel.created_at


async def delivered(database: Database, delivery: Delivery) -> None:
    """Wait until nothing is owed any more."""
    while True:
        await delivery.flush()
        if not await database.read(SqlOutbox().owed_chats):
            return
        await anyio.sleep(0.002)  # a chat pauses after trouble, and its pauses are that short here
