"""The button that ends the turn by which a reply is written."""

from __future__ import annotations

import math
import time
from typing import Final

import structlog

from picklebot.errors import StorageError
from picklebot.model import words
from picklebot.model.choice import Buttons, Choice
from picklebot.model.message import Command
from picklebot.model.parcel import Parcel
from picklebot.ports.platform import PartNotes

log = structlog.get_logger()

PATIENCE: Final = 3.0
"""Seconds of writing after which somebody may want it to end; what is quicker costs no button."""


class StopButton:
    """Kept once it is shown for the first time. `due` is when it belongs under an answer that has begun."""

    def __init__(self, parcel: Parcel, notes: PartNotes) -> None:
        self._parcel = parcel
        self._notes = notes
        is_written = parcel.text is None and bool(parcel.asker)
        self.due = time.monotonic() + PATIENCE if is_written else math.inf
        self.buttons: Buttons = ()

    async def offer(self) -> None:
        """From now on it is among `buttons`, unless nobody asked for this reply or it cannot be kept."""
        if self.due == math.inf:
            return
        self.due = math.inf
        stop = Choice(words.STOP, Command("stop", self._parcel.id), aside=True)
        try:
            self.buttons = await self._notes.offer(((stop,),))
        except StorageError as error:
            log.warning("a turn has no button that ends it", turn=self._parcel.id, error=str(error))
