"""The whole road: people on Telegram and Discord, their real client libraries, and the gateway as a process."""

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import anyio
import pytest
from tests.figures import Figure
from tests.road.gateway_process import GatewayProcess, run_gateway

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import SandboxChat, SandboxUser, TelegramSandbox

pytestmark = pytest.mark.slow

PATIENCE = 30
"""Seconds to wait for an answer: the machine may be busy."""

LIVE = 2.0
"""Seconds after which an operator's edit is in force."""


def write_config(workspace: Path, tg: TelegramSandbox, dc: DiscordSandbox) -> None:
    """A gateway for both sandboxes that admits Ann and Bob, and Dora."""
    (workspace / "config.yaml").write_text(
        f"""\
messagebus:
  web: {{port: 0}}
  telegram:
    bot_token: {tg.token}
    api_base_url: {tg.base_url}
    allowed_user_ids: [1, 2]
    rate: off
  discord:
    bot_token: {dc.token}
    api_base_url: {dc.api_base_url}
    gateway_url: {dc.gateway_url}
    allowed_user_ids: ["30"]
    rate: off
""",
        encoding="utf-8",
    )


class Said(Protocol):
    """A message of either platform."""

    @property
    def text(self) -> str: ...
    @property
    def from_bot(self) -> bool: ...


def from_bot(text: str) -> Callable[[Said], bool]:
    """The bot's message with this text in it."""
    return lambda message: message.from_bot and text in message.text


def sessions(workspace: Path) -> dict[str, str]:
    """What stands in config.runtime.yaml: key → session id."""
    text = (workspace / "config.runtime.yaml").read_text("utf-8")
    return dict(re.findall(r'"?([^"\s]+)"?: ([0-9a-f-]{36}|chosen-\w+)$', text, re.MULTILINE))


async def wait_for_sessions(workspace: Path, *keys: str) -> dict[str, str]:
    """The bindings, once these keys stand in the file."""
    with anyio.fail_after(PATIENCE):
        while not set(keys) <= sessions(workspace).keys():  # noqa: ASYNC110 - a file has no event
            await anyio.sleep(0.05)
    return sessions(workspace)


