"""What a turn in a group is told of the talk around it."""

from pathlib import Path

from tests.memory_road import message, open_road

from picklebot.ports.engine import Turn
from picklebot.ports.platform import Receipt
from picklebot.testing.engine import ScriptedEngine
from picklebot.testing.rules import FixedRules


async def talk_of(turn: Turn) -> str:
    return ", ".join(f"{remark.speaker}: {remark.text}" for remark in turn.talk) or "nothing"


async def test_what_others_say_in_a_group_comes_with_a_question_and_what_is_refused_does_not(
    tmp_path: Path,
) -> None:
    rules = FixedRules(admitted={"1", "2"})
    async with open_road(tmp_path / "road.db", engine=ScriptedEngine(talk_of), rules=rules) as road:
        stranger = message("I am let in", user="666", chat="-9")
        assert (
            await road.bus.accept(message("dill!", user="2", chat="-9", spoken_to=False)) is Receipt.IGNORED
        )
        assert await road.bus.accept(stranger) is Receipt.REFUSED
        await road.bus.accept_all([message("mint!", user="2", chat="-9", spoken_to=False)])
        assert await road.bus.accept(message("who?", user="1", chat="-9")) is Receipt.ACCEPTED
        await road.bus.accept(message("and here?", user="1"))
        shown = await road.frontend.wait(3)
        assert {"User 2: dill!, User 2: mint!", "nothing"} < {reply.text for reply in shown}
