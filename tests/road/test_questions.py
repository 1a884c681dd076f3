"""What people send besides one plain text, through the real clients: one question is one turn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from tests.engines.scripted import Exchange, chunk, serving
from tests.kills.test_steering import Model, write_agent

from picklebot.bus import gathering
from picklebot.model import words
from picklebot.replies.eyes import EYES
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import SandboxChat, SandboxMessage, SandboxUser, TelegramSandbox
from picklebot.testing.running import run_gateway

pytestmark = pytest.mark.slow

PATIENCE = 60
ANN, BOB = SandboxUser(1, "Ann"), SandboxUser(2, "Bob")


async def answer(chat: SandboxChat, number: int) -> str:
    """The demo model's answer to the question of that number."""
    end = f"This is message {number} of our conversation"
    return (await chat.wait_for(_from_bot(end), PATIENCE)).text


def _from_bot(text: str) -> Callable[[SandboxMessage], bool]:
    return lambda message: message.from_bot and text in message.text


async def test_what_comes_in_several_messages_is_one_question(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, run_gateway(tmp_path, telegram=tg):
        chat = tg.private(ANN)
        for number in range(3):
            chat.send_file(ANN, "photo", b"x", caption="" if number else "look", album="a")
        assert (await answer(chat, 1)).startswith("You said: look")
        chat.forward(ANN, BOB, "pickles are fruit")
        chat.say(ANN, "is that so?")
        assert (await answer(chat, 2)).startswith("You said: pickles are fruit\nis that so?")
        chat.send_file(ANN, "document", b"x", name="plan.txt")
        chat.send_file(ANN, "document", b"x", name="map.txt")
        chat.say(ANN, "which is newer?")
        assert (await answer(chat, 3)).startswith("You said: which is newer?")
        chat.paste(ANN, "word " * 1_000)
        await answer(chat, 4)
        chat.send_file(ANN, "sticker", b"x")
        assert (await answer(chat, 5)).startswith("You said: [sticker 🥒]")


async def test_eyes_stand_under_a_question_once_and_go_with_its_answer(tmp_path: Path) -> None:
    async with DiscordSandbox.start() as dc, run_gateway(tmp_path, discord=dc):
        ann = dc.user(30, "Ann")
        general = dc.guild(10, "Garden").channel(11, "general")
        asked = general.say(ann, "", files={"notes.txt": b"salt"}, mentions_bot=True)
        more = general.say(ann, "what is in it?")
        await general.wait_for(lambda it: it.id == asked.id and EYES in it.reactions, PATIENCE)
        await general.wait_for(lambda it: it.from_bot and "what is in it?" in it.text, PATIENCE)
        await general.wait_for(lambda it: it.id == asked.id and EYES not in it.reactions, PATIENCE)
        assert [it.reactions for it in general.messages if it.id == more.id] == [asked.reactions]


async def test_files_are_fetched_for_the_agent_and_kept(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        async with run_gateway(tmp_path, telegram=tg, discord=dc):
            ann = dc.user(30, "Ann")
            chat, direct = tg.private(ANN), dc.dm(ann)
            chat.send_file(ANN, "document", b"dill is best", name="../plan.txt", caption="what of it?")
            said = await answer(chat, 1)
            assert said.startswith("You said: what of it?\n[document ../plan.txt, text/plain, 12 bytes]")
            direct.say(ann, "look", files={"notes.txt": b"salt"})
            await direct.wait_for(lambda it: it.from_bot and "[document notes.txt" in it.text, PATIENCE)
            chat.send_file(ANN, "voice", b"OggS")
            await chat.wait_for(_from_bot(words.DEAF), PATIENCE)
        kept = [path.read_bytes() for path in (tmp_path / "data/media").rglob("*") if path.is_file()]
        assert sorted(kept) == [b"dill is best", b"salt"]


@pytest.mark.requirement("P10")
async def test_what_is_said_while_an_agent_works_goes_into_its_turn(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, serving() as server:
        server.script = model = Model()
        llm = {"model": "openai-chat:any", "api_key": "none", "base_url": server.url}
        write_agent(tmp_path)
        async with run_gateway(tmp_path, telegram=tg, config={"llm": llm}):
            chat = tg.private(ANN)
            chat.say(ANN, "what time is it?")
            with anyio.fail_after(PATIENCE):
                await model.asked.wait()
            chat.say(ANN, "in Berlin, I mean")
            await chat.wait_for(_from_bot(words.WAITS), PATIENCE)
            model.may_go_on.set()
            await chat.wait_for(_from_bot("Answer to what time is it?, in Berlin, I mean."), PATIENCE)
            chat.say(ANN, "thanks")
            await chat.wait_for(_from_bot("Answer to thanks."), PATIENCE)
            assert [it.text.partition(" ")[0] for it in chat.replies] == ["Answer", "Answer"], (
                "the line is gone"
            )
    roles = [it["role"] for it in server.bodies[1]["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "user"]


async def test_a_comment_comes_before_what_is_passed_on_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Telegram's apps send it: first the words, then the message; a slow machine takes its time."""
    monkeypatch.setattr(gathering, "SEQUEL", 60.0)
    async with TelegramSandbox.start() as tg, serving() as server:
        release = anyio.Event()

        async def model(exchange: Exchange) -> None:
            await release.wait()
            await exchange.open()
            await exchange.send(chunk("Answer."), chunk(None, "stop"), "[DONE]")

        server.script = model
        llm = {"model": "openai-chat:any", "api_key": "none", "base_url": server.url}
        async with run_gateway(tmp_path, telegram=tg, config={"llm": llm}) as gateway:
            chat = tg.private(ANN)
            release.set()
            chat.say(ANN, "hello")
            await chat.wait_for(_from_bot("Answer."), PATIENCE)
            release = anyio.Event()
            chat.say(ANN, "is that so?")
            with anyio.fail_after(PATIENCE):
                while gateway.app.queue.stats().running == 0:
                    await anyio.lowlevel.checkpoint()
            passed_on = chat.forward(ANN, BOB, "pickles are fruit")
            with anyio.fail_after(PATIENCE):
                while "pickles are fruit" not in str(server.bodies[-1]):  # noqa: ASYNC110 - a list has no event
                    await anyio.sleep(0.01)
            release.set()
            await chat.wait_for(lambda it: it.text == "Answer." and it.id > passed_on.id, PATIENCE)
            thanks = chat.say(ANN, "thanks")
            await chat.wait_for(lambda it: it.text == "Answer." and it.id > thanks.id, PATIENCE)
            assert [it.text for it in chat.replies] == ["Answer."] * 3
    questions = [it["content"] for it in server.bodies[-1]["messages"] if it["role"] == "user"]
    assert questions[0] == "hello"
    assert questions[1].startswith("is that so?\n(Passed on; Bob wrote it")
    assert questions[2:] == ["thanks"]
