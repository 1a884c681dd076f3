"""The first answer to a command or a pressed button, which Discord wants within three seconds."""

from __future__ import annotations

from typing import Final

import anyio
import structlog

from picklebot.errors import DeliveryDelayedError, DeliveryError
from picklebot.model import words
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.platforms.discord.refusals import InteractionOverError
from picklebot.platforms.discord.rest import Json, Rest
from picklebot.ports.platform import Receipt

log = structlog.get_logger()

_MESSAGE: Final = 4
_DEFERRED: Final = 5
_DEFERRED_UPDATE: Final = 6
_EPHEMERAL: Final = 1 << 6
_TRIES: Final = 3


class Deferral:
    """One slash command's "thinking…", or one pressed button."""

    def __init__(self, rest: Rest, handle: InteractionHandle) -> None:
        self._rest = rest
        self._handle = handle
        self._settled = anyio.Event()
        self._standing = False

    async def begin(self) -> None:
        """Show "thinking…" at once; never raises."""
        flags = _EPHEMERAL if self._handle.ephemeral else 0
        try:
            self._standing = await self._respond({"type": _DEFERRED, "data": {"flags": flags}})
        finally:
            self._settled.set()

    async def answer(self, response: Json) -> None:
        """Give this as the first answer; never raises."""
        await self._respond(response)

    async def rest(self) -> None:
        """Let a pressed button come to rest, its message as it is for now; never raises."""
        await self._respond({"type": _DEFERRED_UPDATE})

    async def note(self, text: str) -> None:
        """Say something beside the message of a pressed button, to that person alone; never raises."""
        try:
            await self._rest.follow_up(
                self._handle.application_id, self._handle.token, {"content": text, "flags": _EPHEMERAL}
            )
        except DeliveryError as error:
            log.info("who pressed a button could not be told", error=str(error))

    async def stands(self) -> bool:
        """Whether the person sees "thinking…", and not that we failed to respond."""
        await self._settled.wait()
        return self._standing

    async def refuse(self, text: str) -> None:
        """Say something instead, to that person alone; never raises."""
        await self._respond({"type": _MESSAGE, "data": {"content": text, "flags": _EPHEMERAL}})

    async def settle(self, receipt: Receipt | None, user_id: str) -> None:
        """Put an end to "thinking…" where no reply will; never raises.

        There is no receipt for what could not be taken.
        A notice may be on its way for a refusal, but only one a day is: what is said here is the same sentence.
        """
        try:
            match receipt:
                case Receipt.REFUSED:
                    await self._say(words.not_admitted("discord", user_id))
                case None:
                    await self._say(words.NOT_TAKEN)
                case Receipt.FULL:
                    await self._say(words.LANE_FULL)
                case Receipt.IGNORED:
                    await self._rest.delete_original(self._handle.application_id, self._handle.token)
                case Receipt.ACCEPTED | Receipt.JOINED | Receipt.HANDLED | Receipt.DUPLICATE:
                    pass
        except DeliveryError as error:
            log.warning("a slash command is left thinking", error=str(error))

    async def _say(self, text: str) -> None:
        await self._rest.edit_original(self._handle.application_id, self._handle.token, {"content": text})

    async def _respond(self, response: Json) -> bool:
        """Give the first answer; that it was given already is fine, as the gateway may tell a command twice."""
        for _ in range(_TRIES):
            try:
                await self._rest.respond(self._handle.id, self._handle.token, response)
                return True
            except DeliveryDelayedError:
                continue
            except InteractionOverError:
                break
            except DeliveryError:
                return True
        log.warning("a slash command was not answered in time", interaction=self._handle.id)
        return False
