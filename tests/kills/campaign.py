"""A campaign of kills: lives that end by kill -9 at chosen and at random moments, while a town goes on talking."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

import anyio
from tests.kills.crash_points import POINTS
from tests.kills.gateways import Life
from tests.kills.ledger import Glance
from tests.kills.stage import Stage
from tests.kills.trouble import calm, stir

LIVES_BETWEEN_RESTS = 10
LIVES_BETWEEN_RANDOM_KILLS = 3
FUSE_SECONDS = 3.0
START_SECONDS = 120.0


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

    def is_fresh(self, number: int) -> bool:
        """Fresh lives are spread evenly; lives are counted from 1."""
        every = self.kills // self.fresh
        return number % every == 0 and number // every <= self.fresh


class Campaign:
    """One campaign on one stage. `kills` counts those so far.

    `innocent` counts charges that a death made of more than one message that had been interrupted before: those run
    one at a time, so that the one which kills the process uses up its own tries alone.
    """

    def __init__(self, size: Size, stage: Stage, random: Random) -> None:
        self._size = size
        self._stage = stage
        self._town = stage.town
        self._random = random
        self.kills = 0
        self.innocent = 0

    async def introduce(self) -> None:
        """Everybody speaks once: a fresh gateway answers nothing older, and finds only direct messages it knows."""
        async with self._stage.life():
            await self._town.dc.gateway.wait_connected(START_SECONDS)
            for speaker in self._town.speakers:
                self._town.say(speaker)
            await self._stage.until_quiet()

    async def go_on(self, until: int) -> None:
        """Live and be killed until there were so many kills, with a rest now and then and at the end."""
        for number in range(self.kills + 1, until + 1):
            if number % LIVES_BETWEEN_RANDOM_KILLS == 1:
                self._town.say(self._town.welcome())
            stir(self._town, self._random)
            await self._live(number, fresh=self._size.is_fresh(number))
            if number % LIVES_BETWEEN_RESTS == 0 or number == until:
                calm(self._town)
                await self._stage.rest()

    async def _live(self, number: int, *, fresh: bool) -> None:
        """One life: some speak before it begins, the others while it lasts."""
        due = max(0, self._size.messages * number // self._size.kills - self._town.count())
        early = self._random.randint(0, due // 2)
        for _ in range(early):
            self._town.say_something()
        point = "" if fresh or number % LIVES_BETWEEN_RANDOM_KILLS == 0 else self._next_point()
        nth = self._random.randint(1, 3) if point in self._stage.nest.witnessed() else 1
        before = self._stage.glance()
        async with self._stage.life(fresh=fresh, point=point, nth=nth) as life:
            await self._talk_until_death(life, due - early, point)
        self.kills += 1
        self._take_stock(before)

    async def _talk_until_death(self, life: Life, count: int, point: str) -> None:
        async def await_end() -> None:
            await life.ended()
            tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(await_end)
            tasks.start_soon(self._talk, count)
            await self._wait_for_the_moment(point)
            tasks.cancel_scope.cancel()

    async def _wait_for_the_moment(self, point: str) -> None:
        """A fuse has some time; else a random moment: one in four while it starts, the others while it works."""
        if point or self._random.random() < 0.75:
            await self._town.tg.wait_call("getUpdates", after=self._calls_so_far(), timeout=START_SECONDS)
        await anyio.sleep(FUSE_SECONDS if point else self._random.uniform(0.0, 0.8))

    async def _talk(self, count: int) -> None:
        """Speak now and then."""
        for _ in range(count):
            self._town.say_something()
            await anyio.sleep(self._random.uniform(0.0, 0.1))

    def _next_point(self) -> str:
        """Points at which nobody has died yet come first."""
        unseen = sorted(set(POINTS) - set(self._stage.nest.witnessed()))
        return self._random.choice(unseen or POINTS)

    def _take_stock(self, before: Glance) -> None:
        glance = self._stage.glance()
        self.innocent += max(0, len(glance.charged_since(before)) - 1)
        self._town.unanswered(glance.given_up)

    def _calls_so_far(self) -> int:
        calls = self._town.tg.calls
        return calls[-1].number if calls else 0
