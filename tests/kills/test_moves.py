"""A group becomes a supergroup while the gateway dies: its conversations go on there all the same."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest
from tests.kills.gateways import Nest, open_nest

from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PATIENCE = 120
KILLED = -9


async def ask(group: SandboxChat, user: SandboxUser, text: str, answer: str) -> None:
    group.say(user, f"/ask {text}")
    await group.wait_for(lambda it: it.from_bot and answer in it.text, PATIENCE)


async def live_and_be_killed(nest: Nest, workspace: Path, point: str) -> None:
    """A life that ends at this point."""
    life = await nest.begin(workspace, point=point)
    with anyio.fail_after(PATIENCE):
        assert await life.ended() == KILLED


@pytest.mark.parametrize("point", ["before delete bindings", "after delete bindings"])
async def test_conversations_go_on_in_the_supergroup_whenever_the_process_dies(
    tmp_path: Path, point: str
) -> None:
    async with TelegramSandbox.start() as tg, open_nest(tmp_path / "witness") as nest:
        (tmp_path / "config.yaml").write_text(
            f"messagebus:\n  web: {{port: 0}}\n  telegram:\n    bot_token: {tg.token}\n"
            f'    api_base_url: {tg.base_url}\n    allowed_user_ids: ["*"]\n    rate: off\n',
            encoding="utf-8",
        )
        ann, bob = tg.user(1, "Ann"), tg.user(2, "Bob")
        group = tg.group(-987, "Picklers", members=[ann, bob])
        life = await nest.begin(tmp_path)
        await ask(group, ann, "one", "message 1 of our conversation")
        await ask(group, bob, "uno", 'which began with "uno"')
        await life.kill()
        await life.ended()

        upgraded = group.upgrade()
        await live_and_be_killed(nest, tmp_path, point)
        assert nest.witnessed() == [point]

        life = await nest.begin(tmp_path)
        await ask(upgraded, ann, "two", 'message 2 of our conversation, which began with "one"')
        await ask(upgraded, bob, "due", 'message 2 of our conversation, which began with "uno"')
        runtime = tmp_path / "config.runtime.yaml"
        with anyio.fail_after(PATIENCE):
            while f"1@{upgraded.id}" not in runtime.read_text("utf-8"):  # noqa: ASYNC110 - a file has no event
                await anyio.sleep(0.05)
        assert '@-987"' not in runtime.read_text("utf-8")
        await life.kill()
        await life.ended()
