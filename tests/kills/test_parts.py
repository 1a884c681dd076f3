"""A gateway that is killed between the parts of a text: nothing is lost, and nothing is said twice."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from tests.kills.gateways import Nest, WarmLife, open_nest
from tests.kills.ledger import Glance, asked

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

POINTS = [
    ("before insert inbox", 2),
    ("after insert inbox", 1),
    ("after insert inbox", 2),
    ("before update inbox", 1),
    ("after update inbox", 2),
    ("after GetUpdates", 3),
    ("after insert history", 1),
    ("before insert outbox", 1),
]
PATIENCE_SECONDS = 240
SAID = "SELECT text FROM history WHERE role = 'user' ORDER BY seq"
ENDS = "SELECT state FROM inbox"


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P3")
async def test_a_cut_text_survives_kills_between_its_parts(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, open_nest(tmp_path / "witness") as nest:
        write_config(tmp_path, tg)
        ann = SandboxUser(1, "Ann")
        chat, texts = tg.private(ann), list[str]()
        for number, (point, nth) in enumerate(POINTS):
            parts = [f"{number}{place}" + "word" * 1_020 for place in range(2)] + [f"{number} is all"]
            life = await nest.begin(tmp_path, point=point, nth=nth)
            for part in parts:
                known = count(tmp_path)
                chat.say(ann, part)
                await taken(life, tmp_path, known + 1)
            with anyio.fail_after(PATIENCE_SECONDS):
                assert await life.ended() == -9
            texts += parts
            await rest(nest, tmp_path, len(texts))
            assert said(tmp_path) == texts, f"killed {point}, the {nth}. time"
        assert len(nest.witnessed()) == len(POINTS)
        assert states(tmp_path) == {"done"}


async def taken(life: WarmLife, workspace: Path, messages: int) -> None:
    """Return when so many messages are kept, or nobody is there to keep them."""
    async with anyio.create_task_group() as tasks:

        async def look() -> None:
            while count(workspace) < messages:  # noqa: ASYNC110 - a file has no event
                await anyio.sleep(0.02)
            tasks.cancel_scope.cancel()

        tasks.start_soon(look)
        with anyio.fail_after(PATIENCE_SECONDS):
            await life.ended()
        tasks.cancel_scope.cancel()


async def rest(nest: Nest, workspace: Path, messages: int) -> None:
    """Let a gateway run undisturbed until nothing is left to do."""
    life = await nest.begin(workspace)
    try:
        with anyio.fail_after(PATIENCE_SECONDS):
            while not is_quiet(workspace, messages):  # noqa: ASYNC110 - a file has no event
                await anyio.sleep(0.05)
    finally:
        with anyio.CancelScope(shield=True):
            await life.kill()


def is_quiet(workspace: Path, messages: int) -> bool:
    """Whether every message has its end, and every answer has arrived."""
    glance = Glance.read(workspace)
    return count(workspace) >= messages and not glance.owed and not glance.attempts


def count(workspace: Path) -> int:
    """How many messages are kept."""
    [rows] = asked(workspace, ENDS) or [[]]
    return len(rows)


def said(workspace: Path) -> list[str]:
    """All that the history says was asked."""
    [rows] = asked(workspace, SAID) or [[]]
    return [line for (text,) in rows for line in text.split("\n")]


def states(workspace: Path) -> set[str]:
    """How the messages ended."""
    [rows] = asked(workspace, ENDS) or [[]]
    return {state for (state,) in rows}


def write_config(workspace: Path, tg: TelegramSandbox) -> None:
    """A gateway for this sandbox that admits everybody and keeps no budget."""
    telegram = {
        "bot_token": tg.token,
        "api_base_url": tg.base_url,
        "allowed_user_ids": ["*"],
        "rate": "off",
    }
    settings = {"messagebus": {"web": {"port": 0}, "telegram": telegram}}
    (workspace / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")
