"""What was written into a form is answered once Discord was told of it, and once only, wherever the gateway dies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

import anyio
import pytest
from tests.kills.crash_points import SIDES
from tests.kills.ledger import asked
from tests.kills.stage import Stage, open_stage
from tests.sizes import sized

from picklebot.model import words
from picklebot.sandbox.discord import Interaction, Message, SandboxChannel, User

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLACES = (
    "insert inbox",
    "update choices",
    "insert history",
    "update posted",
    "POST /interactions/{webhook_id}/{webhook_token}/callback",
    "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/@original",
)
ROUNDS = sized(len(PLACES) * len(SIDES), 4)
FUSE_SECONDS = 10.0
QUESTIONS = "SELECT session_id FROM inbox WHERE state = 'done' AND job LIKE '%\"text\": \"{text}\"%'"


@dataclass(slots=True)
class Form:
    """A form that was opened, by a command for all to see or for Dora alone, and the text for it."""

    stage: Stage
    dora: User
    channel: SandboxChannel
    opened: Interaction
    text: str
    sent: Interaction | None = None

    async def submit(self) -> None:
        """Submit it, if it is open, and wait for what becomes of it."""
        await self.stage.town.dc.gateway.wait_connected(60)
        if self.opened.form is not None:
            self.sent = self.stage.town.dc.submit(self.opened, self.text)

    def answers(self) -> list[Message]:
        """The bot's messages that answer it, wherever they stand."""
        said = [*self.channel.messages, *self.stage.town.dc.dm(self.dora).messages]
        return [it for it in said if it.from_bot and f"You said: {self.text}." in it.text]


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P3")
async def test_what_was_filled_in_is_answered_once(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    points = chance.sample([f"{side} {place}" for place in PLACES for side in SIDES], ROUNDS)
    async with open_stage(tmp_path, chance) as stage:
        dc = stage.town.dc
        dora, channel = dc.user(88, "Dora"), dc.guild(88, "Yard").channel(880, "yard")
        for number, point in enumerate(points):
            async with stage.life():
                form = await opened_in(
                    stage, dora, channel, f"question {number} of many", about=number % 2 == 1
                )
            async with stage.life(point=point) as life:
                with anyio.move_on_after(FUSE_SECONDS):
                    await form.submit()
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            told = form.sent is not None and form.sent.acknowledged
            async with stage.life():
                if not told:
                    await form.submit()
                await stage.until(lambda form=form: len(form.answers()) == 1, f"{form.text} is answered")
                await stage.until(lambda: is_quiet(stage), "everything is told")
            [answer] = form.answers()
            assert f"You said: {form.text}." in answer.text
            assert len(rows(stage, QUESTIONS.format(text=form.text))) == 1


async def opened_in(stage: Stage, dora: User, channel: SandboxChannel, text: str, *, about: bool) -> Form:
    """Open a form, which the next life knows nothing of but what was kept."""
    dc = stage.town.dc
    await dc.gateway.wait_connected(60)
    await stage.until(lambda: bool(dc.commands()), "the commands are there")
    if about:
        said = channel.say(dora, f"Something to ask about before {text}")
        used = dc.apply(dora, said, words.ASK_ABOUT_THIS)
    else:
        used = dc.slash(dora, channel, "ask")
    await dc.wait_form(used)
    return Form(stage, dora, channel, used, text)


def is_quiet(stage: Stage) -> bool:
    glance = stage.glance()
    return not (glance.owed or glance.attempts)


def rows(stage: Stage, question: str) -> list[tuple[str, ...]]:
    found = asked(stage.workspace, question)
    assert found is not None
    return found[0]
