"""The silent line that stands for an answer until that begins: what a tool does, or that the model still thinks.

It is a preview like any other: what the budget or the platform refuses is let go. Its message is noted, so the next
process takes away what this one leaves behind.
"""

from __future__ import annotations

import math
import time
from typing import Final, Generic

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model import words
from picklebot.model.parcel import STATUS
from picklebot.ports.platform import PartNotes
from picklebot.replies.budget import Allowance, Urgency
from picklebot.replies.stopping import StopButton
from picklebot.replies.surface import Part, Surface

SILENCE: Final = 8.0
"""Seconds without a word after which the chat is told that something is still coming."""

PATIENCE: Final = 0.5
"""Seconds that a tool may run before it is worth a line; many are quicker."""


class StatusLine(Generic[Part]):
    """One line on one surface. `message_id` is what stands there from before: another line, or one from the queue.

    Times are those of `time.monotonic()`.
    """

    def __init__(
        self,
        surface: Surface[Part],
        notes: PartNotes,
        allowance: Allowance,
        stop: StopButton,
        message_id: str | None,
    ) -> None:
        self._surface = surface
        self._notes = notes
        self._allowance = allowance
        self._stop = stop
        self._id = message_id
        self._shown: Part | None = None
        self._doing: str = ""
        self._changed = self._begun = time.monotonic()
        self._not_before = 0.0

    @property
    def stands(self) -> bool:
        """Whether there is a message to take away."""
        return self._id is not None

    @property
    def due(self) -> float:
        """When there is something to say that the chat does not show yet."""
        if self._shown is not None:
            wish = math.inf if self._shown == self._line else self._changed + PATIENCE
        else:
            wish = min(self._begun + SILENCE, self._changed + PATIENCE if self._doing else math.inf)
        return max(wish, self._not_before)

    def tell(self, doing: str) -> None:
        """What a tool does now; empty while none does anything."""
        if doing != self._doing:
            self._doing, self._changed = doing, time.monotonic()

    async def keep(self) -> None:
        """Say what is due."""
        if time.monotonic() < self.due:
            return
        await self._stop.offer()
        try:
            await self._say(self._line)
        except DeliveryDelayedError as error:
            # One that may stand there is not said again, or there might be two.
            pause = math.inf if error.maybe_done and self._id is None else error.seconds
            self._rest(max(pause, self._surface.pace))
        except DeliveryError:
            self._id = None
            self._rest(math.inf)
        else:
            self._rest(self._surface.pace)

    async def clear(self) -> None:
        """Take it away. Raises DeliveryDelayedError when that must wait."""
        if self._id is None:
            return
        try:
            await self._surface.remove(self._id)
        except DeliveryDelayedError:
            raise
        except DeliveryError:
            pass  # what nobody may delete stays
        self._id = self._shown = None

    @property
    def _line(self) -> Part:
        text = words.DOING.format(doing=self._doing or words.THINKING)
        return self._surface.line(text, self._stop.buttons)

    async def _say(self, line: Part) -> None:
        async with self._allowance.spend(Urgency.PREVIEW):
            if self._id is None:
                self._id = await self._surface.post(line, STATUS)
                await self._notes.note_posted(STATUS, self._id)
            else:
                await self._surface.edit(self._id, line)
        self._shown = line

    def _rest(self, seconds: float) -> None:
        self._not_before = time.monotonic() + seconds
