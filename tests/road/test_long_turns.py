"""A turn that takes long, as both platforms show it: it is told of, it can be ended, and nothing of it is left."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from picklebot import app
from picklebot.engines.demo import DemoEngine
from picklebot.model import words
from picklebot.replies import status, stopping
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox
from picklebot.testing.running import run_gateway

pytestmark = [pytest.mark.slow, pytest.mark.requirement("S0.12")]

ALONE = {"messagebus": {"web": {"enabled": False}}}


@pytest.fixture(autouse=True)
def slow_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo model takes hours for an answer, and what is told of that comes at once."""
    monkeypatch.setattr(app, "DemoEngine", lambda: DemoEngine(pause=3_600))
    monkeypatch.setattr(status, "SILENCE", 0.0)
    monkeypatch.setattr(stopping, "PATIENCE", 0.0)


@pytest.fixture
async def tg() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
async def dc() -> AsyncIterator[DiscordSandbox]:
    async with DiscordSandbox.start() as sandbox:
        yield sandbox


async def test_on_telegram_a_button_ends_it(tmp_path: Path, tg: TelegramSandbox) -> None:
    ann = tg.user(1001, "Ann")
    chat = tg.private(ann)
    async with run_gateway(tmp_path, telegram=tg, config=ALONE):
        chat.say(ann, "hello")
        line = await chat.wait_for(lambda message: message.text == "thinking …")
        assert list(line.buttons) == [words.STOP]
        note = await chat.wait_answer(chat.press(ann, line, words.STOP))
        assert note["text"] == words.STOPPING
        await chat.wait_for(
            lambda message: message.text.endswith(words.STOPPED_AFTER.format(text="").strip())
        )
        await tg.wait_call("deleteMessage", where=lambda call: call.params["message_id"] == str(line.id))
    [answer] = chat.replies
    assert not answer.buttons
    assert answer.text.startswith("You said: hello")


async def test_on_discord_a_button_ends_it(tmp_path: Path, dc: DiscordSandbox) -> None:
    ann = dc.user(1001, "Ann")
    general = dc.guild(1, "Garden").channel(2, "general")
    async with run_gateway(tmp_path, discord=dc, config=ALONE):
        general.say(ann, "hello", mentions_bot=True)
        line = await general.wait_for(lambda message: message.text == "thinking …")
        [row] = line.components
        [stop] = row["components"]
        assert stop["label"] == words.STOP
        dc.press(ann, line, stop["custom_id"])
        answer = await general.wait_for(lambda message: message.text.startswith("You said: hello"))
        await dc.wait_call(f"DELETE /channels/{general.id}/messages/{line.id}")
    assert [message for message in general.messages if message.from_bot and not message.ephemeral] == [answer]
    assert not answer.components


async def test_a_line_that_a_stop_of_the_gateway_left_goes_with_the_next_start(
    tmp_path: Path, tg: TelegramSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = tg.user(1001, "Ann")
    chat = tg.private(ann)
    config = {**ALONE, "limits": {"drain": 0}}
    async with run_gateway(tmp_path, telegram=tg, config=config):
        chat.say(ann, "hello")
        await chat.wait_for(lambda message: message.text == "thinking …", timeout=20)
    monkeypatch.setattr(app, "DemoEngine", DemoEngine)
    async with run_gateway(tmp_path, telegram=tg, config=config):
        await chat.wait_for(lambda message: message.text.endswith('began with "hello".'), timeout=20)
    assert len(chat.replies) == 1


async def test_on_telegram_a_message_that_waits_is_used_now(tmp_path: Path, tg: TelegramSandbox) -> None:
    ann = tg.user(1001, "Ann")
    chat = tg.private(ann)
    async with run_gateway(tmp_path, telegram=tg, config=ALONE):
        chat.say(ann, "one")
        await chat.wait_for(lambda message: message.text == "thinking …")
        chat.say(ann, "two")
        line = await chat.wait_for(lambda message: message.text == words.WAITS)
        assert list(line.buttons) == [words.USE_NOW, words.CANCEL]
        note = await chat.wait_answer(chat.press(ann, line, words.USE_NOW))
        assert note["text"] == words.USED_NOW
        await chat.wait_for(lambda message: "as you asked" in message.text)
        await tg.wait_call("deleteMessage", where=lambda call: call.params["message_id"] == str(line.id))
        await chat.wait_for(lambda message: message.text == "thinking …" and message.id != line.id)


async def test_on_discord_a_message_that_waits_is_dropped(tmp_path: Path, dc: DiscordSandbox) -> None:
    ann = dc.user(1001, "Ann")
    general = dc.guild(1, "Garden").channel(2, "general")
    async with run_gateway(tmp_path, discord=dc, config=ALONE):
        general.say(ann, "one", mentions_bot=True)
        await general.wait_for(lambda message: message.text == "thinking …")
        asked = general.say(ann, "two", mentions_bot=True)
        line = await general.wait_for(lambda message: message.text == words.WAITS)
        assert line.reply_to == asked.id
        assert not line.pinged.users
        [row] = line.components
        assert [button["label"] for button in row["components"]] == [words.USE_NOW, words.CANCEL]
        dc.press(ann, line, row["components"][1]["custom_id"])
        await general.wait_for(lambda message: message.id == line.id and message.text == words.DROPPED_ONE)
    assert not line.components


async def test_on_telegram_a_draft_is_stopped(tmp_path: Path, tg: TelegramSandbox) -> None:
    ann = tg.user(1001, "Ann")
    chat = tg.private(ann)
    config = {"messagebus": {"web": {"enabled": False}, "telegram": {"streaming": "draft"}}}
    async with run_gateway(tmp_path, telegram=tg, config=config):
        chat.say(ann, "hello")
        await tg.wait_call("sendMessageDraft", where=lambda call: "You said" in call.params.get("text", ""))
        chat.stop(chat.drafts[-1].id)
        await chat.wait_for(lambda message: "as you asked" in message.text)
    [answer] = chat.replies
    assert answer.text.startswith("You said: hello")
