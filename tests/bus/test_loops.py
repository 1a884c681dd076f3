"""Other bots: who of them is heard, and when it is enough."""

from pathlib import Path

from structlog.testing import capture_logs
from tests.memory_road import message, open_road

from picklebot.bus import loops
from picklebot.bus.loops import MOST, WITHIN, Loops
from picklebot.model.message import InboundMessage
from picklebot.ports.platform import Receipt
from picklebot.ports.rules import Answer, ChatRule
from picklebot.testing.rules import FixedRules


def from_bot(user: str = "8", chat: str = "-9", *, spoken_to: bool = True) -> InboundMessage:
    return message("beep", user=user, chat=chat, is_bot=True, spoken_to=spoken_to)


async def test_only_a_bot_that_is_allowed_is_heard_and_only_when_it_speaks_to_us(tmp_path: Path) -> None:
    rules = FixedRules(bots={"8"}, chats={"-9": ChatRule(answer=Answer.ALWAYS)})
    async with open_road(tmp_path / "road.db", rules=rules) as road:
        assert await road.bus.accept(from_bot()) is Receipt.ACCEPTED
        assert await road.bus.accept(from_bot(spoken_to=False)) is Receipt.IGNORED
        assert await road.bus.accept(from_bot("9")) is Receipt.IGNORED
        [shown] = await road.frontend.wait(1)
        assert shown.text.startswith("You said: beep")


async def test_a_loop_ends_in_silence_that_is_logged_once(tmp_path: Path) -> None:
    async with open_road(tmp_path / "road.db", rules=FixedRules(bots={"8"}), lane_limit=100) as road:
        with capture_logs() as logs:
            receipts = [await road.bus.accept(from_bot()) for _ in range(MOST + 5)]
        assert receipts == [Receipt.ACCEPTED] * MOST + [Receipt.IGNORED] * 5
        assert [log["event"] for log in logs if log["log_level"] == "warning"] == [
            "two bots answer each other; this one falls silent"
        ]
        assert await road.bus.accept(message("and I?", chat="-9")) is Receipt.ACCEPTED
        assert await road.bus.accept(from_bot(chat="-10")) is Receipt.ACCEPTED


def test_silence_lasts_until_the_other_one_pauses() -> None:
    now = [0.0]
    guard = Loops(lambda: now[0])
    held = [guard.holds(from_bot()) for _ in range(MOST + 1)]
    assert held == [False] * MOST + [True]
    now[0] = WITHIN - 1
    assert guard.holds(from_bot())
    now[0] = 3 * WITHIN
    assert not guard.holds(from_bot())


def test_who_speaks_slowly_enough_is_no_loop() -> None:
    now = [0.0]
    guard = Loops(lambda: now[0])
    for _ in range(5 * MOST):
        now[0] += WITHIN / MOST
        assert not guard.holds(from_bot())


def test_memory_is_bounded() -> None:
    guard = Loops(lambda: 0.0)
    for _ in range(MOST + 1):
        guard.holds(from_bot("first"))
    for number in range(loops.MOST_KNOWN):
        guard.holds(from_bot(str(number)))
    assert not guard.holds(from_bot("first"))
