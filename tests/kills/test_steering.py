"""A gateway that is killed while a message goes into the turn that runs: none is lost, and none answered twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk, serving
from tests.kills.gateways import open_nest
from tests.kills.ledger import asked
from tests.kills.test_parts import rest, states, taken

from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

POINTS = [
    ("after insert inbox", 2),
    ("before update inbox", 2),
    ("after update inbox", 2),
    ("before update inbox", 3),
    ("after update inbox", 3),
    ("before update outbox", 1),
]
"""The second message is kept; it is taken in; it ends together with the first; the answer has arrived."""
PATIENCE_SECONDS = 240
SAID = "SELECT text FROM history WHERE role = 'user' ORDER BY seq"
TAKEN = "SELECT count(*) FROM inbox WHERE reason LIKE 'answered with %'"
WARM = ("picklebot.engines.llm.clients", "pydantic_ai.models.openai", "pydantic_ai.providers.openai")


class Model:
    """Looks at the clock once, as soon as it may, and then answers all that the turn has said."""

    def __init__(self) -> None:
        self.asked = anyio.Event()
        self.may_go_on = anyio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        turn = this_turn(exchange.body["messages"])
        await exchange.open()
        if any(it["role"] == "tool" for it in turn):
            texts = [text for it in turn if it["role"] == "user" for text in it["content"].split("\n\n")]
            await exchange.send(chunk(f"Answer to {', '.join(texts)}."), chunk(None, "stop"), "[DONE]")
            return
        self.asked.set()
        await self.may_go_on.wait()
        wanted = chunk()
        function = {"name": "clock", "arguments": "{}"}
        wanted["choices"][0]["delta"] = {
            "tool_calls": [{"index": 0, "id": "c1", "type": "function", "function": function}]
        }
        await exchange.send(wanted, chunk(None, "tool_calls"), "[DONE]")


def this_turn(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was said since the last answer."""
    ends = [at for at, it in enumerate(messages, 1) if it["role"] == "assistant" and it.get("content")]
    return messages[max(ends, default=1) :]


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P2")
@pytest.mark.requirement("P9")
async def test_a_message_that_goes_into_a_turn_survives_kills(tmp_path: Path) -> None:
    async with (
        TelegramSandbox.start() as tg,
        serving() as server,
        open_nest(tmp_path / "witness", *WARM) as nest,
    ):
        write_workspace(tmp_path, tg, server.url)
        write_agent(tmp_path)
        ann = SandboxUser(1, "Ann")
        chat, texts = tg.private(ann), list[str]()
        for number, (point, nth) in enumerate(POINTS):
            server.script = model = Model()
            first, second = f"first {number}", f"second {number}"
            life = await nest.begin(tmp_path, point=point, nth=nth)
            chat.say(ann, first)
            with anyio.fail_after(PATIENCE_SECONDS):
                await model.asked.wait()
            chat.say(ann, second)
            texts += [first, second]
            await taken(life, tmp_path, len(texts))
            model.may_go_on.set()
            with anyio.fail_after(PATIENCE_SECONDS):
                assert await life.ended() == -9
            await rest(nest, tmp_path, len(texts))
            [said] = asked(tmp_path, SAID) or [[]]
            assert [text for (text,) in said] == texts, f"killed {point}, the {nth}. time"
            assert answered(chat) == texts, f"killed {point}, the {nth}. time"
        assert len(nest.witnessed()) == len(POINTS)
        assert states(tmp_path) == {"done"}
        [[(together,)]] = asked(tmp_path, TAKEN) or [[(0,)]]
        assert together >= 1


def answered(chat: SandboxChat) -> list[str]:
    """Which texts have an answer in the chat, in order, each as often as it has one."""
    answers = [it.text for it in chat.messages if it.from_bot and it.text.startswith("Answer to ")]
    return [text for it in answers for text in it.removeprefix("Answer to ").rstrip(".").split(", ")]


def write_workspace(workspace: Path, tg: TelegramSandbox, model: str) -> None:
    """A gateway for this sandbox that asks this model, and never posts an answer twice."""
    telegram = {
        "bot_token": tg.token,
        "api_base_url": tg.base_url,
        "allowed_user_ids": ["*"],
        "rate": "off",
        "ring": "placeholder",
    }
    llm = {"model": "openai-chat:any", "api_key": "none", "base_url": model}
    settings = {"llm": llm, "messagebus": {"web": {"port": 0}, "telegram": telegram}}
    (workspace / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")


def write_agent(workspace: Path) -> None:
    """An agent that is steered."""
    agent = workspace / "agents" / "pickle" / "AGENT.md"
    agent.parent.mkdir(parents=True)
    agent.write_text("---\nbusy: steer\ntools: [clock]\n---\nBe kind.\n", encoding="utf-8")
