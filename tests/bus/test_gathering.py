"""One question that comes in several messages: one turn, whatever comes between."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select
from tests.bus.chat import Chat
from tests.memory_road import Road, message, open_road

from picklebot.model import words
from picklebot.model.message import Attachment, Command, InboundMessage
from picklebot.model.question import MOST_PARTS
from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.storage.tables import inbox
from picklebot.testing.engine import ScriptedEngine

LONG = 30.0
"""Seconds that no test waits for: what comes next ends the question."""
PHOTO = Attachment("photo", "f1", "cat.jpg")


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db") as road:
        yield road


async def states(road: Road) -> list[str]:
    rows = select(inbox.c.state).order_by(inbox.c.arrival)
    return await road.database.read(lambda tx: list(tx.connection.execute(rows).scalars()))


async def test_a_cut_text_is_one_question(road: Road) -> None:
    assert await road.bus.accept(message("a" * 4096, awaits=LONG)) is Receipt.ACCEPTED
    assert await road.bus.accept(message("b" * 4090, awaits=LONG)) is Receipt.JOINED
    await road.bus.accept(message("the end"))
    [shown] = await road.frontend.wait(1)
    assert f"You said: {'a' * 4096}{'b' * 4090}\nthe end. This is message 1 " in shown.text


async def test_what_came_together_is_one_question(road: Road) -> None:
    album = [message("" if number else "look", attachments=(PHOTO,), awaits=LONG) for number in range(3)]
    await road.bus.accept_all([*album, message("what is it?")])
    await road.bus.accept(message("next"))
    first, second = await road.frontend.wait(2)
    assert first.text.startswith("You said: look\nwhat is it?")
    assert second.text.startswith("You said: next. This is message 2 ")
    assert await states(road) == ["done"] * 5


async def test_the_turn_waits_no_longer_than_it_may(road: Road) -> None:
    await road.bus.accept(message("forwarded", awaits=0.05))
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: forwarded.")
    await road.bus.accept(message("another"))
    assert (await road.frontend.wait(2))[1].text.startswith("You said: another. This is message 2 ")


async def test_what_comes_without_words_is_told_in_a_line(road: Road) -> None:
    await road.bus.accept(message("", attachments=(PHOTO,), awaits=LONG))
    await road.bus.accept(message("", attachments=(Attachment("location", "", note="1, 2"),)))
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: [photo cat.jpg]\n[location 1, 2].")


ELSEWHERE = [
    message("elsewhere", user="124"),
    message("elsewhere", thread="5"),
    message("elsewhere", chat="-100"),
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
async def test_others_and_other_places_are_no_part_of_it(road: Road, elsewhere: InboundMessage) -> None:
    await road.bus.accept(message("first", awaits=LONG))
    await road.bus.accept(elsewhere)
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: elsewhere.")
    await road.bus.accept(message("rest"))
    assert (await road.frontend.wait(2))[1].text.startswith("You said: first\nrest.")


async def test_a_command_ends_the_question_and_is_carried_out(road: Road) -> None:
    await road.bus.accept(message("first", awaits=LONG))
    assert await road.bus.accept(message("/whoami", command=Command("whoami"))) is Receipt.HANDLED
    await road.bus.accept(message("second"))
    texts = [shown.text for shown in await road.frontend.wait(3)]
    assert [text for text in texts if text.startswith("You said: first.")]
    assert [text for text in texts if text.startswith("You said: second.")]


async def test_the_rest_of_a_question_needs_no_mention(road: Road) -> None:
    await road.bus.accept(message("look", chat="-100", attachments=(PHOTO,), awaits=LONG))
    assert await road.bus.accept(message("aside", chat="-100", user="9", spoken_to=False)) is Receipt.IGNORED
    more = [message("", chat="-100", attachments=(PHOTO,), awaits=LONG, spoken_to=False) for _ in range(2)]
    assert await road.bus.accept(more[0]) is Receipt.JOINED
    await road.bus.accept_all([more[1], message("that is all", chat="-100", spoken_to=False)])
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: look\nthat is all\n[photo cat.jpg]")


async def test_the_rest_may_come_together_with_its_beginning(road: Road) -> None:
    first = message("look", chat="-100", attachments=(PHOTO,), awaits=LONG)
    rest = message("that is all", chat="-100", spoken_to=False)
    await road.bus.accept_all([first, rest, message("aside", chat="-100", user="9", spoken_to=False)])
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: look\nthat is all\n[photo cat.jpg]")
    assert await states(road) == ["done"] * 2


async def test_a_part_that_is_told_again_is_not_said_twice(road: Road) -> None:
    part = message("part", awaits=LONG)
    await road.bus.accept(message("first", awaits=LONG))
    await road.bus.accept(part)
    assert await road.bus.accept(part) is Receipt.DUPLICATE
    await road.bus.accept(message("end"))
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: first\npart\nend.")


async def test_a_question_has_an_end(road: Road) -> None:
    for number in range(MOST_PARTS):
        await road.bus.accept(message(str(number), awaits=LONG))
    await road.bus.accept(message("too much"))
    assert await states(road) == ["accepted", *["done"] * (MOST_PARTS - 1), "accepted"]


async def test_what_is_left_open_goes_on_after_a_restart(tmp_path: Path) -> None:
    """The rest comes when the process is there again; nothing is lost or said twice."""
    part = message("part", awaits=LONG)
    async with open_road(tmp_path / "road.db", running=False) as road:
        await road.bus.accept(message("first", awaits=LONG))
        await road.bus.accept(part)
    async with open_road(tmp_path / "road.db") as road:
        assert await road.bus.accept(part) is Receipt.DUPLICATE
        await road.bus.accept(message("end"))
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("You said: first\npart\nend. This is message 1 ")
        assert await states(road) == ["done"] * 3


async def test_what_is_dropped_takes_no_more(road: Road) -> None:
    await road.bus.accept(message("first", awaits=LONG))
    chat = Chat(road)
    assert words.DROPPED.format(count=1) in await chat.tell("stop", "all")
    await road.bus.accept(message("second"))
    assert (await road.frontend.wait(2))[-1].text.startswith("You said: second. This is message 1 ")


async def test_what_comes_while_its_turn_runs_is_a_question_of_its_own(tmp_path: Path) -> None:
    begun, release = anyio.Event(), anyio.Event()

    async def say(turn: Turn) -> str:
        begun.set()
        await release.wait()
        return turn.job.text

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message("first", awaits=0.01))
        with anyio.fail_after(10):
            await begun.wait()
        await road.bus.accept(message("second"))
        release.set()
        assert [shown.text for shown in await road.frontend.wait(2)] == ["first", "second"]
