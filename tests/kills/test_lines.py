"""What is said of messages that wait goes with their turn, wherever the gateway dies."""

from __future__ import annotations

from pathlib import Path
from random import Random

import anyio
import pytest
from tests.kills.crash_points import SIDES
from tests.kills.stage import Stage, open_stage
from tests.kills.test_kills import expect_only_unknown_leavings
from tests.sizes import sized

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLACES = (
    "insert choices",
    "insert posted",
    "update posted",
    "SendMessage",
    "EditMessageText",
    "DeleteMessage",
    "POST /channels/{channel_id}/messages",
    "PATCH /channels/{channel_id}/messages/{message_id}",
    "DELETE /channels/{channel_id}/messages/{message_id}",
)
ROUNDS = sized(len(PLACES) * len(SIDES), 8)
TEXTS = 12
"""Of one speaker at once: the last of them wait for longer than a second."""
FUSE_SECONDS = 20.0
START_SECONDS = 60.0


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P4")
@pytest.mark.requirement("P9")
async def test_lines_go_with_the_turn_that_they_stand_for(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    points = chance.sample([f"{side} {place}" for place in PLACES for side in SIDES], ROUNDS)
    async with open_stage(tmp_path, chance) as stage:
        people = [it for it in stage.town.speakers if it.name in ("ann", "jan")]
        async with stage.life():
            await stage.town.dc.gateway.wait_connected(START_SECONDS)
            for speaker in people:
                stage.town.say(speaker)
            await stage.until_quiet()
        for point in points:
            async with stage.life(point=point, nth=1 if "choices" in point else chance.randint(1, 4)) as life:
                for speaker in people * TEXTS:
                    stage.town.say(speaker)
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            await stage.rest()
        expect_answers_alone(stage, len(points))


def expect_answers_alone(stage: Stage, kills: int) -> None:
    """Each text has its answer in order, and of the lines only those are left that nobody knew to be there."""
    given_up = stage.ledger().given_up
    found = stage.town.verdict(given_up, "telegram") + stage.town.verdict(given_up, "discord")
    assert (found.lost, found.inversions, found.wrong, found.foreign, found.unmarked) == (0, 0, 0, 0, 0)
    assert found.lines <= kills
    expect_only_unknown_leavings(stage)
    assert stage.ledger().unaccounted == []
