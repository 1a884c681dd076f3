"""Rate limits on a clock that the test turns."""

from picklebot.sandbox.telegram.limits import Limits
from picklebot.sandbox.telegram.refusal import BotApiError


class Clock:
    """A clock that stands until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def spend(limits: Limits, chat_id: int, times: int) -> list[int]:
    """Spend, and give the waits that were answered with 429."""
    waits: list[int] = []
    for _ in range(times):
        try:
            limits.spend(chat_id)
        except BotApiError as refused:
            waits.append(refused.parameters["retry_after"])
    return waits


def test_off_by_default() -> None:
    assert spend(Limits(Clock()), 1, 1_000) == []


def test_private_chat_has_a_burst_of_three_and_one_a_second() -> None:
    limits = Limits(clock := Clock(), enforced=True)
    assert spend(limits, 1, 5) == [1, 1]
    assert spend(limits, 2, 3) == []
    clock.now = 1.0
    assert spend(limits, 1, 2) == [1]
    clock.now = 60.0
    assert spend(limits, 1, 4) == [1]


def test_group_has_twenty_a_minute() -> None:
    limits = Limits(clock := Clock(), enforced=True)
    assert spend(limits, -5, 4) == [3]
    told = 3
    for _ in range(60):
        clock.now += 1
        told += 1 - len(spend(limits, -5, 1))
    assert told == 3 + 20


def test_bot_has_thirty_a_second() -> None:
    limits = Limits(Clock(), enforced=True)
    assert sum(len(spend(limits, chat, 1)) for chat in range(1, 41)) == 10


def test_waiting_as_told_is_enough() -> None:
    limits = Limits(clock := Clock(), enforced=True)
    for _ in range(200):
        try:
            limits.spend(-1)
        except BotApiError as refused:
            clock.now += refused.parameters["retry_after"]
            limits.spend(-1)


def test_a_refusal_costs_nothing() -> None:
    limits = Limits(Clock(), enforced=True)
    spend(limits, 1, 3)
    spend(limits, 1, 100)
    assert spend(limits, 2, 3) == []
    limits.forget()
    assert spend(limits, 1, 4) == [1]
