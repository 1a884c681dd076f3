"""What may follow a slash command that is still being typed.

Source: https://discord.com/developers/docs/interactions/application-commands#autocomplete. It cannot be deferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import anyio
import structlog

from picklebot.errors import DeliveryError, StorageError
from picklebot.model.choice import Suggestion
from picklebot.model.message import InboundMessage
from picklebot.platforms.discord.interaction import InteractionHandle
from picklebot.platforms.discord.rest import Json, Rest
from picklebot.ports.platform import Intake

log = structlog.get_logger()

TYPING: Final = 4
"""The type of an interaction that is a command being typed."""

PATIENCE: Final = 2.0
"""Seconds in which the bus has to answer; the third is for the way to Discord."""

_CHOICES: Final = 8
_MOST: Final = 25
_LONGEST: Final = 100


async def suggest(rest: Rest, intake: Intake, message: InboundMessage) -> None:
    """Answer in time, if only with nothing; never raises."""
    handle = InteractionHandle.read(message.address.interaction or "")
    choices = [_choice(each) for each in await _look_up(intake, message)]
    try:
        await rest.respond(handle.id, handle.token, {"type": _CHOICES, "data": {"choices": choices}})
    except DeliveryError as error:
        log.info("what may follow a command could not be told", error=str(error))


async def _look_up(intake: Intake, message: InboundMessage) -> Sequence[Suggestion]:
    try:
        with anyio.move_on_after(PATIENCE):
            return (await intake.suggest(message))[:_MOST]
    except StorageError as error:
        log.info("what may follow a command could not be looked up", error=str(error))
    return ()


def _choice(suggestion: Suggestion) -> Json:
    return {"name": suggestion.label[:_LONGEST], "value": suggestion.value[:_LONGEST]}
