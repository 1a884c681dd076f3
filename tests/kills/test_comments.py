"""A gateway that is killed while what is passed on joins the comment that came before it."""

from __future__ import annotations

import re
from pathlib import Path

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk, serving
from tests.kills.gateways import open_nest
from tests.kills.ledger import asked
from tests.kills.test_parts import count, rest, said, states, taken
from tests.kills.test_steering import PATIENCE_SECONDS, WARM, answered, this_turn, write_workspace

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

POINTS = [
    ("after update inbox", 1),
    ("before insert inbox", 2),
    ("after insert inbox", 2),
    ("after update inbox", 2),
    ("before update inbox", 3),
    ("after update inbox", 3),
]
"""The turn begins with the comment alone; the other message joins; the turn ends."""
JOINED = """SELECT count(*) FROM inbox WHERE job NOT LIKE '%"joined_to": "",%'"""


class Model:
    """Answers every text of the turn, once it may."""

    def __init__(self) -> None:
        self.may_answer = anyio.Event()

    async def __call__(self, exchange: Exchange) -> None:
        await self.may_answer.wait()
        turn = " ".join(
            str(it["content"]) for it in this_turn(exchange.body["messages"]) if it["role"] == "user"
        )
        texts = re.findall(r"(?:comment|forward) \d+", turn)
        await exchange.open()
        await exchange.send(chunk(f"Answer to {', '.join(texts)}."), chunk(None, "stop"), "[DONE]")


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P3")
@pytest.mark.requirement("P9")
async def test_a_comment_and_what_it_is_said_to_survive_kills(tmp_path: Path) -> None:
    async with (
        TelegramSandbox.start() as tg,
        serving() as server,
        open_nest(tmp_path / "witness", *WARM) as nest,
    ):
        write_workspace(tmp_path, tg, server.url)
        ann, bob = SandboxUser(1, "Ann"), SandboxUser(2, "Bob")
        chat, texts = tg.private(ann), list[str]()
        for number, (point, nth) in enumerate(POINTS):
            server.script = model = Model()
            life = await nest.begin(tmp_path, point=point, nth=nth)
            known = count(tmp_path)
            chat.say(ann, f"comment {number}")
            await taken(life, tmp_path, known + 1)
            chat.forward(ann, bob, f"forward {number}")
            texts += [f"comment {number}", f"forward {number}"]
            await taken(life, tmp_path, known + 2)
            model.may_answer.set()
            with anyio.fail_after(PATIENCE_SECONDS):
                assert await life.ended() == -9
            await rest(nest, tmp_path, len(texts))
            assert said(tmp_path) == texts, f"killed {point}, the {nth}. time"
            assert answered(chat) == texts, f"killed {point}, the {nth}. time"
        assert len(nest.witnessed()) == len(POINTS)
        assert states(tmp_path) == {"done"}
        [[(joined,)]] = asked(tmp_path, JOINED) or [[(0,)]]
        assert joined >= 1
