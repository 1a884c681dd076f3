"""One question that comes in several messages: one turn, whatever comes between."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import select
from tests.bus.chat import Chat
from tests.memory_road import Road, message, open_road

from picklebot.bus import gathering
from picklebot.model import words
from picklebot.model.events import Final, ReplyEvent, TextDelta
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


@pytest.mark.parametrize("together", [True, False])
async def test_what_an_outage_held_back_is_no_one_question(road: Road, together: bool) -> None:
    """It comes at once, and was said minutes apart; of a group's talk nothing is a question for that."""
    album = message("look", chat="-100", attachments=(PHOTO,), awaits=1.0)
    album = replace(album, sent_at=album.sent_at - timedelta(minutes=10))
    aside = message("lunch, Bob?", chat="-100", spoken_to=False)
    if together:
        assert await road.bus.accept_all([album, aside]) == [Receipt.ACCEPTED, Receipt.IGNORED]
    else:
        assert await road.bus.accept(album) is Receipt.ACCEPTED
        assert await road.bus.accept(aside) is Receipt.IGNORED
    assert await road.bus.accept(message("hello", chat="-100")) is Receipt.ACCEPTED
    first, second = await road.frontend.wait(2)
    assert "lunch" not in first.text
    assert second.text.startswith("You said: hello. This is message 2 ")


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


async def test_what_is_said_long_after_it_does_not_go_on_with_it_after_a_restart(tmp_path: Path) -> None:
    first = message("first", awaits=1.0)
    async with open_road(tmp_path / "road.db", running=False) as road:
        await road.bus.accept(replace(first, sent_at=first.sent_at - timedelta(minutes=10)))
    async with open_road(tmp_path / "road.db") as road:
        assert await road.bus.accept(message("another")) is Receipt.ACCEPTED


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


class Answering:
    """Answers once it may, and is silent until then, or says a word. It notes each question."""

    def __init__(self, *, word: str = "") -> None:
        self.go = anyio.Event()
        self.said = anyio.Event()
        self.asked: list[str] = []
        self.attempts: list[int] = []
        self.word = word

    async def run(self, turn: Turn) -> AsyncIterator[ReplyEvent]:
        self.asked.append(turn.question)
        self.attempts.append(turn.job.attempt)
        if self.word:
            yield TextDelta(self.word)
            self.said.set()
        await self.go.wait()
        yield Final(f"{self.word}Answer to {turn.job.text}")

    async def wait_asked(self, count: int) -> None:
        with anyio.fail_after(10):
            while len(self.asked) < count:
                await anyio.lowlevel.checkpoint()


COMMENT, FORWARD = "is that so?", "pickles are fruit"


def passed_on(
    text: str = FORWARD, *, awaits: float = 0.05, later: float = 0.0, **more: Any
) -> InboundMessage:
    it = message(text, origin="Bob", awaits=awaits, **more)
    return replace(it, sent_at=it.sent_at + timedelta(seconds=later))


async def test_a_comment_that_came_first_is_answered_with_what_it_is_said_to(tmp_path: Path) -> None:
    engine = Answering()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message(COMMENT))
        await engine.wait_asked(1)
        assert await road.bus.accept(passed_on()) is Receipt.JOINED
        await engine.wait_asked(2)
        engine.go.set()
        [shown] = await road.frontend.wait(1)
        assert shown.text == f"Answer to {COMMENT}\n{FORWARD}"
        assert engine.asked[0] == COMMENT
        assert engine.asked[1].startswith(f"{COMMENT}\n(Passed on; Bob wrote it")
        assert engine.attempts == [1, 1], "that is no further try"
        assert await states(road) == ["done", "done"]
        session = (await road.bindings())["123"].session_id
        rows = await road.database.read(lambda tx: road.stores.history.messages(tx, session))
        [row, *_] = [row for _, row in rows]
        assert (row.text, row.payload) == (f"{COMMENT}\n{FORWARD}", engine.asked[1])
        assert await road.bus.accept(message("next")) is Receipt.ACCEPTED
        assert (await road.frontend.wait(2))[1].text == "Answer to next"


async def test_all_that_is_passed_on_with_one_comment_is_one_question(tmp_path: Path) -> None:
    engine = Answering()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message(COMMENT))
        await engine.wait_asked(1)
        for number in range(3):
            await road.bus.accept(passed_on(str(number), awaits=LONG))
        await road.bus.accept(message("/whoami", command=Command("whoami")))
        await engine.wait_asked(2)
        engine.go.set()
        shown = await road.frontend.wait(2)
        assert shown[1].text == f"Answer to {COMMENT}\n0\n1\n2"
        assert len(engine.asked) == 2


