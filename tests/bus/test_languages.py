"""Whoever speaks German is answered in German, wherever the answer is made."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.memory_road import Road, message, open_road

from picklebot.errors import EngineError
from picklebot.model import words
from picklebot.model.choice import Press
from picklebot.model.message import Command, Sender
from picklebot.ports.engine import Turn
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.frontend import RecordingFrontend
from picklebot.testing.news import RecordingNews
from picklebot.testing.rules import FixedRules

ENGLISH, GERMAN = words.LANGUAGES["en"], words.LANGUAGES["de"]


async def say(road: Road, text: str, language: str, *, replies: int, user: str = "123") -> str:
    name, _, args = text.removeprefix("/").partition(" ")
    command = Command(name, args) if text.startswith("/") else None
    await road.bus.accept(message(text, user=user, command=command, language=language))
    return (await road.frontend.wait(replies))[-1].text


async def test_each_is_answered_in_the_language_of_their_message(road: Road) -> None:
    assert await say(road, "/stop", "de-AT", replies=1) == GERMAN.NOTHING_TO_STOP
    assert await say(road, "/stop", "en", replies=2) == ENGLISH.NOTHING_TO_STOP
    assert await say(road, "/stop", "tlh", replies=3) == ENGLISH.NOTHING_TO_STOP
    assert await say(road, "/hlep", "de", replies=4) == GERMAN.NEAR_COMMAND.format(name="hlep", near="help")


async def test_messages_that_come_together_are_each_read_in_their_own_language(road: Road) -> None:
    await road.bus.accept_all([message("  ", language="de"), message("  "), message("  ", language="de")])
    shown = [each.text for each in await road.frontend.wait(3)]
    assert shown == [GERMAN.EMPTY_MESSAGE, ENGLISH.EMPTY_MESSAGE, GERMAN.EMPTY_MESSAGE]


async def test_a_button_is_answered_in_the_language_of_who_pressed_it(road: Road) -> None:
    asked = message("/forget", command=Command("forget"), language="de")
    await road.bus.accept(asked)
    [shown] = await road.frontend.wait(1)
    [[yes], [no]] = shown.parcel.buttons
    assert (yes.label, no.label) == (GERMAN.FORGET_YES, GERMAN.FORGET_NO)
    pressed = Press("p1", "shown", no.handle, asked.address, Sender("123", ""), datetime.now(UTC))
    stranger = replace(pressed, update_id="p0", sender=Sender("4", ""))
    assert await road.bus.press(stranger) == GERMAN.CHOICE_NOT_YOURS
    assert await road.bus.press(pressed) == ""
    assert (await road.frontend.wait(2))[-1].text == GERMAN.NOT_FORGOTTEN


async def test_a_stranger_reads_their_own_language_and_operators_theirs(tmp_path: Path) -> None:
    news = RecordingNews()
    rules = FixedRules(admitted={"1"}, operators={"1"}, pairing=True)
    async with open_road(tmp_path / "road.db", rules=rules, news=news) as road:
        told = await say(road, "hallo", "de", replies=1, user="7")
    assert told.startswith(GERMAN.NOT_ADMITTED.format(platform="Memory", user_id="7"))
    assert [text for _, text in news.told] == [
        ENGLISH.NEWS_PAIRING.format(name="User 7", platform="Memory", user_id="7")
    ]


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (EngineError("key_refused", GERMAN.FAULTS["key_refused"], detail="sk-secret was refused"), ""),
        (RuntimeError("sk-secret broke /etc/passwd"), "WENT_WRONG"),
    ],
)
async def test_a_failed_turn_is_told_in_german_and_without_the_errors_own_text(
    tmp_path: Path, error: Exception, name: str
) -> None:
    async def fail(_: Turn) -> str:
        raise error

    news = RecordingNews()
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(fail), news=news) as road:
        told = await say(road, "hallo", "de", replies=1)
    expected = getattr(GERMAN, name) if name else GERMAN.FAULTS["key_refused"]
    assert told.startswith(expected)
    assert "(Kennung " in told
    assert "sk-secret" not in told
    [(_, text)] = news.told
    assert text.startswith((ENGLISH.NEWS_KEY[:12], ENGLISH.NEWS_DEAD_LETTER[:12]))


async def test_what_is_said_when_an_answer_comes_late_is_german_too(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", frontend=RecordingFrontend()) as road:
        old = replace(message("hallo", language="de"), sent_at=datetime.now(UTC) - timedelta(hours=3))
        await road.bus.accept(old)
        [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("(Das hast du vor 3 Stunden geschrieben.)\n\nYou said: hallo.")
