"""Updates that come again: never a second turn, whichever of their two marks is known, also after kill -9."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.figures import Figure
from tests.kills.judge import Verdict
from tests.kills.stage import Stage, open_stage
from tests.kills.town import Speaker
from tests.sizes import sized

from picklebot.sandbox.discord.feed import Happening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]

IN_ONE_LIFE = 25


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that a platform told the gateway, and can tell it again."""

    again: Callable[[], object]


class Repeater:
    """Lets people speak, and remembers how each platform told of it."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self._town = stage.town
        self._random = random
        self._told: list[Callable[[], object]] = []

    def say(self, speaker: Speaker) -> None:
        """Let this one speak."""
        with self._town.dc._feed.listening(self._note):
            self._town.say(speaker)
        if speaker.platform == "telegram":
            update = self._town.tg.pending[-1]
            self._told += [
                lambda: self._town.tg.redeliver(update),
                lambda: self._town.tg.inject_update(update),
            ]

    def repeat(self) -> None:
        """Tell one of all those things again."""
        self._random.choice(self._told)()

    def _note(self, happening: Happening) -> None:
        if happening.name == "MESSAGE_CREATE":
            data: dict[str, Any] = happening.data
            self._told.append(lambda: self._town.dc.gateway.inject("MESSAGE_CREATE", data))


@pytest.mark.requirement("P3")
async def test_a_redelivered_update_never_starts_a_second_turn(
    tmp_path: Path, figure: Figure, seed: int
) -> None:
    random, redeliveries = Random(seed), sized(10_000)
    async with open_stage(tmp_path, random) as stage:
        repeater = Repeater(stage, random)
        for _ in range(redeliveries // IN_ONE_LIFE):
            async with stage.life():
                await stage.town.dc.gateway.wait_connected(30)
                for place in range(IN_ONE_LIFE):
                    if place % 2 == 0:
                        repeater.say(random.choice(stage.town.speakers))
                    repeater.repeat()
                # Whoever speaks last is answered last, so every repeat has been taken before.
                for speaker in stage.town.speakers:
                    repeater.say(speaker)
                await stage.until_quiet()
                await stage.town.tg.wait_confirmed(30)
        ledger = stage.ledger()
        verdict = sum((stage.town.verdict({}, name) for name in ("telegram", "discord")), Verdict())
    said = stage.town.count()
    again = len(ledger.entries) - said + ledger.retries
    figure("P3", f"second turns of {redeliveries:,} updates told again", again)
    assert verdict == Verdict(messages=said)
    assert len(ledger.entries) == said
    assert ledger.retries == 0
