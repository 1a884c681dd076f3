"""Shows forms, and takes what was filled in.

A form has to be the first answer to what it is asked by, within three seconds, so it is looked up beside everything
else. What was filled in is kept before Discord is told of it: where that cannot be done in time, Discord says that
something went wrong, and the form stays open with all that was written.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import anyio
import structlog
from anyio.abc import TaskGroup

from picklebot.errors import StoppingError, StorageError
from picklebot.model.blank import Blank
from picklebot.model.choice import Press
from picklebot.model.message import InboundMessage
from picklebot.platforms.discord.deferral import Deferral
from picklebot.platforms.discord.firsts import FirstAnswers
from picklebot.platforms.discord.modals import modal
from picklebot.ports.platform import Intake

log = structlog.get_logger()

T = TypeVar("T")
F = TypeVar("F")

LOOK_UP: Final = 1.5
"""Seconds for the bus to give a form; after them the command is taken as it is, which Discord still waits for."""
KEEP: Final = 2.0
"""Seconds from a submission in which it has to be kept; the third is for the way to Discord."""
_PAUSE: Final = 0.2


class Filling:
    """The forms of one connection. Nothing raises."""

    def __init__(self, intake: Intake, firsts: FirstAnswers, tasks: TaskGroup) -> None:
        self._intake = intake
        self._firsts = firsts
        self._tasks = tasks

    async def open(self, message: InboundMessage, deferral: Deferral, otherwise: Callable[[], None]) -> None:
        """Show the form for a command; without one it is taken `otherwise`."""
        blank = await self._looked_up(self._intake.blank_for, message)
        if blank is None:
            otherwise()
        else:
            await deferral.answer(modal(blank))

    async def open_pressed(self, press: Press, deferral: Deferral, trouble: str) -> None:
        """Show the form that a button opens, or say why not: `trouble` where that is not known."""
        found = await self._looked_up(self._intake.blank_of, press)
        if isinstance(found, Blank):
            await deferral.answer(modal(found))
        else:
            await deferral.refuse(found or trouble)

    def taking(self, press: Press, deferral: Deferral) -> Callable[[], Awaitable[None]]:
        """A form was submitted: how to take it when its turn has come."""
        until = anyio.current_time() + KEEP
        self._firsts.expect(press.address.interaction or "")
        return lambda: self._take(press, deferral, until)

    def leave(self, press: Press) -> None:
        """Let it be submitted again."""
        log.warning("a form was not taken, and stays open", interaction=press.update_id)
        self._firsts.settle(press.address.interaction or "")

    async def _take(self, press: Press, deferral: Deferral, until: float) -> None:
        """Keep it, and then let Discord know."""
        note = await self._kept(press, until)
        if note is None:
            self.leave(press)
        else:
            self._tasks.start_soon(self._acknowledge, press, deferral, note)

    async def _acknowledge(self, press: Press, deferral: Deferral, note: str) -> None:
        try:
            if note:
                await deferral.refuse(note)
            elif press.message_id:
                await deferral.rest()
            else:
                await deferral.begin()
        finally:
            self._firsts.settle(press.address.interaction or "")

    async def _kept(self, press: Press, until: float) -> str | None:
        """What is to be said to who submitted it; None where it could not be kept."""
        with anyio.CancelScope(deadline=until):
            while True:
                try:
                    return await self._intake.press(press)
                except StoppingError:
                    return None
                except StorageError as error:
                    log.error("a form cannot be kept yet", interaction=press.update_id, error=str(error))
                except Exception:
                    log.exception("a form could not be taken", interaction=press.update_id)
                    return None
                await anyio.sleep(_PAUSE)
        return None

    async def _looked_up(self, look_up: Callable[[T], Awaitable[F | None]], asker: T) -> F | None:
        try:
            with anyio.move_on_after(LOOK_UP):
                return await look_up(asker)
        except StorageError as error:
            log.info("a form could not be looked up", error=str(error))
        return None
