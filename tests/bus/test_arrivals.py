"""The bot comes to a group, and says so once."""

from pathlib import Path

from tests.memory_road import Road, message, open_road

from picklebot.model.arrival import Arrival
from picklebot.model.message import Address, ChatKind
from picklebot.model.moved import Moved

GROUP = Address("memory", "bot", "-9", ChatKind.GROUP)
ADDED = Arrival("u1", "-9", GROUP, "@pickle_bot")


async def test_it_says_how_it_is_called_once_also_after_a_restart(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db") as road:
        await road.bus.arrive(ADDED)
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("Hello! Write @pickle_bot and your question")
        assert "\n" not in shown.text
        assert shown.parcel.address == GROUP
        assert await road.bindings() == {}
    async with open_road(tmp_path / "road.db") as road:
        await road.bus.arrive(ADDED)
        await road.bus.accept(message("hello", chat="-9"))
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("You said: hello")


async def test_where_mentions_do_not_reach_it_it_says_what_does_and_in_their_language(road: Road) -> None:
    await road.bus.arrive(Arrival("u1", "-9", GROUP, "@pickle_bot", hears_mentions=False))
    german = Address("memory", "bot", "-8", ChatKind.GROUP, language="de")
    await road.bus.arrive(Arrival("u2", "-8", german, "@pickle_bot", hears_mentions=False))
    shown = {reply.parcel.address.chat_id: reply.text for reply in await road.frontend.wait(2)}
    assert shown["-9"].startswith("Hello! Write /ask@pickle_bot and your question")
    assert shown["-8"].startswith("Hallo! Schreib /ask@pickle_bot")


async def test_a_group_that_got_another_id_knows_it_already(road: Road) -> None:
    await road.bus.move(Moved("u1", "memory", "bot", "-8", "-9"))
    await road.bus.arrive(ADDED)
    await road.bus.accept(message("hello", chat="-9"))
    [shown] = await road.frontend.wait(1)
    assert shown.text.startswith("You said: hello")
