"""Kill -9, again and again, while people talk on two platforms and the network misbehaves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from tests.canaries import Canaries
from tests.kills.campaign import Campaign, Size
from tests.kills.crash_points import POINTS
from tests.kills.judge import Verdict
from tests.kills.ledger import Ledger
from tests.kills.stage import Stage, open_stage

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]

TELEGRAM_MARKS_REPEATS = False
"""Whether Telegram's repeats after an interrupted send are always marked."""

FULL = Size(fresh=10, forked=990, messages=15_000)
SHORT = Size(fresh=10, forked=90, messages=1_500)


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P2")
@pytest.mark.requirement("P4")
@pytest.mark.requirement("P9")
@pytest.mark.requirement("P18")
@pytest.mark.requirement("P30")
async def test_nothing_is_lost_over_kills(
    tmp_path: Path, tell: Callable[[str], None], seed: int, soak: bool
) -> None:
    random = Random(seed)
    async with open_stage(tmp_path, random) as stage:
        campaign = Campaign(FULL if soak else SHORT, stage, random)
        try:
            await campaign.run()
        finally:
            ledger = stage.ledger()
            telegram, discord = (
                stage.town.verdict(ledger.given_up, name) for name in ("telegram", "discord")
            )
            line = summary(campaign.kills, stage.nest.witnessed(), telegram, discord, ledger)
            tell(f"{line} (PICKLEBOT_SEED={seed})")
        expect_nothing_lost(telegram + discord, ledger)
        assert discord.duplicates == 0
        if TELEGRAM_MARKS_REPEATS:
            assert telegram.unmarked == 0
        assert set(stage.nest.witnessed()) == set(POINTS), "there is a crash point at which nobody died"
        expect_no_secret(stage)


def expect_nothing_lost(verdict: Verdict, ledger: Ledger) -> None:
    """Every text has its one answer or its visible error, in order; and the database says so too."""
    assert verdict.lost == 0
    assert verdict.inversions == 0
    assert verdict.wrong == 0
    assert verdict.foreign == 0
    assert verdict.stale == 0
    assert ledger.unaccounted == []
    assert ledger.doubled == []
    assert ledger.owed == 0
    assert len(ledger.entries) == verdict.messages


def expect_no_secret(stage: Stage) -> None:
    """No token stands in any file that the gateway wrote, or in a chat."""
    canaries = Canaries(stage.town.tg.token, stage.town.dc.token)
    shown = [it.text for chat in stage.town.chats({}).values() for it in chat.shown]
    canaries.assert_kept(stage.workspace, chats=shown)


def summary(kills: int, witnessed: list[str], telegram: Verdict, discord: Verdict, ledger: Ledger) -> str:
    """The verdict in one line."""
    both = telegram + discord
    return (
        f"kills: {kills} kill -9 ({len(witnessed)} at {len(set(witnessed))} named points), {both.messages} messages: "
        f"{both.lost} lost, {len(ledger.unaccounted)} unaccounted, {both.inversions} inversions, "
        f"{both.wrong + both.foreign} wrong, {both.stale} stale; repeats on Telegram {telegram.unmarked} unmarked, "
        f"{telegram.repeats} marked, {telegram.strays} stray beginnings, on Discord {discord.duplicates}; "
        f"{ledger.retries} turns begun again, {both.given_up} given up"
    )
