"""Telegram brings the updates: what it was told is received is kept, whenever the gateway dies."""

from __future__ import annotations

import socket
from pathlib import Path
from random import Random

import anyio
import pytest
from tests.figures import Figure
from tests.kills.campaign import Campaign, Size
from tests.kills.judge import Verdict
from tests.kills.stage import Stage, open_stage
from tests.sizes import sized

pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * 3600)]

POINTS = (
    "before insert inbox",
    "after insert inbox",
    "before SetWebhook",
    "after SetWebhook",
    "before insert outbox",
    "before SendMessage",
    "after SendMessage",
)
ROUNDS = sized(70, len(POINTS))
TALK = 6
FUSE_SECONDS = 20.0


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P33")
async def test_nothing_that_was_brought_is_lost_over_kills(tmp_path: Path, seed: int, figure: Figure) -> None:
    random = Random(seed)
    async with open_stage(tmp_path, random) as stage:
        listen_for_webhook(stage)
        await Campaign(Size(0, 0, 0), stage, random).introduce()
        for number in range(ROUNDS):
            before, during = random.randint(0, TALK), TALK
            for _ in range(before):
                stage.town.say_something()
            async with stage.life(point=POINTS[number % len(POINTS)]) as life:
                with anyio.move_on_after(FUSE_SECONDS):
                    async with anyio.create_task_group() as tasks:
                        tasks.start_soon(talk, stage, during, random)
                        await life.ended()
                        tasks.cancel_scope.cancel()
            stage.town.unanswered(stage.glance().given_up)
        await stage.rest()
        ledger = stage.ledger()
        verdict = sum((stage.town.verdict(ledger.given_up, it) for it in ("telegram", "discord")), Verdict())
    assert set(stage.nest.witnessed()) == set(POINTS), "there is a crash point at which nobody died"
    assert not [call for call in stage.town.tg.calls if call.method == "getUpdates"]
    figure("P33", f"lost of {verdict.messages} messages by webhook over {ROUNDS} kills", verdict.lost)
    assert (verdict.lost, verdict.inversions, verdict.wrong, verdict.unmarked) == (0, 0, 0, 0)
    assert (ledger.unaccounted, ledger.doubled) == ([], [])


async def talk(stage: Stage, count: int, random: Random) -> None:
    """Speak now and then."""
    for _ in range(count):
        stage.town.say_something()
        await anyio.sleep(random.uniform(0.0, 0.2))


def listen_for_webhook(stage: Stage) -> None:
    """Write a configuration in which Telegram brings its updates to the page's port."""
    port = free_port()
    stage.configure()
    config = stage.workspace / "config.yaml"
    hook = f"    mode: webhook\n    webhook: {{url: 'http://127.0.0.1:{port}', secret: a-secret-of-some-length}}\n"
    text = config.read_text("utf-8").replace("web: {port: 0}", f"web: {{port: {port}}}")
    config.write_text(text.replace("  telegram:\n", f"  telegram:\n{hook}"), "utf-8")


def free_port() -> int:
    """A port of this machine that nobody uses; the same for all lives."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
