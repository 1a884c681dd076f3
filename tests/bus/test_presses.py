"""A button says its command: once, by whom it was offered to, in time, and in the place where it stands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from tests.memory_road import Road, message, open_road

from picklebot.errors import StoppingError
from picklebot.model import words
from picklebot.model.choice import Button, Press
from picklebot.model.message import Address, Command, Sender
from picklebot.model.parcel import Parcel
from picklebot.ports.platform import Receipt
from picklebot.testing.frontend import Shown
from picklebot.testing.rules import FixedRules

_numbers = count(1)


@pytest.fixture
async def road(tmp_path: Path) -> AsyncIterator[Road]:
    async with open_road(tmp_path / "road.db") as road:
        yield road


def say(name: str, args: str = "", user: str = "123"):
    return message(f"/{name} {args}".strip(), user=user, command=Command(name, args))


async def answer_to(road: Road, name: str, args: str = "", user: str = "123") -> Shown:
    """What a command is answered with."""
    count_before = len(road.frontend.shown)
    assert await road.bus.accept(say(name, args, user)) is Receipt.HANDLED
    return (await road.frontend.wait(count_before + 1))[-1]


async def two_conversations(road: Road) -> Shown:
    """Two conversations of two messages each, and the list of them."""
    for number, text in enumerate(("about pickles", "about cheese")):
        if number:
            await answer_to(road, "new")
        before = len(road.frontend.shown)
        await road.bus.accept(message(text))
        await road.frontend.wait(before + 1)
    return await answer_to(road, "sessions")


def press(button: Button, parcel: Parcel, *, user: str = "123", late: timedelta = timedelta(0)) -> Press:
    """Somebody presses a button under the message `shown` of that parcel."""
    address = replace(parcel.address, reply_to=None)
    return Press(
        f"p{next(_numbers)}", "shown", button.handle, address, Sender(user, ""), datetime.now(UTC) + late
    )


def labels(shown: Shown) -> list[str]:
    return [button.label for row in shown.parcel.buttons for button in row]


async def test_the_list_shows_each_conversation_and_where_one_is(road: Road) -> None:
    shown = await two_conversations(road)
    assert [words.HERE in line for line in shown.text.splitlines()[1:3]] == [True, False]
    assert "(2 messages" in shown.text
    assert [label[:2] for label in labels(shown)] == ["1.", "2."]


async def test_a_pressed_conversation_goes_on_and_its_answer_takes_the_lists_place(road: Road) -> None:
    shown = await two_conversations(road)
    before = (await road.bindings())["123"].session_id
    seen = len(road.frontend.shown)
    assert await road.bus.press(press(shown.parcel.buttons[1][0], shown.parcel)) == ""
    answer = (await road.frontend.wait(seen + 1))[-1]
    assert (answer.parcel.posted, answer.parcel.buttons) == (("shown",), ())
    assert answer.text.startswith("We go on with")
    assert (await road.bindings())["123"].session_id != before
    await road.bus.accept(message("and?"))
    assert 'began with "about pickles"' in (await road.frontend.wait(seen + 2))[-1].text


async def test_a_press_that_is_told_again_is_not_done_again(road: Road) -> None:
    shown = await two_conversations(road)
    seen = len(road.frontend.shown)
    pressed = press(shown.parcel.buttons[1][0], shown.parcel)
    assert [await road.bus.press(pressed) for _ in range(3)] == ["", "", ""]
    await road.bus.accept(say("whoami"))
    assert len(await road.frontend.wait(seen + 2)) == seen + 2


async def test_only_one_of_the_choices_is_taken(road: Road) -> None:
    shown = await two_conversations(road)
    first, second = (row[0] for row in shown.parcel.buttons)
    await road.bus.press(press(second, shown.parcel))
    note = await road.bus.press(press(first, shown.parcel))
    assert note == words.CHOICE_MADE.format(label=second.label)


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"handle": "x" * 16}, words.CHOICE_GONE),
        ({"handle": ""}, words.CHOICE_GONE),
        ({"address": Address("memory", "bot", "another")}, words.CHOICE_GONE),
        ({"sender": Sender("666", "")}, words.CHOICE_NOT_YOURS),
        ({"at": datetime.now(UTC) + timedelta(days=2)}, words.CHOICE_OVER),
    ],
)
async def test_what_may_not_be_chosen_is_said_and_nothing_changes(
    road: Road, change: dict[str, object], note: str
) -> None:
    shown = await two_conversations(road)
    before = await road.bindings()
    pressed = replace(press(shown.parcel.buttons[1][0], shown.parcel), **change)
    assert await road.bus.press(pressed) == note
    assert await road.bindings() == before


async def test_who_is_not_admitted_any_more_presses_in_vain(tmp_path: Path) -> None:
    rules = FixedRules(admitted={"123"})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        shown = await two_conversations(road)
        rules.admitted = set()
        before = await road.bindings()
        note = await road.bus.press(press(shown.parcel.buttons[1][0], shown.parcel))
        assert "123" in note
        assert await road.bindings() == before


async def test_a_choice_outlives_a_restart(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        shown = await two_conversations(road)
    async with open_road(tmp_path / "road.db") as road:
        assert await road.bus.press(press(shown.parcel.buttons[1][0], shown.parcel)) == ""
        [answer] = await road.frontend.wait(1)
        assert answer.text.startswith("We go on with")
        road.bus.close()
        with pytest.raises(StoppingError):
            await road.bus.press(press(shown.parcel.buttons[1][0], shown.parcel))


async def test_a_conversation_is_named_by_number_id_or_beginning(road: Road) -> None:
    await two_conversations(road)
    ids = {session.id for session in await road.database.read(road.stores.sessions.find)}
    for wanted in (*ids, *(each[:8] for each in ids), "1", "2"):
        assert (await answer_to(road, "resume", wanted)).text.startswith("We go on with")


async def test_the_conversations_of_others_are_not_there(road: Road) -> None:
    await two_conversations(road)
    [mine, *_] = await road.database.read(road.stores.sessions.find)
    for wanted in (mine.id, mine.id[:8], "1"):
        said = await answer_to(road, "resume", wanted, user="666")
        assert said.text == words.NO_SUCH_SESSION.format(session=wanted)
    assert (await answer_to(road, "sessions", user="666")).text == words.NO_SESSIONS
    assert "666" not in await road.bindings()


async def test_a_long_list_has_pages(road: Road) -> None:
    for _ in range(7):
        await answer_to(road, "new")
    first = await answer_to(road, "sessions")
    assert labels(first)[-1] == words.OLDER
    seen = len(road.frontend.shown)
    assert await road.bus.press(press(first.parcel.buttons[-1][0], first.parcel)) == ""
    second = (await road.frontend.wait(seen + 1))[-1]
    assert [label[:2] for label in labels(second)] == ["6.", "7.", words.NEWER[:2]]
    assert (await answer_to(road, "sessions", "99")).text == words.NO_MORE_SESSIONS
    assert (await answer_to(road, "resume")).text.startswith(words.SESSIONS)
