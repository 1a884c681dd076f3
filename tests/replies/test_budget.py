"""What a bot may say, and who goes first."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.errors import DeliveryDelayedError
from picklebot.model.rate import Rate, Rates
from picklebot.replies.bucket import Bucket
from picklebot.replies.budget import Allowance, Budget, Urgency

QUICK = Rate(1_000, 1.0, 100)
MOMENTS = st.floats(0, 3, allow_nan=False)


@dataclass
class Clock:
    """Stands still unless a test moves it."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.requirement("P15")
@given(
    rate=st.builds(Rate, st.integers(1, 30), st.sampled_from([1.0, 60.0]), st.integers(1, 30)),
    calls=st.lists(st.tuples(MOMENTS, MOMENTS, MOMENTS), max_size=60),
)
def test_whatever_the_network_delays_the_far_sides_bucket_is_never_empty(
    rate: Rate, calls: list[tuple[float, float, float]]
) -> None:
    """Each call begins as soon as it may, is counted by the far side when it gets there, and ends after that."""
    ours, now = Bucket(rate), 1_000.0
    counted: list[float] = []
    for pause, there, back in calls:
        now += pause
        now += ours.wait(now)
        ours.begin()
        counted.append(now + there)
        now += there + back
        ours.end(now)
    tokens, at = float(rate.burst), 0.0
    for moment in counted:
        tokens = min(rate.burst, tokens + (moment - at) * rate.per_second) - 1
        at = moment
        assert tokens > -1e-3


def test_what_is_under_way_is_set_apart() -> None:
    bucket = Bucket(Rate(1, 1.0, 3))
    for _ in range(3):
        assert bucket.wait(1_000.0) == 0
        bucket.begin()
    assert bucket.wait(1_000.0) == pytest.approx(1.0, abs=1e-3)
    bucket.cancel()
    assert bucket.wait(1_000.0) == 0
    bucket.end(1_000.0)
    bucket.end(1_000.0)
    assert not bucket.full(1_001.0)
    assert bucket.full(1_003.0)


def chat(clock: Clock, rate: Rate) -> Allowance:
    return Budget(Rates(rate, rate, QUICK), clock).of("1", private=True)


async def spend(allowance: Allowance, urgency: Urgency) -> None:
    async with allowance.spend(urgency):
        pass


async def spend_all(allowance: Allowance, urgency: Urgency) -> int:
    """How often it may be done before it is refused."""
    for count in range(1_000):
        try:
            await spend(allowance, urgency)
        except DeliveryDelayedError:
            return count
    raise AssertionError("there is no limit")


@pytest.mark.requirement("P15")
async def test_previews_take_at_most_half_and_leave_the_last_to_others() -> None:
    clock = Clock()
    allowance = chat(clock, Rate(60, 60.0, 10))
    assert await spend_all(allowance, Urgency.PREVIEW) == 5
    previews = 0
    for _ in range(100):
        clock.now += 1
        previews += await spend_all(allowance, Urgency.PREVIEW)
    assert previews == 50
    assert await spend_all(allowance, Urgency.BEGINNING) > 1


async def test_a_preview_leaves_the_last_token_to_a_beginning() -> None:
    allowance = chat(Clock(), Rate(1, 1.0, 2))
    await spend(allowance, Urgency.FINAL)
    assert await spend_all(allowance, Urgency.PREVIEW) == 0
    assert await spend_all(allowance, Urgency.BEGINNING) == 1


@pytest.mark.requirement("P15")
async def test_while_a_final_waits_nothing_else_goes() -> None:
    budget = Budget(Rates(QUICK, QUICK, Rate(4, 1.0, 1)))
    one, other = budget.of("1", private=True), budget.of("-2", private=False)
    order: list[str] = []

    async def say(allowance: Allowance, name: str) -> None:
        async with allowance.spend(Urgency.FINAL):
            order.append(name)

    with anyio.fail_after(5):
        await say(one, "first")
        async with anyio.create_task_group() as tasks:
            for name in ("second", "third"):
                tasks.start_soon(say, other, name)
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(DeliveryDelayedError):
                await spend(one, Urgency.BEGINNING)
    assert order == ["first", "second", "third"]


@pytest.mark.requirement("P15")
async def test_who_is_told_to_wait_holds_only_that_chat() -> None:
    clock = Clock()
    budget = Budget(Rates(QUICK, QUICK, QUICK), clock)
    told, other = budget.of("1", private=True), budget.of("2", private=True)
    with pytest.raises(DeliveryDelayedError):
        async with told.spend(Urgency.BEGINNING):
            raise DeliveryDelayedError("wait", seconds=30)
    assert await spend_all(told, Urgency.BEGINNING) == 0
    await spend(other, Urgency.BEGINNING)
    clock.now += 30
    await spend(told, Urgency.BEGINNING)


async def test_a_final_that_is_cancelled_gives_its_place_back() -> None:
    budget = Budget(Rates(QUICK, QUICK, Rate(1, 3_600.0, 1)))
    one, other = budget.of("1", private=True), budget.of("2", private=True)
    await spend(one, Urgency.FINAL)
    with anyio.move_on_after(0.01) as scope:
        await spend(other, Urgency.FINAL)
    assert scope.cancelled_caught
    purse = budget._chats["2"]
    assert purse.full()


async def test_idle_chats_are_forgotten_and_busy_ones_are_not() -> None:
    clock = Clock()
    budget = Budget(Rates(QUICK, QUICK, Rate(1_000_000, 1.0, 1_000_000)), clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(budget.of("busy", private=True).spend(Urgency.FINAL))
        for number in range(5_000):
            await spend(budget.of(str(number), private=True), Urgency.FINAL)
            clock.now += 1
        assert len(budget._chats) <= 4_096
        assert "busy" in budget._chats


async def test_without_rates_there_is_no_limit() -> None:
    allowance = Budget(None).of("1", private=True)
    for _ in range(1_000):
        await spend(allowance, Urgency.PREVIEW)
