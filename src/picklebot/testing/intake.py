"""A bus that keeps messages in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import anyio

from picklebot.errors import StorageError
from picklebot.model.arrival import Arrival
from picklebot.model.blank import Blank
from picklebot.model.change import Edited, Withdrawn
from picklebot.model.choice import Press, Suggestion
from picklebot.model.message import InboundMessage
from picklebot.model.moved import Moved
from picklebot.ports.platform import Receipt


class RecordingIntake:
    """Implements `ports.platform.Intake`. `troubles` are raised by the next calls; an unset `gate` holds them.

    Who presses a button gets `note`, and who needs a form `blank`; `opened` is what it was needed for. `agents` are
    those whom schedules wanted.
    """

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.agents: list[str | None] = []
        self.presses: list[Press] = []
        self.changes: list[Edited | Withdrawn] = []
        self.arrivals: list[Arrival] = []
        self.moves: list[Moved] = []
        self.receipt = Receipt.ACCEPTED
        self.strangers: set[str] = set()
        self.note = ""
        self.blank: Blank | None = None
        self.opened: list[InboundMessage | Press] = []
        self.typed: list[InboundMessage] = []
        self.suggestions: list[Suggestion] = []
        self.asked = 0
        self.troubles: list[Exception] = []
        self.gate = anyio.Event()
        self.gate.set()
        self._changed = anyio.Event()

    @property
    def texts(self) -> list[str]:
        """What was said, in order."""
        return [message.text for message in self.messages]

    async def accept(self, message: InboundMessage) -> Receipt:
        """See Intake."""
        await self._pass()
        self.messages.append(message)
        self._tell()
        return self.receipt

    async def accept_all(self, messages: Sequence[InboundMessage]) -> Sequence[Receipt]:
        """See Intake. While there is trouble, or the gate is not set, nothing is kept together."""
        if self.troubles or not self.gate.is_set():
            raise StorageError("try one by one")
        return [await self.accept(message) for message in messages]

    async def fall_due(self, message: InboundMessage, *, agent: str | None) -> Receipt:
        """See Intake."""
        self.agents.append(agent)
        return await self.accept(message)

    async def edit(self, edited: Edited) -> None:
        """See Intake."""
        await self._pass()
        self.changes.append(edited)
        self._tell()

    async def withdraw(self, withdrawn: Withdrawn) -> None:
        """See Intake."""
        await self._pass()
        self.changes.append(withdrawn)
        self._tell()

    async def arrive(self, arrival: Arrival) -> None:
        """See Intake."""
        await self._pass()
        self.arrivals.append(arrival)
        self._tell()

    async def move(self, moved: Moved) -> None:
        """See Intake."""
        await self._pass()
        self.moves.append(moved)
        self._tell()

    def refuses(self, message: InboundMessage) -> bool:
        """See Intake."""
        return message.sender.user_id in self.strangers

    async def suggest(self, message: InboundMessage) -> Sequence[Suggestion]:
        """See Intake."""
        self.typed.append(message)
        await self._pass()
        return self.suggestions

    async def blank_for(self, message: InboundMessage) -> Blank | None:
        """See Intake."""
        self.opened.append(message)
        await self._pass()
        return self.blank

    async def blank_of(self, press: Press) -> Blank | str:
        """See Intake."""
        self.opened.append(press)
        await self._pass()
        return self.blank or self.note

    async def press(self, press: Press) -> str:
        """See Intake."""
        await self._pass()
        self.presses.append(press)
        self._tell()
        return self.note

    async def wait(self, condition: Callable[[RecordingIntake], bool], seconds: float = 10.0) -> None:
        """Return when the condition holds. Raises TimeoutError."""
        with anyio.fail_after(seconds):
            while not condition(self):
                await self._changed.wait()

    async def _pass(self) -> None:
        self.asked += 1
        self._tell()
        await self.gate.wait()
        if self.troubles:
            raise self.troubles.pop(0)

    def _tell(self) -> None:
        self._changed.set()
        self._changed = anyio.Event()
