"""Two places become one person's wholly or not at all, wherever the gateway dies."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import anyio
import pytest
from tests.kills.crash_points import SIDES
from tests.kills.ledger import asked
from tests.kills.stage import Stage, open_stage
from tests.sizes import sized

from picklebot.model import words
from picklebot.model.pairing import ALPHABET, LENGTH

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLACES = (
    "insert inbox",
    "insert identities",
    "delete link_offers",
    "update bindings",
    "insert outbox",
    "SendMessage",
)
ROUNDS = sized(len(PLACES) * len(SIDES), 4)
FUSE_SECONDS = 10.0
CODE = re.compile(rf"/link ([{ALPHABET}]{{{LENGTH}}})\b")

PEOPLE = "SELECT person, COUNT(*) FROM identities GROUP BY person"
BOUND = "SELECT DISTINCT session_id FROM bindings WHERE key IN ('77', '88')"
OFFERS = "SELECT digest FROM link_offers"


@pytest.mark.requirement("B3")
@pytest.mark.requirement("P1")
async def test_a_link_is_made_wholly_and_told_in_both_places(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    points = chance.sample([f"{side} {place}" for place in PLACES for side in SIDES], ROUNDS)
    async with open_stage(tmp_path, chance) as stage:
        ann, dora = stage.town.tg.user(77, "Ann"), stage.town.dc.user(88, "Dora")
        here, there = stage.town.tg.private(ann), stage.town.dc.dm(dora)
        async with stage.life():
            await stage.town.dc.gateway.wait_connected(30)
            here.say(ann, "hello")
            there.say(dora, "hello")
            for chat in (here, there):
                await chat.wait_for(lambda it: "You said: hello" in it.text, timeout=60)
        for point in points:
            async with stage.life():
                there.say(dora, "/link off")
                seen = here.messages[-1].id
                here.say(ann, "/link")
                shown = await here.wait_for(
                    lambda it, seen=seen: it.id > seen and "/link " in it.text, timeout=60
                )
                code = CODE.search(shown.text)
                await stage.until(lambda: quiet(stage), "everything is told")
            assert code is not None
            assert answers(stage, OFFERS)
            heard = there.messages[-1].id
            there.say(dora, f"/link {code[1]} yes")
            async with stage.life(point=point) as life:
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            async with stage.life():
                await here.wait_for(
                    lambda it, shown=shown: it.id > shown.id and "Dora" in it.text, timeout=60
                )
                await there.wait_for(
                    lambda it, heard=heard: it.id > heard and it.text.startswith(LINKED), timeout=60
                )
                await stage.until(lambda: quiet(stage), "everything is told")
            assert [count for _, count in answers(stage, PEOPLE)] == [2]
            assert len(answers(stage, BOUND)) == 1
            assert not answers(stage, OFFERS)


LINKED = words.LINKED.partition("{")[0]


def quiet(stage: Stage) -> bool:
    glance = stage.glance()
    return not (glance.owed or glance.attempts)


def answers(stage: Stage, question: str) -> list[tuple[str, ...]]:
    found = asked(stage.workspace, question)
    assert found is not None
    return found[0]
