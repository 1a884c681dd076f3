"""What a platform remembers comes with a question, as if it had been heard; the bus waits for none of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from tests.bus.test_talk import talk_of
from tests.memory_road import message, open_road

from picklebot.bus import recalling
from picklebot.errors import DeliveryDelayedError, DeliveryImpossibleError
from picklebot.model.message import Address, Command, InboundMessage
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.rules import FixedRules

THEN = datetime.now(UTC) - timedelta(minutes=5)


class Remembered:
    """Implements Recollection by what a test says, after what goes wrong first."""

    def __init__(self, *messages: InboundMessage, troubles: Sequence[Exception] = ()) -> None:
        self.messages = messages
        self.troubles = [*troubles]
        self.asked: list[str] = []
        self.gate = anyio.Event()
        self.gate.set()
        self.begun = anyio.Event()

    async def before(self, address: Address, most: int) -> Sequence[InboundMessage]:
        self.asked.append(address.chat_id)
        self.begun.set()
        await self.gate.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        return self.messages[-most:]


def earlier(text: str, user: str = "2", *, spoken_to: bool = False, command: Command | None = None):
    said = message(text, user=user, chat="-9", spoken_to=spoken_to, command=command)
    return replace(said, sent_at=THEN)


async def test_what_was_said_before_is_judged_as_if_it_had_been_heard(tmp_path: Path) -> None:
    source = Remembered(
        earlier("dill!"),
        earlier("let me in", "666", spoken_to=True),
        earlier("I am shut out", "13"),
        earlier("/new", command=Command("new"), spoken_to=True),
        earlier("what I asked", "1", spoken_to=True),
        earlier("what he asked", "2", spoken_to=True),
    )
    rules = FixedRules(admitted={"1", "2"}, denied={"13"})
    async with open_road(
        tmp_path / "r.db", engine=ScriptedEngine(talk_of), rules=rules, recollections={"memory": source}
    ) as road:
        await road.bus.accept(message("who?", user="1", chat="-9"))
        [shown] = await road.frontend.wait(1)
        assert shown.text == "User 2: dill!, User 2: what he asked"
        await road.bus.accept(message("and now?", user="1", chat="-9"))
        assert (await road.frontend.wait(2))[-1].text == shown.text
        await road.bus.accept(message("in private?", user="1"))
        assert (await road.frontend.wait(3))[-1].text == "nothing"
    assert source.asked == ["-9"]


@pytest.mark.parametrize(
    ("trouble", "asked"),
    [
        (DeliveryImpossibleError("not yours"), 1),
        (RuntimeError("odd"), 1),
        (DeliveryDelayedError("later", seconds=1), 2),
    ],
)
async def test_a_question_goes_without_where_it_cannot_be_told(
    tmp_path: Path, trouble: Exception, asked: int
) -> None:
    source = Remembered(earlier("dill!"), troubles=[trouble])
    async with open_road(
        tmp_path / "r.db", engine=ScriptedEngine(talk_of), recollections={"memory": source}
    ) as road:
        for number, told in ((1, "nothing"), (2, "User 2: dill!" if asked == 2 else "nothing")):
            await road.bus.accept(message("who?", user="1", chat="-9"))
            assert (await road.frontend.wait(number))[-1].text == told
    assert len(source.asked) == asked


async def test_a_question_waits_a_moment_and_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recalling, "PATIENCE", 0.05)
    source = Remembered(earlier("dill!"))
    source.gate = anyio.Event()
    async with open_road(
        tmp_path / "r.db", engine=ScriptedEngine(talk_of), recollections={"memory": source}
    ) as road:
        await road.bus.accept(message("who?", user="1", chat="-9"))
        assert (await road.frontend.wait(1))[-1].text == "nothing"
        await road.bus.accept(message("and now?", user="1", chat="-9"))
        assert (await road.frontend.wait(2))[-1].text == "nothing"
    assert source.asked == ["-9"]


async def test_two_who_ask_at_once_wait_for_one_look(tmp_path: Path) -> None:
    source = Remembered(earlier("dill!", "3"))
    source.gate = anyio.Event()
    async with open_road(
        tmp_path / "r.db", engine=ScriptedEngine(talk_of), recollections={"memory": source}
    ) as road:
        await road.bus.accept(message("who?", user="1", chat="-9"))
        await road.bus.accept(message("who else?", user="2", chat="-9"))
        await source.begun.wait()
        source.gate.set()
        shown = await road.frontend.wait(2)
        assert all("User 3: dill!" in reply.text for reply in shown)
    assert source.asked == ["-9"]