async def test_what_came_together_with_its_comment_begins_once(tmp_path: Path) -> None:
    engine = Answering()
    engine.go.set()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept_all([message(COMMENT), passed_on()])
        [shown] = await road.frontend.wait(1)
        assert (shown.text, len(engine.asked)) == (f"Answer to {COMMENT}\n{FORWARD}", 1)


async def test_a_comment_that_waits_takes_what_it_is_said_to(tmp_path: Path) -> None:
    engine = Answering(word="Well. ")
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message("first"))
        await engine.wait_asked(1)
        await road.bus.accept(message(COMMENT))
        await road.bus.accept(passed_on())
        engine.go.set()
        assert (await road.frontend.wait(2))[1].text == f"Well. Answer to {COMMENT}\n{FORWARD}"


@pytest.mark.parametrize("word", ["", "Well. "])
async def test_a_turn_that_was_heard_of_or_begun_anew_before_stays_as_it_is(
    tmp_path: Path, word: str
) -> None:
    engine = Answering(word=word)
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message(COMMENT))
        await engine.wait_asked(1)
        if word:
            with anyio.fail_after(10):
                await engine.said.wait()
        else:
            await road.bus.accept(passed_on("zero", awaits=0.0))
            await engine.wait_asked(2)
        await road.bus.accept(passed_on())
        engine.go.set()
        texts = [shown.text for shown in await road.frontend.wait(2)]
        assert texts[1] == f"{word}Answer to {FORWARD}"


ANOTHER: dict[str, Callable[[], list[InboundMessage]]] = {
    "later by the platform's clock": lambda: [passed_on(later=2.0)],
    "somebody else's": lambda: [passed_on(user="124")],
    "elsewhere": lambda: [passed_on(thread="5")],
    "after something else": lambda: [message("", attachments=(PHOTO,)), passed_on()],
    "after a command": lambda: [message("/whoami", command=Command("whoami")), passed_on()],
    "not passed on": lambda: [message(FORWARD)],
}


@pytest.mark.parametrize("another", ANOTHER.values(), ids=ANOTHER.keys())
async def test_what_is_no_comment_on_it_is_a_question_of_its_own(
    tmp_path: Path, another: Callable[[], list[InboundMessage]]
) -> None:
    engine = Answering()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message(COMMENT))
        await engine.wait_asked(1)
        more = another()
        await road.bus.accept_all(more)
        engine.go.set()
        texts = [shown.text for shown in await road.frontend.wait(1 + len(more))]
        assert f"Answer to {COMMENT}" in texts
        assert f"Answer to {FORWARD}" in texts


@pytest.mark.requirement("S0.10")
@pytest.mark.parametrize("together", [True, False])
async def test_what_is_passed_on_with_a_mention_needs_none(tmp_path: Path, *, together: bool) -> None:
    engine = Answering()
    comment, forward = message(COMMENT, chat="-5"), passed_on(chat="-5", spoken_to=False)
    other = passed_on("aside", chat="-5", user="9", spoken_to=False)
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        if together:
            await road.bus.accept_all([comment, other, forward])
        else:
            for each in (comment, other, forward):
                await road.bus.accept(each)
        engine.go.set()
        [shown] = await road.frontend.wait(1)
        assert shown.text == f"Answer to {COMMENT}\n{FORWARD}"


@pytest.mark.requirement("P10")
async def test_a_stop_while_a_question_grows_ends_it(tmp_path: Path) -> None:
    engine = Answering()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message(COMMENT))
        await engine.wait_asked(1)
        await road.bus.accept(passed_on(awaits=LONG))
        await road.bus.accept(message("/stop", command=Command("stop")))
        texts = {shown.text for shown in await road.frontend.wait(2)}
        assert texts == {words.STOPPING, words.STOPPED_AT_ONCE}
        assert set(await states(road)) == {"done"}


@pytest.mark.requirement("P7")
async def test_a_failure_that_nobody_heard_of_is_none_where_the_question_has_grown(tmp_path: Path) -> None:
    failed, tries = anyio.Event(), list[str]()

    async def say(turn: Turn) -> str:
        tries.append(turn.job.text)
        if len(tries) == 1:
            await road.bus.accept(passed_on())
            failed.set()
            raise RuntimeError("odd")
        return "fine"

    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(say)) as road:
        await road.bus.accept(message(COMMENT))
        [shown] = await road.frontend.wait(1)
        assert shown.text == "fine"
        assert tries == [COMMENT, f"{COMMENT}\n{FORWARD}"]


async def test_a_text_is_remembered_for_a_moment_and_only_the_last_ones_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "_MOST_OPEN", 1)
    engine = Answering()
    async with open_road(tmp_path / "road.db", engine=engine) as road:
        await road.bus.accept(message(COMMENT))
        await road.bus.accept(message("another", user="124"))
        await road.bus.accept(passed_on())
        engine.go.set()
        texts = {shown.text for shown in await road.frontend.wait(3)}
        assert f"Answer to {FORWARD}" in texts
