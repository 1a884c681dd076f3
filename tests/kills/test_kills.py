"""Kill -9, again and again, while people talk on two platforms and the network misbehaves."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from tests.figures import Figure
from tests.kills.campaign import Campaign, Size
from tests.kills.crash_points import POINTS
from tests.kills.judge import PLACEHOLDER, Verdict, is_line
from tests.kills.ledger import Ledger
from tests.kills.stage import Stage, open_stage
from tests.sizes import FULL

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]

SIZE = Size(fresh=10, forked=990, messages=15_000) if FULL else Size(fresh=10, forked=90, messages=1_500)


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P2")
@pytest.mark.requirement("P4")
@pytest.mark.requirement("P5")
@pytest.mark.requirement("P7")
@pytest.mark.requirement("P9")
@pytest.mark.requirement("P18")
@pytest.mark.requirement("P30")
async def test_nothing_is_lost_over_kills(tmp_path: Path, seed: int, figure: Figure) -> None:
    random = Random(seed)
    async with open_stage(tmp_path, random) as stage:
        campaign = Campaign(SIZE, stage, random)
        try:
            await campaign.introduce()
            await campaign.go_on(SIZE.kills // 2)
            answered = verdicts(stage)
            stage.configure(ring="placeholder")
            await campaign.go_on(SIZE.kills)
        finally:
            note(figure, campaign, stage)
        telegram, discord = verdicts(stage)
        expect_nothing_lost(telegram + discord, stage.ledger())
        expect_no_repeats(telegram, discord, answered, stage.ledger())
        expect_only_unknown_leavings(stage)
        assert campaign.innocent == 0
        assert set(stage.nest.witnessed()) == set(POINTS), "there is a crash point at which nobody died"
    figure("P30", "secrets found in files, chats and logs after the kills", 0)


def verdicts(stage: Stage) -> tuple[Verdict, Verdict]:
    """On Telegram, and on Discord."""
    given_up = stage.ledger().given_up
    return stage.town.verdict(given_up, "telegram"), stage.town.verdict(given_up, "discord")


def expect_nothing_lost(verdict: Verdict, ledger: Ledger) -> None:
    """Every text has its one answer or its visible error, in order; and the database says so too."""
    assert verdict.lost == 0
    assert verdict.inversions == 0
    assert verdict.wrong == 0
    assert verdict.foreign == 0
    assert verdict.stale == 0
    assert ledger.unaccounted == []
    assert ledger.doubled == []
    assert ledger.hasty == []
    assert ledger.owed == 0
    assert len(ledger.entries) == verdict.messages


def expect_no_repeats(
    telegram: Verdict, discord: Verdict, answered: tuple[Verdict, Verdict], ledger: Ledger
) -> None:
    """None on Discord; on Telegram one for each send that was cut off, and with placeholders none either."""
    assert (discord.duplicates, telegram.unmarked) == (0, 0)
    assert telegram.repeats + telegram.strays <= ledger.interrupted
    assert (telegram.repeats, telegram.strays) == (answered[0].repeats, answered[0].strays)
    assert answered[0].placeholders == 0


def expect_only_unknown_leavings(stage: Stage) -> None:
    """A placeholder or a line stays only where the gateway never heard that it was sent."""
    known = stage.ledger().posted
    bot = stage.town.tg.bot_user.id
    for chat_id, chat in stage.town.tg.chats.items():
        left = [it for it in chat.replies if it.text == PLACEHOLDER or is_line(it.text)]
        assert not {(f"telegram:{bot}:{chat_id}", str(it.id)) for it in left} & known
    ids = {message_id for _, message_id in known}
    for channel in stage.town.dc._world.channels.values():
        assert not [it for it in channel.messages.values() if is_line(it.text) and str(it.id) in ids]


def note(figure: Figure, campaign: Campaign, stage: Stage) -> None:
    """What was seen."""
    (telegram, discord), ledger, witnessed = verdicts(stage), stage.ledger(), stage.nest.witnessed()
    both = telegram + discord
    kills = f"{campaign.kills:,} `kill -9`, {len(witnessed):,} at {len(set(witnessed))} named points"
    figure("P1", f"lost of {both.messages:,} messages over {kills}", both.lost)
    figure("P2", "unaccounted in the database after the kills", len(ledger.unaccounted))
    cut_off = f"of {ledger.interrupted} sends that were cut off"
    repeats = (
        f"{telegram.repeats} marked repeats, {telegram.strays} stray beginnings, {telegram.unmarked} unmarked"
    )
    figure("P4", f"on Telegram, {cut_off}", f"{repeats}, {telegram.placeholders} stray placeholders")
    figure("P4", "lines that say that something waits, left by kills", both.lines)
    figure("P4", "on Discord", discord.duplicates)
    figure("P5", "stale answers after the kills", both.stale)
    charged = f"{ledger.retries} turns begun again, {both.given_up} of them three times and given up"
    figure("P7", "messages charged for a death of another over the kills", f"{campaign.innocent} ({charged})")
    figure("P9", "inversions over the kills", both.inversions)
