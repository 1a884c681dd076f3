"""A chat gets another id, and nobody's conversation is lost by it."""

from pathlib import Path

from structlog.testing import capture_logs
from tests.memory_road import Road, message, open_road

from picklebot.model.moved import Moved
from picklebot.model.session import Scope
from picklebot.ports.rules import ChatRule
from picklebot.testing.rules import FixedRules

MOVED = Moved("u1", "memory", "bot", "-9", "-1009")


async def test_everybody_goes_on_where_they_were_however_often_it_is_told(road: Road) -> None:
    for user in ("1", "2"):
        await road.bus.accept(message(f"first of {user}", user=user, chat="-9"))
    await road.bus.accept(message("in private", user="1"))
    await road.frontend.wait(3)
    before = await road.bindings()
    for _ in range(2):
        await road.bus.move(MOVED)
    after = await road.bindings()
    assert after == {"1": before["1"], "1@-1009": before["1@-9"], "2@-1009": before["2@-9"]}
    await road.bus.accept(message("second", user="1", chat="-1009"))
    shown = await road.frontend.wait(4)
    assert 'message 2 of our conversation, which began with "first of 1"' in shown[-1].text


async def test_who_spoke_in_the_new_chat_already_goes_on_there(road: Road) -> None:
    await road.bus.accept(message("old", user="1", chat="-9"))
    await road.bus.accept(message("new", user="1", chat="-1009"))
    await road.frontend.wait(2)
    before = await road.bindings()
    await road.bus.move(MOVED)
    assert await road.bindings() == {"1@-1009": before["1@-1009"]}
    kept = await road.database.read(lambda tx: road.stores.sessions.find(tx, speaker="1@-1009"))
    assert {session.id for session in kept} == {binding.session_id for binding in before.values()}


async def test_the_operator_is_told_whose_settings_name_the_old_id(tmp_path: Path) -> None:
    rules = FixedRules(chats={"-9": ChatRule(Scope.CHAT)})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        await road.bus.accept(message("hello", user="1", chat="-9"))
        await road.frontend.wait(1)
        with capture_logs() as logs:
            await road.bus.move(MOVED)
            await road.bus.move(MOVED)
    assert [log["key"] for log in logs if log["log_level"] == "warning"] == ["messagebus.memory.chats.-9"]
