"""Each time of a schedule posts once, whenever the gateway dies around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest
from tests.figures import Figure
from tests.kills.crash_points import SIDES
from tests.kills.gateways import Nest, open_nest
from tests.kills.ledger import asked
from tests.sizes import sized

from picklebot.sandbox.telegram import SandboxChat, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_800), pytest.mark.requirement("S0.9")]

PLACES = (
    "insert inbox",
    "update adapter_memory",
    "update inbox",
    "insert outbox",
    "insert posted",
    "update outbox",
    "SendMessage",
    "EditMessageText",
)
POINTS = tuple(f"{side} {place}" for place in PLACES for side in SIDES)
ROUNDS = sized(96, 10)
SOON = timedelta(seconds=3)
FUSE_SECONDS = 15.0
PATIENCE = 120.0

MARKS = "SELECT name, value FROM adapter_memory WHERE platform = 'schedule'"
ACCEPTED = "SELECT count(*), count(DISTINCT update_key) FROM inbox WHERE update_key LIKE '[\"schedule\"%'"
OWED = (
    "SELECT (SELECT count(*) FROM outbox WHERE state <> 'sent')"
    " + (SELECT count(*) FROM inbox WHERE state NOT IN ('done', 'failed'))"
)


class Stand:
    """One chat, and one gateway after another that posts to it."""

    def __init__(self, nest: Nest, chat: SandboxChat, workspace: Path) -> None:
        self._nest = nest
        self._chat = chat
        self._workspace = workspace

    async def meet(self, number: int) -> datetime:
        """A life that gets to know a schedule which comes once in a year, and soon; killed before it comes."""
        life, soon = await self._nest.begin(self._workspace), SOON
        while True:
            due = (datetime.now(UTC) + soon).replace(microsecond=0)
            fields = f"{due:%S %M %H %d %m} *"
            self._write(number, fields)
            await self.until(lambda fields=fields: self._mark(number, fields) is not None)
            mark = self._mark(number, fields)
            if mark is not None and mark < due:
                break
            soon *= 2  # the machine has much to do: it came before anybody looked
        await life.kill()
        return due

    async def die_at(self, point: str) -> bool:
        """A life that dies when it comes past this point; whether it came there."""
        life = await self._nest.begin(self._workspace, point=point)
        with anyio.move_on_after(FUSE_SECONDS) as fuse:
            await life.ended()
        await life.kill()
        return not fuse.cancelled_caught

    async def die_after(self, moment: datetime) -> None:
        """A life that is killed at this moment."""
        life = await self._nest.begin(self._workspace)
        await anyio.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
        await life.kill()

    async def rest(self, number: int) -> None:
        """A life in which everything is brought to its end."""
        life = await self._nest.begin(self._workspace)
        await self._chat.wait_for(lambda it: answers(it.text, number), PATIENCE)
        await self.until(lambda: self._rows(OWED) == [(0,)])
        await life.kill()

    async def until(self, happens: Callable[[], bool]) -> None:
        with anyio.fail_after(PATIENCE):
            while not happens():  # noqa: ASYNC110 - a database has no event
                await anyio.sleep(0.02)

    def accepted(self) -> tuple[int, int]:
        """How many times were taken, and how many of them are different."""
        return self._rows(ACCEPTED)[0]

    def _write(self, number: int, fields: str) -> None:
        file = self._workspace / "crons" / f"round{number}" / "CRON.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        matter = f'schedule: "{fields}"\nto: telegram:{self._chat.id}'
        file.write_text(f"---\n{matter}\n---\nround {number}!\n", encoding="utf-8")

    def _mark(self, number: int, fields: str) -> datetime | None:
        """From when on the gateway minds this schedule."""
        for name, value in self._rows(MARKS):
            until, _, times = value.partition(" ")
            if (name, times) == (f"round{number}", f"UTC {fields}"):
                return datetime.fromisoformat(until)
        return None

    def _rows(self, question: str) -> list[Any]:
        found = asked(self._workspace, question)
        return [] if found is None else found[0]


def answers(text: str, number: int) -> bool:
    return f'which began with "round {number}!"' in text


async def test_each_time_posts_once_over_kill_9_around_it(tmp_path: Path, figure: Figure, seed: int) -> None:
    chance, kills = Random(seed), 0
    points = [*chance.sample(POINTS, min(len(POINTS), ROUNDS // 2)) * ROUNDS][: ROUNDS // 2]
    async with (
        TelegramSandbox.start() as tg,
        open_nest(tmp_path / "witness", "picklebot.platforms.schedule.definition") as nest,
    ):
        (tmp_path / "config.yaml").write_text(
            f"messagebus:\n  web: {{port: 0}}\n  telegram:\n    bot_token: {tg.token}\n"
            f"    api_base_url: {tg.base_url}\n    rate: off\n    ring: placeholder\n",
            encoding="utf-8",
        )
        ann = tg.user(1, "Ann")
        chat = tg.private(ann)
        chat.say(ann, "/start")
        stand = Stand(nest, chat, tmp_path)
        for number in range(ROUNDS):
            due = await stand.meet(number)
            if number % 2:
                assert await stand.die_at(points[number // 2]), f"nobody died {points[number // 2]}"
            else:
                await stand.die_after(due + timedelta(seconds=chance.uniform(-0.3, 0.7)))
            kills += 2
            await stand.rest(number)
    shown = [it.text for it in chat.messages if it.from_bot]
    counts = [sum(answers(text, number) for text in shown) for number in range(ROUNDS)]
    figure("S0.9", f"times of schedules lost, posted twice, over {kills} kills around them", spread(counts))
    assert counts == [1] * ROUNDS
    assert stand.accepted() == (ROUNDS, ROUNDS)


def spread(counts: list[int]) -> str:
    return f"{counts.count(0)}, {sum(count > 1 for count in counts)}"
