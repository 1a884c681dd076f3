"""Answers that grow in drafts: what shows in one is no message yet, wherever the gateway dies."""

from __future__ import annotations

from pathlib import Path
from random import Random

import anyio
import pytest
from tests.figures import Figure
from tests.kills.crash_points import SIDES
from tests.kills.stage import Stage, open_stage
from tests.sizes import sized

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

PLACES = (
    *("SendMessageDraft", "SendMessage", "insert posted"),
    *("update posted", "insert outbox", "insert history"),
)
POINTS = [f"{side} {place}" for place in PLACES for side in SIDES]
MOST = {"SendMessageDraft": 3, "SendMessage": 2}
"""How often a life surely comes past a point; commits may be made together."""
ROUNDS = sized(120, 5)
LONG = 120
"""Words of a text whose answer takes half a second, so that a draft shows it."""
FUSE_SECONDS = 20.0


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P2")
@pytest.mark.requirement("P4")
async def test_a_draft_is_lost_and_its_answer_is_not(tmp_path: Path, seed: int, figure: Figure) -> None:
    chance = Random(seed)
    async with open_stage(tmp_path, chance) as stage:
        stage.configure(streaming="draft")
        people = [it for it in stage.town.speakers if it.name in ("ann", "bob")]
        for number in range(ROUNDS):
            point = POINTS[number % len(POINTS)]
            before = cut_off(stage)
            drafts = shown_in_drafts(stage)
            for speaker in people:
                stage.town.say(speaker, LONG)
            async with stage.life(point=point, nth=chance.randint(1, MOST.get(point.split()[-1], 1))) as life:
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            await stage.rest()
            assert shown_in_drafts(stage) > drafts
            expect_each_answered(stage, point, cut_off(stage) - before)
        found = stage.town.verdict(stage.ledger().given_up, "telegram")
        repeats = f"{found.repeats} for {cut_off(stage)} sends that were cut off, {found.unmarked} unmarked"
        figure("P4", f"marked repeats with streaming: draft, in {ROUNDS} kills", repeats)


def shown_in_drafts(stage: Stage) -> int:
    """How many drafts were shown so far."""
    return sum(call.method == "sendMessageDraft" and call.ok for call in stage.town.tg.calls)


def cut_off(stage: Stage) -> int:
    return stage.ledger().interrupted


def expect_each_answered(stage: Stage, point: str, interrupted: int) -> None:
    """Nothing is lost; each send that was cut off made one marked repeat at most, and nothing else did."""
    ledger = stage.ledger()
    found = stage.town.verdict(ledger.given_up, "telegram")
    assert (found.lost, found.unmarked, found.wrong, found.foreign, found.inversions) == (0, 0, 0, 0, 0), (
        point
    )
    assert (found.placeholders, found.strays) == (0, 0), point
    assert found.repeats <= ledger.interrupted, point
    assert interrupted <= 2, point
    assert ledger.unaccounted == []
    assert ledger.doubled == []
