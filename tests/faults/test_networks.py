"""A platform that is slow in one chat, and one that loses connections before and after it did what was asked."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from tests.faults.scene import open_scene

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SLOW_SECONDS = 5.0
MARK = "↻ "


@pytest.mark.requirement("P2")
@pytest.mark.requirement("P4")
@pytest.mark.requirement("P15")
@pytest.mark.requirement("P30")
async def test_a_slow_chat_slows_no_other_and_lost_connections_lose_nothing(tmp_path: Path) -> None:
    async with open_scene(tmp_path) as scene:
        slow, *others = [scene.speaker(number) for number in range(1, 8)]
        async with scene.gateway():
            scene.tg.fault("*", 8, kind="delay", seconds=SLOW_SECONDS, chat_id=slow.chat.id)
            slow.say("slowly")
            await scene.tg.wait_confirmed(60)
            for turn in range(1, 4):
                for speaker in others:
                    speaker.say(f"the {turn}th time")
                for speaker in others:
                    await speaker.hear(f"This is message {turn} of")
            assert not any("This is message" in text for text in slow.heard), "the others had to wait for it"
            await slow.hear("This is message 1 of")

            scene.tg.clear_faults()
            faults = [("drop", method) for method in ("sendMessage", "editMessageText", "getUpdates")]
            faults += [("deliver_then_drop", method) for _, method in faults]
            for turn, (kind, method) in enumerate(faults, 4):
                scene.tg.fault(method, 2, kind=kind)
                async with anyio.create_task_group() as tasks:
                    for speaker in others:
                        speaker.say(f"the {turn}th time")
                        tasks.start_soon(speaker.hear, f"This is message {turn} of")
                scene.tg.clear_faults()
            await scene.until_quiet()
        for speaker in others:
            answers = [text for text in speaker.heard if not text.startswith(MARK)]
            assert len(answers) == len(set(answers)), "an unmarked repeat"
            assert len(answers) <= len(faults) + 3
