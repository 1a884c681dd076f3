"""A platform without a far side: what it would show is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import anyio

from picklebot.model.choice import Buttons
from picklebot.model.events import Failed, Final, ReplyEvent
from picklebot.model.parcel import Parcel
from picklebot.ports.platform import PartNotes

Trouble = Callable[[Parcel], Exception | None]


@dataclass(frozen=True, slots=True)
class Shown:
    """One reply that arrived: to which parcel, the whole text, and everything that came before it."""

    parcel: Parcel
    text: str
    events: tuple[ReplyEvent, ...]


class RecordingFrontend:
    """Implements `ports.platform.Frontend`; `trouble` may give an error to raise before a reply is shown."""

    def __init__(self, trouble: Trouble = lambda _: None) -> None:
        self.shown: list[Shown] = []
        self.rendering: list[Parcel] = []
        self.whispers: dict[str, tuple[str, Buttons]] = {}
        self.whispered: list[tuple[str, str, str | None]] = []
        self.withdrawn: list[str] = []
        self.closed: list[str] = []
        self.trouble = trouble
        self._changed = anyio.Event()

    async def render(self, parcel: Parcel, events: AsyncIterator[ReplyEvent], notes: PartNotes) -> None:
        self.rendering.append(parcel)
        self._tell()
        seen: list[ReplyEvent] = []
        async for event in events:
            seen.append(event)
            if isinstance(event, Final | Failed):
                if (error := self.trouble(parcel)) is not None:
                    raise error
                if not parcel.posted:
                    await notes.note_posted(0, f"message-{len(self.shown)}")
                self.shown.append(Shown(parcel, event.text, tuple(seen)))
                self._tell()

    async def whisper(self, parcel: Parcel, text: str, buttons: Buttons) -> str | None:
        if (error := self.trouble(parcel)) is not None:
            raise error
        self.whispers[parcel.id] = (text, buttons)
        self.whispered.append((parcel.id, text, parcel.status))
        self._tell()
        return f"whisper-{parcel.id}"

    async def withdraw(self, parcel: Parcel, message_id: str) -> None:  # noqa: ARG002 - ids are enough here
        self.withdrawn.append(message_id)
        self._tell()

    def close(self, parcel: Parcel) -> None:
        self.closed.append(parcel.id)
        self._tell()

    async def wait_whispers(self, count: int, *, seconds: float = 10.0) -> dict[str, tuple[str, Buttons]]:
        """What was whispered for which parcel, once there are `count` of them."""
        await self._until(lambda: len(self.whispers) >= count, seconds)
        return self.whispers

    async def wait_whispered(self, count: int, *, seconds: float = 10.0) -> list[tuple[str, str, str | None]]:
        """Every whisper in order: for which parcel, what, and in the place of which line; once there are so many."""
        await self._until(lambda: len(self.whispered) >= count, seconds)
        return self.whispered

    async def wait(self, count: int, *, seconds: float = 10.0) -> list[Shown]:
        """The replies, once there are `count` of them. Raises TimeoutError."""
        await self._until(lambda: len(self.shown) >= count, seconds)
        return self.shown

    async def wait_rendering(self, count: int, *, seconds: float = 10.0) -> None:
        """Wait until `count` replies have begun."""
        await self._until(lambda: len(self.rendering) >= count, seconds)

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        with anyio.fail_after(seconds):
            while not done():
                await self._changed.wait()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
