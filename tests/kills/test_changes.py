"""Edits and deletions of messages that wait: what was changed is what is answered, wherever the gateway dies."""

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

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

EDITED = "update inbox job"
"""The commit by which a message that waits reads otherwise."""
WITHDRAWN = "update inbox reason=withdrawn"
"""The commit by which one leaves the queue."""
AROUND = (EDITED, "SendMessage", "insert history")
ROUNDS = sized(60, 2)
LONG = "word " * 120
"""Makes an answer that takes half a second; whatever follows waits."""
FUSE_SECONDS = 20.0
ASKED = "SELECT text FROM history WHERE role = 'user' ORDER BY seq"
KEPT = "SELECT count(*) FROM inbox"


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P3")
async def test_an_edited_message_is_answered_as_it_reads(tmp_path: Path, seed: int) -> None:
    points = [f"{side} {place}" for place in AROUND for side in SIDES]
    async with open_stage(tmp_path, Random(seed)) as stage:
        tg = stage.town.tg
        ann = tg.user(77, "Ann")
        chat = tg.private(ann)
        for number in range(ROUNDS):
            point = points[number % len(points)]
            async with stage.life(point=point) as life:
                known = kept(stage)
                chat.say(ann, f"{number}first {LONG}")
                chat.say(ann, f"{number}second {LONG}")
                said = chat.say(ann, f"{number}wrong")
                await until_kept(stage, known + 3, life)
                chat.edit(said, f"{number}right")
                edit = tg.pending[-1]
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            async with stage.life():
                await stage.until(lambda known=known: quiet(stage, known + 3), "all is answered")
                tg.redeliver(edit)
                await tg.wait_confirmed(30)
                await stage.until(lambda known=known: quiet(stage, known + 3), "all is answered")
            assert tokens(stage, number) == [f"{number}first", f"{number}second", f"{number}right"], point
            shown = [message.text for message in chat.messages if message.from_bot]
            for token in tokens(stage, number):
                answers = [text for text in shown if text.removeprefix("↻ ").startswith(f"You said: {token}")]
                assert sum(not text.startswith("↻ ") for text in answers) <= 1 <= len(answers) <= 2, point
            assert not any(f"{number}wrong" in text or text == words.EDITED for text in shown), point


@pytest.mark.requirement("P1")
async def test_a_deleted_message_is_not_answered_once_that_is_kept(tmp_path: Path, seed: int) -> None:
    async with open_stage(tmp_path, Random(seed)) as stage:
        dora = stage.town.dc.user(88, "Dora")
        direct = stage.town.dc.dm(dora)
        async with stage.life():
            await stage.town.dc.gateway.wait_connected(60)
            direct.say(dora, "hello")
            await direct.wait_for(lambda it: "You said: hello" in it.text, timeout=60)
        for number in range(max(2, ROUNDS // 3)):
            point = f"{SIDES[number % 2]} {WITHDRAWN}"
            async with stage.life(point=point) as life:
                await stage.town.dc.gateway.wait_connected(60)
                known = kept(stage)
                direct.say(dora, f"{number}first {LONG}")
                direct.say(dora, f"{number}second {LONG}")
                said = direct.say(dora, f"{number}gone")
                await until_kept(stage, known + 3, life)
                direct.delete(said)
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            async with stage.life():
                await stage.until(lambda known=known: quiet(stage, known + 3), "all is answered")
            known_gone = point.startswith("after")
            expected = [f"{number}first", f"{number}second", *([] if known_gone else [f"{number}gone"])]
            # Discord tells nobody again of what was deleted: a death before the commit forgets it.
            assert tokens(stage, number) == expected, point
            for token in expected:
                shown = [it.text for it in direct.messages if it.from_bot and f"You said: {token}" in it.text]
                assert len(shown) == 1, point
            if known_gone:
                assert not any(f"{number}gone" in it.text for it in direct.messages if it.from_bot)


async def until_kept(stage: Stage, messages: int, life: object) -> None:
    """Return when so many messages are kept."""
    await stage.until(lambda: kept(stage) >= messages, f"{life} keeps them")


def kept(stage: Stage) -> int:
    [[(count,)]] = asked(stage.workspace, KEPT) or [[(0,)]]
    return count


def quiet(stage: Stage, messages: int) -> bool:
    glance = stage.glance()
    return kept(stage) >= messages and not (glance.owed or glance.attempts)


def tokens(stage: Stage, number: int) -> list[str]:
    """The first words of what was asked in this round, in order."""
    [rows] = asked(stage.workspace, ASKED) or [[]]
    return [
        text.split()[0]
        for (text,) in rows
        if text.startswith(str(number)) and text[len(str(number))].isalpha()
    ]
