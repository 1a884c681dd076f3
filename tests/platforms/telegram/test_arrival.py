"""The bot is added to groups, through the real aiogram."""

from typing import Any

import pytest
from tests.platforms.telegram.kit import RecordingIntake, listening

from picklebot.platforms.telegram.adapter import TelegramAdapter
from picklebot.platforms.telegram.arrival import parse_arrival
from picklebot.platforms.telegram.identity import BotIdentity
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

OUT, IN = {"status": "left"}, {"status": "member"}
MUTED = {"status": "restricted", "is_member": True, "can_send_messages": False}


def changed(before: dict[str, Any], after: dict[str, Any], kind: str = "group") -> dict[str, Any]:
    change = {"chat": {"id": -5, "type": kind}, "from": {"id": 1, "language_code": "de"}}
    return {"update_id": 1, "my_chat_member": {**change, "old_chat_member": before, "new_chat_member": after}}


async def test_it_is_told_that_it_was_added(
    tg: TelegramSandbox, adapter: TelegramAdapter, intake: RecordingIntake, ann: SandboxUser
) -> None:
    group = tg.group(-987, "Picklers", members=[ann])
    async with listening(adapter, intake):
        group.block()
        group.unblock()
        await intake.wait(lambda bus: len(bus.arrivals) == 1)
        await tg.wait_confirmed()
    [arrival] = intake.arrivals
    assert (arrival.place, arrival.name, arrival.hears_mentions) == ("-987", "@pickle_bot", False)
    assert arrival.address.language == "en"


@pytest.mark.parametrize(
    ("before", "after", "kind", "hears"),
    [
        (OUT, IN, "group", False),
        (OUT, IN, "supergroup", False),
        ({"status": "kicked"}, {"status": "administrator"}, "group", True),
        (MUTED, IN, "supergroup", False),
        (OUT, MUTED, "supergroup", None),
        (OUT, IN, "channel", None),
        ({"status": "kicked"}, IN, "private", None),
        (IN, {"status": "administrator"}, "group", None),
        (IN, OUT, "group", None),
    ],
)
def test_what_is_an_arrival(
    before: dict[str, Any], after: dict[str, Any], kind: str, hears: bool | None
) -> None:
    arrival = parse_arrival(changed(before, after, kind), BotIdentity("9", "pickle_bot", hears_all=False))
    assert (arrival and arrival.hears_mentions) == hears


def test_without_privacy_mode_mentions_are_heard() -> None:
    arrival = parse_arrival(changed(OUT, IN), BotIdentity("9", "pickle_bot", hears_all=True))
    assert arrival is not None
    assert arrival.hears_mentions
