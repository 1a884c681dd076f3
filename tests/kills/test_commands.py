"""A command and a pressed button are carried out once, and what they promise is kept, wherever the gateway dies."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest
from tests.kills.crash_points import SIDES
from tests.kills.ledger import asked
from tests.kills.stage import Stage, open_stage
from tests.sizes import sized

from picklebot.model import words
from picklebot.sandbox.telegram import SandboxChat, SandboxMessage, SandboxUser
from picklebot.yamltext import read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

PLACES = (
    "insert inbox",
    "insert sessions",
    "update bindings",
    "insert list_edits",
    "delete list_edits",
    "insert outbox",
    "update outbox",
    "insert posted",
    "update choices",
    "GetUpdates",
    "SendMessage",
    "EditMessageText",
    "AnswerCallbackQuery",
)
ROUNDS = sized(len(PLACES) * len(SIDES), 8)
FUSE_SECONDS = 10.0
SESSIONS = "SELECT id FROM sessions ORDER BY id"
OWED_EDITS = "SELECT item FROM list_edits"
SAID = """
SELECT job FROM inbox
WHERE job LIKE '%"text": "/fork"%' OR job LIKE '%"text": "/resume %' OR job LIKE '%"text": "/allow %'
"""


@dataclass(slots=True)
class Ann:
    """An operator who copies her conversation, goes back to the first by a button, and lets somebody in."""

    stage: Stage
    user: SandboxUser
    chat: SandboxChat
    allowed: list[str] = field(default_factory=list[str])

    async def list_sessions(self) -> SandboxMessage:
        """Ask for the list with its buttons; all before it is done then."""
        seen = self.chat.messages[-1].id if self.chat.messages else 0
        self.chat.say(self.user, "/sessions")
        shown = await self.chat.wait_for(lambda it: it.id > seen and bool(it.buttons), timeout=60)
        await self.stage.until(self._is_quiet, "everything is told and written")
        return shown

    def act(self, shown: SandboxMessage) -> str:
        """Do all three while nobody may listen. Gives the id of the press."""
        self.chat.say(self.user, "/fork")
        query = self.chat.press(self.user, shown, next(iter(shown.buttons)))
        self.allowed.append(str(90_000 + len(self.allowed)))
        self.chat.say(self.user, f"/allow {self.allowed[-1]}")
        return query

    async def see_decided(self, shown: SandboxMessage) -> SandboxMessage:
        """The message whose button was pressed, once it has none any more."""
        return await self.chat.wait_for(lambda it: it.id == shown.id and not it.buttons, timeout=60)

    def _is_quiet(self) -> bool:
        glance = self.stage.glance()
        return not (glance.owed or glance.attempts or answers(self.stage, OWED_EDITS))


@pytest.mark.requirement("P1")
@pytest.mark.requirement("P3")
@pytest.mark.requirement("B8")
async def test_commands_and_presses_are_carried_out_once(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    points = chance.sample([f"{side} {place}" for place in PLACES for side in SIDES], ROUNDS)
    async with open_stage(tmp_path, chance) as stage:
        user = stage.town.tg.user(77, "Ann")
        ann = Ann(stage, user, stage.town.tg.private(user))
        with (tmp_path / "config.yaml").open("a") as file:
            file.write('operators: {telegram: ["77"]}\n')
        async with stage.life():
            ann.chat.say(user, "hello")
            await ann.chat.wait_for(lambda it: "You said: hello" in it.text, timeout=60)
            shown = await ann.list_sessions()
        for rounds, point in enumerate(points, 1):
            query = ann.act(shown)
            async with stage.life(point=point) as life:
                with anyio.move_on_after(FUSE_SECONDS):
                    await life.ended()
            assert stage.nest.witnessed()[-1:] == [point], "nobody died there"
            async with stage.life():
                await ann.chat.wait_answer(query)
                decided = await ann.see_decided(shown)
                shown = await ann.list_sessions()
                expect_once(ann, decided, rounds)
        assert len(answers(stage, SAID)) == 3 * len(points)


def expect_once(ann: Ann, decided: SandboxMessage, rounds: int) -> None:
    """One copy a round, the button's message says what was decided, and everybody is let in by name."""
    assert len(answers(ann.stage, SESSIONS)) == 1 + rounds
    assert decided.text.startswith(words.RESUMED.partition("{")[0])
    data: Any = read((ann.stage.workspace / "config.runtime.yaml").read_bytes(), source="f").data
    assert data["messagebus"]["telegram"]["allowed_user_ids"] == ann.allowed


def answers(stage: Stage, question: str) -> list[tuple[str]]:
    found = asked(stage.workspace, question)
    assert found is not None
    return found[0]
