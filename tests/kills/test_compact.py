"""A conversation is summed up once, and nothing of it is lost, wherever the gateway dies."""

from __future__ import annotations

from pathlib import Path
from random import Random

import anyio
import pytest
from tests.kills.crash_points import SIDES
from tests.kills.ledger import asked
from tests.kills.stage import Stage, open_stage
from tests.sizes import sized

from picklebot.model import words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLACES = (
    "insert inbox",
    "update inbox",
    "insert history",
    "update sessions",
    "insert outbox",
    "SendMessage",
)
ROUNDS = sized(len(PLACES) * len(SIDES), 5)
FUSE_SECONDS = 10.0

SUMMARIES = "SELECT seq, through FROM history WHERE role = 'summary' ORDER BY seq"
GONE_ON_FROM = "SELECT summary_seq, message_count FROM sessions WHERE summary_seq IS NOT NULL"
SAID = "SELECT text FROM history WHERE role = 'user' ORDER BY seq"


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P2")
async def test_a_conversation_is_summed_up_once(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    points = chance.sample([f"{side} {place}" for place in PLACES for side in SIDES], ROUNDS)
    async with open_stage(tmp_path, chance) as stage:
        ann = stage.town.tg.user(77, "Ann")
        chat = stage.town.tg.private(ann)
        for number, point in enumerate(points, 1):
            async with stage.life():
                chat.say(ann, f"text {number}")
                shown = await chat.wait_for(
                    lambda it, number=number: (
                        f"You said: text {number}. This is message {number} of" in it.text
                    ),
                    timeout=60,
                )
                await stage.until(lambda: quiet(stage), "everything is told")
            chat.say(ann, "/compact")
            async with stage.life(point=point) as life:
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            async with stage.life():
                await chat.wait_for(
                    lambda it, shown=shown: it.id > shown.id and it.text.removeprefix("↻ ") == SUMMED_UP,
                    timeout=60,
                )
                await stage.until(lambda: quiet(stage), "everything is told")
            found = answers(stage, SUMMARIES)
            assert len(found) == number
            assert answers(stage, GONE_ON_FROM) == [(found[-1][0], found[-1][0])]
            assert [text for (text,) in answers(stage, SAID)] == [f"text {it}" for it in range(1, number + 1)]


SUMMED_UP = words.SUMMED_UP.format(count=2)


def quiet(stage: Stage) -> bool:
    glance = stage.glance()
    return not (glance.owed or glance.attempts)


def answers(stage: Stage, question: str) -> list[tuple[str, ...]]:
    found = asked(stage.workspace, question)
    assert found is not None
    return found[0]
