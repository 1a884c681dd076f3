"""A stranger becomes somebody the bot talks with, while it runs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.cli.command import picklebot

from picklebot.config.load import load_settings
from picklebot.model.pairing import ALPHABET, LENGTH
from picklebot.sandbox.telegram import SandboxChat, TelegramSandbox
from picklebot.testing.running import run_gateway

CODE = re.compile(rf"\b[{ALPHABET}]{{{LENGTH}}}\b")

pytestmark = [pytest.mark.slow, pytest.mark.requirement("B11"), pytest.mark.requirement("P27")]


@pytest.fixture
async def tg() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox.start() as sandbox:
        yield sandbox


async def hear(chat: SandboxChat, words: str) -> str:
    """The first message of the bot that holds these words."""
    found = await chat.wait_for(lambda message: message.from_bot and words in message.text, timeout=20)
    return found.text


async def test_the_first_operator_is_named_at_the_terminal_and_lets_others_in(
    tmp_path: Path, tg: TelegramSandbox
) -> None:
    config = {"messagebus": {"telegram": {"allowed_user_ids": []}, "web": {"enabled": False}}}
    ann, bob = tg.user(1001, "Ann"), tg.user(1002, "Bob")
    ours, theirs = tg.private(ann), tg.private(bob)
    async with run_gateway(tmp_path, telegram=tg, config=config) as gateway:
        ours.say(ann, "hello")
        code = CODE.search(await hear(ours, "code"))
        assert code is not None
        assert await gateway.app.database.read(gateway.app.stores.sessions.find) == []
    done = await picklebot("pairing", "list", "--json", workspace=tmp_path)
    assert (done.code, code[0] in done.out, "Ann" in done.out) == (0, False, True)
    done = await picklebot("pairing", "approve", code[0], "--operator", workspace=tmp_path)
    assert (done.code, "is an operator; in force when the gateway starts" in done.out) == (0, True)

    async with run_gateway(tmp_path, telegram=tg, config=config) as gateway:
        assert gateway.app.rules.is_operator("telegram", str(ann.id))
        ours.say(ann, "hello again")
        await hear(ours, "You said: hello again")
        theirs.say(bob, "me too")
        code = CODE.search(await hear(theirs, "code"))
        assert code is not None
        ours.say(ann, f"/pair {code[0]}")
        await hear(ours, "may talk with me")
        await gateway.app.yaml.flush()
        theirs.say(bob, "hi")
        await hear(theirs, "You said: hi. This is message 1")
        ours.say(ann, f"/revoke {bob.id} yes")
        await hear(ours, "may not talk with me any more")
        await gateway.app.yaml.flush()
        assert not load_settings(gateway.workspace, {}).settings.messagebus.telegram.admits(str(bob.id))  # type: ignore[union-attr]
        ours.say(ann, "/health")
        await hear(ours, "telegram: up")
