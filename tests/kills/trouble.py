"""What goes wrong besides the kills: refusals, dropped connections, lost answers, broken and repeated updates."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.kills.town import Town

DISCORD_POST = "POST /channels/*/messages"
DISCORD_PATCH = "PATCH /channels/*/messages/*"


def break_update(town: Town) -> None:
    """Send each platform's client something that is shaped like nothing it knows."""
    town.tg.inject_update({"message": {"message_id": "not a number", "chat": None, "date": []}})
    town.dc.gateway.inject("MESSAGE_CREATE", {"id": "x", "author": None})


TROUBLES: tuple[Callable[[Town], None], ...] = (
    lambda town: town.tg.fault("sendMessage", retry_after=1),
    lambda town: town.tg.fault("sendMessage", code=500),
    lambda town: town.tg.fault("sendMessage", kind="drop"),
    lambda town: town.tg.fault("sendMessage", kind="deliver_then_drop"),
    lambda town: town.tg.fault("editMessageText", kind="deliver_then_drop"),
    lambda town: town.tg.fault("editMessageText", code=502),
    lambda town: town.tg.fault("sendMessage", 5, kind="delay", seconds=0.05),
    lambda town: town.tg.fault("getUpdates", kind="deliver_then_drop"),
    lambda town: town.tg.fault("getUpdates", retry_after=1),
    break_update,
    lambda town: town.dc.fault(DISCORD_POST, status=429, retry_after=0.3),
    lambda town: town.dc.fault(DISCORD_POST, status=500),
    lambda town: town.dc.fault(DISCORD_POST, status=503),
    lambda town: town.dc.fault(DISCORD_POST, drop="before"),
    lambda town: town.dc.fault(DISCORD_POST, drop="after"),
    lambda town: town.dc.fault(DISCORD_PATCH, drop="after"),
    lambda town: town.dc.fault(DISCORD_POST, 5, delay=0.05),
    lambda town: town.dc.gateway.disconnect(None),
)


def stir(town: Town, random: Random) -> None:
    """Let none, one or two things go wrong."""
    for trouble in random.sample(TROUBLES, random.choice((0, 1, 1, 2))):
        trouble(town)


def calm(town: Town) -> None:
    """Let what has not gone wrong yet go well."""
    town.tg.clear_faults()
    town.dc.clear_faults()
