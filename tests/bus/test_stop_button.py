"""A turn that runs is ended by a button: by who asked, and by whoever runs the bot."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import anyio
import pytest
from tests.memory_road import Road, message, open_road

from picklebot.model import words
from picklebot.model.choice import Button, Choice, Press
from picklebot.model.events import ReplyEvent, TextDelta
from picklebot.model.message import Command, Sender
from picklebot.model.parcel import Parcel
from picklebot.ports.engine import Turn
from picklebot.testing.rules import FixedRules

_numbers = count(1)


class Endless:
    """Says a word and goes on thinking."""

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        yield TextDelta("Well")
        await anyio.sleep_forever()


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db", engine=Endless(), rules=FixedRules(operators={"1"})) as road:
        yield road


async def running(road: Road) -> tuple[Button, Parcel]:
    """Somebody asked, and sees a button."""
    await road.bus.accept(message("go on", user="123", chat="-5"))
    await road.frontend.wait_rendering(1)
    [parcel] = road.frontend.rendering
    stop = Choice(words.STOP, Command("stop", parcel.id), aside=True)
    with anyio.fail_after(10):
        while not road.turns._turns:
            await anyio.lowlevel.checkpoint()
        while not (await news(road, parcel)).running:
            await anyio.lowlevel.checkpoint()
    until = datetime(2100, 1, 1, tzinfo=UTC)
    [[button]] = await road.database.write(
        lambda tx: road.stores.choices.offer(
            tx, ((stop,),), parcel_id=parcel.id, chat=parcel.chat, user_id=parcel.asker, until=until
        )
    )
    return button, parcel


async def news(road: Road, parcel: Parcel):
    return await road.database.read(lambda tx: road.stores.messages.news(tx, parcel.session_id, parcel.chat))


def press(button: Button, parcel: Parcel, user: str) -> Press:
    address = replace(parcel.address, reply_to=None)
    return Press(f"s{next(_numbers)}", "shown", button.handle, address, Sender(user, ""), datetime.now(UTC))


@pytest.mark.requirement("S0.12")
@pytest.mark.parametrize("user", ["123", "1"])
async def test_who_asked_and_operators_may_end_a_turn(road: Road, user: str) -> None:
    button, parcel = await running(road)
    assert parcel.asker == "123"
    assert await road.bus.press(press(button, parcel, user)) == words.STOPPING
    [shown] = await road.frontend.wait(1)
    assert shown.text == words.STOPPED_AFTER.format(text="Well")
    assert await road.bus.press(press(button, parcel, user)) == words.NOTHING_TO_STOP


async def test_others_may_not_by_whatever_means(road: Road) -> None:
    button, parcel = await running(road)
    assert await road.bus.press(press(button, parcel, "666")) == words.CHOICE_NOT_YOURS
    await road.bus.accept(
        message(f"/stop {parcel.id}", user="666", chat="-5", command=Command("stop", parcel.id))
    )
    [shown] = await road.frontend.wait(1)
    assert shown.text == words.CHOICE_NOT_YOURS
    assert (await news(road, parcel)).running == (parcel.id,)


async def test_an_operator_chooses_nothing_else_for_others(road: Road) -> None:
    _, parcel = await running(road)
    until = datetime(2100, 1, 1, tzinfo=UTC)
    forget = Choice("Forget", Command("forget", "everything"))
    [[button]] = await road.database.write(
        lambda tx: road.stores.choices.offer(
            tx, ((forget,),), parcel_id="p", chat=parcel.chat, user_id="123", until=until
        )
    )
    assert await road.bus.press(press(button, parcel, "1")) == words.CHOICE_NOT_YOURS
