"""A gateway that is killed while what is passed on joins the comment that came before it."""

from __future__ import annotations

import re
from pathlib import Path

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk, serving
from tests.kills.gateways import open_nest
from tests.kills.ledger import asked
from tests.kills.test_parts import rest, said, states, taken
from tests.kills.test_steering import PATIENCE_SECONDS, WARM, answered, this_turn, write_workspace

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

POINTS = [
    ("after update inbox", 3),
    ("before update inbox", 4),
    ("after update inbox", 4),
    ("before update inbox", 5),
    ("after update inbox", 5),
]
"""After a first answer: the turn begins with the comment alone; the other message joins; the turn ends. Where both
came with one poll, they are joined before it begins."""
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
        texts = re.findall(r"(?:hello|comment|forward) \d+", turn)
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
            model.may_answer.set()
            chat.say(ann, f"hello {number}")
            await chat.wait_for(lambda it, n=number: it.text == f"Answer to hello {n}.", PATIENCE_SECONDS)
            model.may_answer = anyio.Event()
            chat.say(ann, f"comment {number}")
            chat.forward(ann, bob, f"forward {number}")
            texts += [f"hello {number}", f"comment {number}", f"forward {number}"]
            await taken(life, tmp_path, len(texts))
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
