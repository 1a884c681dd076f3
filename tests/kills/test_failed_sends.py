"""A platform that takes no message, over several lives: the answers wait, and no model is asked again."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tests.figures import Figure
from tests.kills.judge import Verdict
from tests.kills.stage import Stage, open_stage
from tests.kills.trouble import DISCORD_POST, calm

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

LIVES = 4


@pytest.mark.requirement("P8")
async def test_a_delivery_that_fails_never_runs_the_model_again(
    tmp_path: Path, seed: int, figure: Figure
) -> None:
    async with open_stage(tmp_path, Random(seed)) as stage:
        for life in range(LIVES):
            stage.town.tg.fault("sendMessage", 1_000, code=502)
            stage.town.dc.fault(DISCORD_POST, 1_000, status=503)
            async with stage.life():
                await stage.town.dc.gateway.wait_connected(30)
                for speaker in stage.town.speakers:
                    stage.town.say(speaker)
                await stage.until(lambda: turns_done(stage), "every turn is done")
                await expect_failed_send(stage, life)
        calm(stage.town)
        await stage.rest()
        ledger = stage.ledger()
        verdict = sum((stage.town.verdict({}, name) for name in ("telegram", "discord")), Verdict())
    figure(
        "P8",
        f"more model calls for {verdict.messages} answers over {LIVES} lives without a send that succeeded",
        ledger.retries,
    )
    assert verdict == Verdict(messages=stage.town.count())
    assert {entry.attempts for entry in ledger.entries} == {1}


def turns_done(stage: Stage) -> bool:
    """Whether every message has its answer in the outbox."""
    ledger = stage.ledger()
    return len(ledger.entries) == stage.town.count() and all(it.state == "done" for it in ledger.entries)


async def expect_failed_send(stage: Stage, life: int) -> None:
    """In each life, both platforms refuse again."""
    calls = stage.town.tg.calls
    since = calls[-1].number if life and calls else 0
    await stage.town.tg.wait_call("sendMessage", after=since, timeout=30, where=lambda call: not call.ok)
