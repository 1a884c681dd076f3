"""What people say on Discord while the gateway is down, is stopping, or was killed."""

import json
import signal
from pathlib import Path

import anyio
import pytest
from tests.figures import Figure
from tests.road.gateway_process import run_gateway

from picklebot.sandbox.discord import DiscordSandbox, SandboxChannel

pytestmark = [pytest.mark.slow, pytest.mark.requirement("P19")]

PATIENCE = 30


def write_config(workspace: Path, dc: DiscordSandbox) -> None:
    """A gateway for the sandbox that admits Dora and Finn."""
    discord = {
        "bot_token": dc.token,
        "api_base_url": dc.api_base_url,
        "allowed_user_ids": ["30", "31"],
        "rate": "off",
    }
    settings = {"messagebus": {"web": {"port": 0}, "discord": discord}}
    (workspace / "config.yaml").write_text(json.dumps(settings), "utf-8")


def answers(channel: SandboxChannel) -> list[str]:
    """What the bot said to have heard there, in order."""
    said = [message.text for message in channel.messages if message.from_bot]
    return [text.removeprefix("You said: ").partition(".")[0] for text in said]


async def wait_for_answers(channel: SandboxChannel, *texts: str) -> None:
    """Return when these were answered; they and nothing else, in this order, each once."""
    await channel.wait_for(lambda it: it.from_bot and f"You said: {texts[-1]}." in it.text, PATIENCE)
    assert answers(channel) == list(texts)


async def test_nothing_is_missed_and_nothing_answered_twice(tmp_path: Path, figure: Figure) -> None:
    async with DiscordSandbox.start() as dc:
        write_config(tmp_path, dc)
        dora, finn = dc.user(30, "Dora"), dc.user(31, "Finn")
        dm, first_words = dc.dm(dora), dc.dm(finn)
        general = dc.guild(900, "Picklers", members=[dora, finn]).channel(901, "general")
        general.say(dora, "long before", mentions_bot=True)

        async with run_gateway(tmp_path, "discord") as gateway:
            dm.say(dora, "one")
            await wait_for_answers(dm, "one")
            await gateway.kill()

        dm.say(dora, "two")
        general.say(dora, "two", mentions_bot=True)
        general.say(dora, "just talking")
        first_words.say(finn, "hello")
        thread = general.thread("topic", dora, thread_id=902)
        thread.say(finn, "in a thread", mentions_bot=True)

        async with run_gateway(tmp_path, "discord") as gateway:
            await wait_for_answers(dm, "one", "two")
            await wait_for_answers(general, "two")
            await wait_for_answers(first_words, "hello")
            await wait_for_answers(thread, "in a thread")
            gateway._process.send_signal(signal.SIGTERM)
            for number in range(10):
                dm.say(dora, f"stopping {number}")
                await anyio.lowlevel.checkpoint()
            with anyio.fail_after(40):
                assert await gateway._process.wait() == 0
        dm.say(dora, "stopped")

        async with run_gateway(tmp_path, "discord"):
            stopping = [f"stopping {number}" for number in range(10)]
            await wait_for_answers(dm, "one", "two", *stopping, "stopped")
            missed = {"two", *stopping, "stopped"} - set(answers(dm))
            figure("P19", "missed of 12 messages said while it was killed, stopping and down", len(missed))
            general.say(dora, "three", mentions_bot=True)
            await wait_for_answers(general, "two", "three")
        assert dc.gateway.identifies == 3


@pytest.mark.requirement("P4")
async def test_an_answer_that_arrived_unheard_is_not_sent_again(tmp_path: Path) -> None:
    """Killed while it sends, and started again when Discord has forgotten the nonces."""
    async with DiscordSandbox.start() as dc:
        write_config(tmp_path, dc)
        dora = dc.user(30, "Dora")
        dm = dc.dm(dora)
        general = dc.guild(900, "Picklers", members=[dora]).channel(901, "general")
        async with run_gateway(tmp_path, "discord") as gateway:
            dc.fault("POST /channels/*/messages", times=2, drop="after")
            dm.say(dora, "hello")
            general.say(dora, "hello", mentions_bot=True)
            for channel in (dm, general):
                await channel.wait_for(lambda it: it.from_bot, PATIENCE)
            await gateway.kill()
        dc.advance(130)
        async with run_gateway(tmp_path, "discord"):
            for channel in (dm, general):
                await wait_for_answers(channel, "hello")
                channel.say(dora, "again", mentions_bot=channel is general)
                await wait_for_answers(channel, "hello", "again")