@pytest.mark.requirement("S0.1")
@pytest.mark.requirement("S0.2")
@pytest.mark.requirement("S0.4")
@pytest.mark.requirement("S0.11")
async def test_three_people_on_two_platforms_over_kill_9_and_an_operators_edit(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        write_config(tmp_path, tg, dc)
        ann, bob, dora = tg.user(1, "Ann"), tg.user(2, "Bob"), dc.user(30, "Dora")
        ann_chat, bob_chat, dora_chat = tg.private(ann), tg.private(bob), dc.dm(dora)

        async def everybody_says(number: int, text: str, first: str) -> None:
            """All three speak at once, and each gets the answer to their own conversation."""
            ann_chat.say(ann, f"Ann {text}")
            bob_chat.say(bob, f"Bob {text}")
            dora_chat.say(dora, f"Dora {text}")
            for chat, name in ((ann_chat, "Ann"), (bob_chat, "Bob"), (dora_chat, "Dora")):
                count = f"This is message {number} of our conversation"
                expected = f'You said: {name} {text}. {count}, which began with "{name} {first}".'
                await chat.wait_for(
                    lambda it, expected=expected: it.from_bot and it.text == expected, PATIENCE
                )

        async with run_gateway(tmp_path, "telegram", "discord") as gateway:
            await everybody_says(1, "one", "one")
            before = await wait_for_sessions(tmp_path, "1", "2", "30")
            await gateway.kill()
        async with run_gateway(tmp_path, "telegram", "discord"):
            await everybody_says(2, "two", "one")
            assert await wait_for_sessions(tmp_path, "1", "2", "30") == before
            assert len(set(before.values())) == 3

            # An operator leads Ann to a session of their choice, with whatever editor.
            runtime = tmp_path / "config.runtime.yaml"
            runtime.write_text(runtime.read_text("utf-8").replace(before["1"], "chosen-ann"), "utf-8")
            await anyio.sleep(LIVE)
            ann_chat.say(ann, "Ann three")
            await ann_chat.wait_for(
                from_bot('This is message 1 of our conversation, which began with "Ann three".'), PATIENCE
            )
            bob_chat.say(bob, "Bob three")
            await bob_chat.wait_for(from_bot("This is message 3 of our conversation"), PATIENCE)

        for chat, others in ((ann_chat, "Bob|Dora"), (bob_chat, "Ann|Dora"), (dora_chat, "Ann|Bob")):
            assert not any(re.search(others, message.text) for message in chat.messages)


@pytest.mark.requirement("S0.10")
@pytest.mark.requirement("S0.12")
async def test_groups_threads_and_streaming(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        write_config(tmp_path, tg, dc)
        ann, bob, eve, dora = tg.user(1, "Ann"), tg.user(2, "Bob"), tg.user(666, "Eve"), dc.user(30, "Dora")
        group = tg.group(-1000000000987, "Picklers", forum=True, members=[ann, bob, eve])
        topic = group.topic("News")
        guild = dc.guild(900, "Picklers", members=[dora])
        channel = guild.channel(901, "general")
        async with run_gateway(tmp_path, "telegram", "discord") as gateway:
            group.say(ann, "just talking to Bob")
            channel.say(dora, "just talking")

            group.say(ann, "/ask hello from Ann")
            reply = await group.wait_for(from_bot("message 1 of our conversation"), PATIENCE)
            group.say(bob, "hello from Bob", reply_to=reply)
            await group.wait_for(from_bot('which began with "hello from Bob"'), PATIENCE)

            group.say(ann, "/ask topic one", thread=topic)
            await group.wait_for(from_bot('which began with "topic one"'), PATIENCE)
            group.say(bob, "/ask topic two", thread=topic)
            shared = await group.wait_for(from_bot("You said: topic two. This is message 2"), PATIENCE)
            assert shared.thread == topic

            group.say(eve, "/ask let me in")
            refused = await group.wait_for(from_bot("your Telegram id is 666"), PATIENCE)
            assert refused.reply_to is not None

            channel.say(dora, "hello", mentions_bot=True)
            await channel.wait_for(from_bot("You said: hello. This is message 1"), PATIENCE)
            await wait_for_sessions(
                tmp_path, "1@-1000000000987", "2@-1000000000987", f"@-1000000000987#{topic}", "30@901"
            )
            assert not any(
                "talking" in message.text
                for message in (*group.replies, *channel.messages)
                if message.from_bot
            )
            await expect_streaming(tg, ann)
            assert (await gateway.health())["status"] == "ok"


async def expect_streaming(tg: TelegramSandbox, ann: SandboxUser) -> None:
    """A long answer begins with a sign of typing, is one message, and is edited to its end."""
    chat = tg.private(ann)
    asked = chat.say(ann, " ".join(["word"] * 200))
    reply = await chat.wait_for(lambda it: it.from_bot and it.text.endswith('word".'), PATIENCE)
    assert len(reply.versions) > 1
    assert [message.id for message in chat.messages if message.from_bot and message.id > asked.id] == [
        reply.id
    ]
    typing = await tg.wait_call("sendChatAction", where=lambda call: str(call.params["chat_id"]) == "1")
    assert typing.at - asked.at < 1.0


@pytest.mark.requirement("P18")
async def test_a_broken_update_between_two_good_ones(tmp_path: Path, figure: Figure) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        write_config(tmp_path, tg, dc)
        ann, dora = tg.user(1, "Ann"), dc.user(30, "Dora")
        chat, dm = tg.private(ann), dc.dm(dora)
        async with run_gateway(tmp_path, "telegram", "discord"):
            chat.say(ann, "before")
            tg.inject_update({"message": {"message_id": "not a number", "chat": None, "date": []}})
            chat.say(ann, "after")
            await chat.wait_for(from_bot("You said: after. This is message 2"), PATIENCE)
            figure("P18", "polls for three updates, of which one is broken", polls_that_brought_something(tg))
            dm.say(dora, "before")
            dc.gateway.inject("MESSAGE_CREATE", {"id": "x", "author": None})
            dm.say(dora, "after")
            await dm.wait_for(
                lambda it: it.from_bot and "You said: after. This is message 2" in it.text, PATIENCE
            )


def polls_that_brought_something(tg: TelegramSandbox) -> int:
    return sum(call.method == "getUpdates" and bool(call.result) for call in tg.calls)


@pytest.mark.requirement("S0.3")
async def test_a_map_that_outlived_its_database(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        write_config(tmp_path, tg, dc)
        ann = tg.user(1, "Ann")
        chat = tg.private(ann)
        async with run_gateway(tmp_path, "telegram") as gateway:
            chat.say(ann, "one")
            await chat.wait_for(from_bot("message 1"), PATIENCE)
            before = await wait_for_sessions(tmp_path, "1")
            assert await gateway.stop() == 0
        for file in (tmp_path / "data").glob("picklebot.db*"):
            file.unlink()
        async with run_gateway(tmp_path, "telegram"):
            chat.say(ann, "two")
            await chat.wait_for(from_bot('message 1 of our conversation, which began with "two"'), PATIENCE)
            chat.say(ann, "three")
            await chat.wait_for(from_bot("message 2"), PATIENCE)
            assert sessions(tmp_path) == before
            lost = [
                message
                for message in chat.replies
                if "could not find our earlier conversation" in message.text
            ]
            assert len(lost) == 1


@pytest.mark.requirement("S0.4")
async def test_an_operator_writes_an_id_before_the_speaker_ever_spoke(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        write_config(tmp_path, tg, dc)
        ann = tg.user(1, "Ann")
        chat = tg.private(ann)
        chosen = str(uuid.uuid4())
        (tmp_path / "config.runtime.yaml").write_text(
            f"# mine\nmessagebus:\n  telegram:\n    sessions:\n      1: {chosen}  # Ann\n", "utf-8"
        )
        async with run_gateway(tmp_path, "telegram") as gateway:
            chat.say(ann, "hello")
            await chat.wait_for(from_bot("message 1"), PATIENCE)
            [only] = chat.replies
            assert only.text.startswith("You said: hello")
            await expect_removal(gateway, chat, ann)
        text = (tmp_path / "config.runtime.yaml").read_text("utf-8")
        assert "# mine" in text


async def expect_removal(gateway: GatewayProcess, chat: SandboxChat, ann: SandboxUser) -> None:
    """A removed key ends the binding: the next message begins a new session."""
    runtime = gateway.workspace / "config.runtime.yaml"
    lines = runtime.read_text("utf-8").splitlines(keepends=True)
    runtime.write_text("".join(line for line in lines if "# Ann" not in line), "utf-8")
    await anyio.sleep(LIVE)
    chat.say(ann, "again")
    await chat.wait_for(from_bot('message 1 of our conversation, which began with "again"'), PATIENCE)
