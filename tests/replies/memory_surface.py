"""A chat that is kept in memory."""

from collections.abc import Sequence

import anyio

from picklebot.errors import DeliveryError
from picklebot.model.choice import Buttons
from picklebot.model.parcel import CALL
from picklebot.ports.results import OpenFile
from picklebot.replies.surface import MessageGoneError


class MemorySurface:
    """A chat whose messages hold ten characters each; `troubles` are raised by the next calls."""

    pace = 0.0
    typing_every = 60.0
    largest_file = 100

    def __init__(self, size: int = 10) -> None:
        self.size = size
        self.messages: dict[str, str] = {}
        self.log: list[str] = []
        self.troubles: list[DeliveryError | None] = []
        self.changed = anyio.Event()
        self._last = 0

    def split(self, text: str, buttons: Buttons) -> Sequence[str]:
        parts = [text[at : at + self.size] for at in range(0, len(text), self.size)]
        return [*parts[:-1], self.line(parts[-1], buttons)] if parts else []

    def line(self, text: str, buttons: Buttons) -> str:
        labels = [f"[{button.label}]" for row in buttons for button in row]
        return " ".join([text, *labels])

    async def typing(self) -> None:
        self._call("typing")

    async def call(self, part: str, message_id: str) -> str:
        return await self.post(part, CALL, calls=True)

    async def post(self, part: str, index: int, *, calls: bool = False) -> str:
        silent = " silently" if index not in (0, CALL) else ""
        self._call(f"post{silent}{' for the asker' if calls else ''} {part}")
        self._last = 1 + max([self._last, *map(int, self.messages)])
        self.messages[str(self._last)] = part
        return str(self._last)

    async def attach(self, file: OpenFile, position: int | None = None) -> str:
        self._call(f"attach {file.name}")
        return "a file"

    async def edit(self, message_id: str, part: str) -> None:
        self._call(f"edit {message_id} {part}")
        if message_id not in self.messages:
            raise MessageGoneError("gone")
        self.messages[message_id] = part

    async def remove(self, message_id: str) -> None:
        self._call(f"remove {message_id}")
        self.messages.pop(message_id, None)

    def _call(self, what: str) -> None:
        self.log.append(what)
        self.changed.set()
        self.changed = anyio.Event()
        if self.troubles and (trouble := self.troubles.pop(0)) is not None:
            raise trouble
