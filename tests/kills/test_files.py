"""A gateway that is killed between an answer and its files, and inside the sending of one: each file arrives."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.engines.scripted import Exchange, ScriptedServer, chunk, serving
from tests.figures import Figure
from tests.kills.gateways import Nest, WarmLife, open_nest
from tests.kills.ledger import asked
from tests.kills.stage import MANY_IDENTIFIES
from tests.kills.test_parts import count, is_quiet

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

COMMITS = [
    ("after insert outbox", 1),
    ("before insert posted", 2),
    ("after insert posted", 2),
    ("before update posted", 2),
    ("after update posted", 2),
    ("before update posted", 3),
]
"""The first is the end of the turn; then each message is noted before it is sent (insert) and after (update)."""
TELEGRAM = [*COMMITS, *((f"{side} SendDocument", nth) for side in ("before", "after") for nth in (1, 2))]
POST = "POST /channels/{channel_id}/messages"
DISCORD = [*COMMITS, *((f"{side} {POST}", nth) for side in ("before", "after") for nth in (2, 3))]
FILES = 2
CALLS = 2
"""Of the model, for each message: one that writes the files, and one that answers."""
WARM = (
    "openai.resources.chat",
    "picklebot.engines.llm.clients",
    "pydantic_ai.models.openai",
    "pydantic_ai.providers.openai",
)
AGENT = "---\ntools: [write_file]\n---\nBe kind.\n"
PATIENCE_SECONDS = 240


async def model(exchange: Exchange) -> None:
    """Writes two files for each message, and then says that they are there."""
    *_, last = exchange.body["messages"]
    await exchange.open()
    if last["role"] == "user":
        calls = [written(index, f"{last['content']}-{index}.txt") for index in range(FILES)]
        await exchange.send(with_calls(calls), chunk(finish="tool_calls"), "[DONE]")
    else:
        await exchange.send(chunk("There."), chunk(finish="stop"), "[DONE]")


def written(index: int, path: str) -> dict[str, Any]:
    arguments = json.dumps({"path": path, "content": f"in {path}"})
    function = {"name": "write_file", "arguments": arguments}
    return {"index": index, "id": f"c{index}", "type": "function", "function": function}


def with_calls(calls: list[dict[str, Any]]) -> dict[str, Any]:
    said = chunk()
    said["choices"][0]["delta"] = {"tool_calls": calls}
    return said


@pytest.mark.requirement("P4")
@pytest.mark.requirement("P8")
@pytest.mark.requirement("S3.3")
async def test_files_outlive_kills_on_telegram(tmp_path: Path, figure: Figure) -> None:
    async with TelegramSandbox.start() as tg, serving() as server, nesting(tmp_path) as nest:
        telegram = {"bot_token": tg.token, "api_base_url": tg.base_url, "allowed_user_ids": ["*"]}
        write_workspace(tmp_path, server, {"telegram": {**telegram, "rate": "off"}})
        ann = SandboxUser(1, "Ann")
        chat = tg.private(ann)
        for number, (point, nth) in enumerate(TELEGRAM):
            await be_killed(nest, tmp_path, point, nth, lambda it=number: chat.say(ann, f"m{it}"))
        names = [it.media["document"]["file_name"] for it in chat.replies if it.media]
        repeats = judge(names, len(TELEGRAM), server)
        figure("P4", "files sent twice on Telegram", f"{repeats} over {len(TELEGRAM)} kills")
        assert repeats <= len(TELEGRAM)


@pytest.mark.requirement("P4")
@pytest.mark.requirement("P8")
@pytest.mark.requirement("S3.3")
async def test_files_outlive_kills_on_discord(tmp_path: Path, figure: Figure) -> None:
    sandbox = DiscordSandbox.start(identifies=MANY_IDENTIFIES)
    async with sandbox as dc, serving() as server, nesting(tmp_path) as nest:
        discord = {"bot_token": dc.token, "api_base_url": dc.api_base_url, "gateway_url": dc.gateway_url}
        write_workspace(tmp_path, server, {"discord": {**discord, "allowed_user_ids": ["*"], "rate": "off"}})
        ann = dc.user(30, "Ann")
        direct = dc.dm(ann)
        life = await nest.begin(tmp_path)
        await dc.gateway.wait_connected(PATIENCE_SECONDS)
        direct.say(ann, "m0")  # from then on the bot knows where to look for what it missed
        await end(life, tmp_path, 1)
        for number, (point, nth) in enumerate(DISCORD, 1):
            await be_killed(nest, tmp_path, point, nth, lambda it=number: direct.say(ann, f"m{it}"))
        names = [file.filename for message in direct.messages for file in message.attachments]
        repeats = judge(names, 1 + len(DISCORD), server)
        figure("P4", "files sent twice on Discord", f"{repeats} over {len(DISCORD)} kills")
        assert repeats == 0


def nesting(workspace: Path) -> Any:
    return open_nest(workspace / "witness", *WARM)


async def be_killed(nest: Nest, workspace: Path, point: str, nth: int, say: Any) -> None:
    """Say something to a gateway that dies over it, and let another one end what it began."""
    before, messages = len(nest.witnessed()), count(workspace)
    life = await nest.begin(workspace, point=point, nth=nth)
    say()
    with anyio.fail_after(PATIENCE_SECONDS):
        assert await life.ended() == -9, (workspace / "gateway.log").read_text()[-3_000:]
    assert nest.witnessed()[before:] == [point]
    await end(await nest.begin(workspace), workspace, messages + 1)


async def end(life: WarmLife, workspace: Path, messages: int) -> None:
    """Let it live until all messages are answered."""
    try:
        with anyio.fail_after(PATIENCE_SECONDS):
            while not is_quiet(workspace, messages):  # noqa: ASYNC110 - a file has no event
                await anyio.sleep(0.05)
    finally:
        with anyio.CancelScope(shield=True):
            await life.kill()
    [states] = asked(workspace, "SELECT DISTINCT state FROM inbox") or [[]]
    assert states == [("done",)]


def judge(names: list[str], messages: int, server: ScriptedServer) -> int:
    """Every file has come, after at most one repeat for each kill, and no model was asked again for it."""
    counts = Counter(names)
    assert counts.keys() == {f"m{number}-{index}.txt" for number in range(messages) for index in range(FILES)}
    for number in range(messages):
        assert sum(counts[f"m{number}-{index}.txt"] for index in range(FILES)) <= FILES + 1
    assert len(server.bodies) == CALLS * messages
    return len(names) - len(counts)


def write_workspace(workspace: Path, server: ScriptedServer, platforms: dict[str, Any]) -> None:
    """A gateway whose agent writes files, with a model of its own."""
    server.script = model
    (workspace / "agents" / "pickle").mkdir(parents=True)
    (workspace / "agents" / "pickle" / "AGENT.md").write_text(AGENT, encoding="utf-8")
    settings = {
        "llm": {"model": "openai-chat:any", "api_key": "none-of-it", "base_url": server.url},
        "messagebus": {"web": {"port": 0}, **platforms},
    }
    (workspace / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")
