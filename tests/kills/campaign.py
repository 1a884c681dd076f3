"""A campaign of kills: lives that end by kill -9 at chosen and at random moments, while a town goes on talking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import anyio
from tests.kills.crash_points import POINTS
from tests.kills.gateways import FreshLife, Life, Nest
from tests.kills.ledger import Ledger
from tests.kills.town import Town
from tests.kills.trouble import calm, stir

DISCORD_FILLS_GAPS = False
"""Whether what is said on Discord while no gateway listens is answered by the next one."""

LIVES_BETWEEN_REST = 10
FUSE_SECONDS = 3.0
START_SECONDS = 30.0
REST_SECONDS = 60.0
TICK = 0.05


@dataclass(frozen=True, slots=True)
class Size:
    """How many lives are begun freshly and how many forked, and how many messages are said in all."""

    fresh: int
    forked: int
    messages: int

    @property
    def kills(self) -> int:
        """Every life is killed."""
        return self.fresh + self.forked


class Campaign:
    """One campaign in one workspace. `kills` counts those so far."""

    def __init__(self, size: Size, town: Town, nest: Nest, workspace: Path, random: Random) -> None:
        self._size = size
        self._town = town
        self._nest = nest
        self._workspace = workspace
        self._random = random
        self.kills = 0

    async def run(self) -> None:
        """Live and kill as often as the size says, with a rest now and then; ends at rest."""
        for number, fresh in enumerate(self._kinds()):
            if number % 3 == 0:
                self._town.say(self._town.welcome())
            stir(self._town, self._random)
            await self._live(fresh, number)
            if number % LIVES_BETWEEN_REST == LIVES_BETWEEN_REST - 1:
                await self.rest()
        await self.rest()

    async def rest(self) -> None:
        """Let a gateway run undisturbed until everybody is answered. Raises AssertionError when it gets stuck."""
        calm(self._town)
        life = await self._nest.begin(self._workspace)
        try:
            with anyio.move_on_after(REST_SECONDS) as patience:
                while not self._is_quiet():  # noqa: ASYNC110 - two sandboxes and a database have no common event
                    await anyio.sleep(TICK)
        finally:
            with anyio.CancelScope(shield=True):
                await life.kill()
        left = [it.text[:20] for it in self._town.unanswered(Ledger.read(self._workspace).given_up)]
        assert not patience.cancelled_caught, (
            f"still not at rest after {REST_SECONDS:g} s; no answer to {left}"
        )

    def _kinds(self) -> Iterator[bool]:
        """Fresh lives are spread evenly over the campaign."""
        every = self._size.kills // max(1, self._size.fresh)
        for number in range(self._size.kills):
            yield number % every == 0 and number // every < self._size.fresh

    async def _live(self, fresh: bool, number: int) -> None:
        due = self._size.messages * (number + 1) // self._size.kills - self._said()
        early = self._random.randint(0, due // 2)
        for _ in range(early):
            self._town.say_something(("telegram", *(("discord",) if DISCORD_FILLS_GAPS else ())))
        point = "" if fresh or number % 2 else self._next_point()
        life = await self._begin(fresh, point)
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._talk, due - early)
                await self._wait_for_the_moment(life, point)
                await life.kill()
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await life.kill()
        assert await life.ended() == -9, "it ended by itself; see gateway.log"
        self.kills += 1
        self._take_stock()

    async def _begin(self, fresh: bool, point: str) -> Life:
        if fresh:
            return await FreshLife.begin(self._workspace)
        nth = self._random.randint(1, 3) if point in self._nest.witnessed() else 1
        return await self._nest.begin(self._workspace, point=point, nth=nth)

    async def _wait_for_the_moment(self, life: Life, point: str) -> None:
        """With a fuse its end, else a random moment: one in four while it starts, the others while it works."""
        if point:
            with anyio.move_on_after(FUSE_SECONDS):
                await life.ended()
            return
        if self._random.random() < 0.75:
            await self._town.tg.wait_call("getUpdates", after=self._calls_so_far(), timeout=START_SECONDS)
        await anyio.sleep(self._random.uniform(0.0, 0.8))

    async def _talk(self, count: int) -> None:
        """Speak now and then, on Discord when somebody listens there."""
        for _ in range(count):
            on_discord = DISCORD_FILLS_GAPS or self._town.dc.gateway.connected
            self._town.say_something(("telegram", "discord") if on_discord else ("telegram",))
            await anyio.sleep(self._random.uniform(0.0, 0.1))

    def _next_point(self) -> str:
        """Points at which nobody has died yet come first."""
        unseen = sorted(set(POINTS) - set(self._nest.witnessed()))
        return self._random.choice(unseen or POINTS)

    def _take_stock(self) -> None:
        ledger = Ledger.read(self._workspace)
        if not DISCORD_FILLS_GAPS:
            self._forget_unheard(ledger)
        self._town.unanswered(ledger.given_up)

    def _forget_unheard(self, ledger: Ledger) -> None:
        for speaker in self._town.speakers:
            if speaker.platform == "discord":
                speaker.said = [it for it in speaker.said if it.text in ledger.heard]

    def _is_quiet(self) -> bool:
        ledger = Ledger.read(self._workspace)
        return not self._town.unanswered(ledger.given_up) and not ledger.owed and not ledger.unaccounted

    def _said(self) -> int:
        return sum(len(it.said) for it in self._town.speakers)

    def _calls_so_far(self) -> int:
        calls = self._town.tg.calls
        return calls[-1].number if calls else 0
