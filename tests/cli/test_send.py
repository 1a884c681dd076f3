"""`picklebot send`, with the gateway running and without."""

from __future__ import annotations

import sys
from pathlib import Path

import anyio
import pytest
from tests.road.gateway_process import run_gateway
from tests.road.test_road import wait_for_sessions

from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox

pytestmark = pytest.mark.slow


async def send(workspace: Path, *words: str, text: str = "") -> tuple[int, str, str]:
    with anyio.fail_after(60):
        done = await anyio.run_process(
            [sys.executable, "-m", "picklebot", "send", *words, "--workspace", str(workspace)],
            input=text.encode(),
            check=False,
        )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def configure(workspace: Path, tg: TelegramSandbox, more: str = "") -> None:
    (workspace / "config.yaml").write_text(
        f"""\
messagebus:
  default_platform: telegram
  web: {{port: 0}}
  telegram:
    bot_token: {tg.token}
    api_base_url: {tg.base_url}
    allowed_user_ids: [1]
    default_chat_id: 1
{more}"""
    )


@pytest.mark.requirement("S0.9")
async def test_what_is_sent_without_a_gateway_is_delivered_by_the_next(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg:
        chat = tg.private(ann := tg.user(1, "Ann"))
        chat.say(ann, "/start")
        configure(tmp_path, tg)
        code, out, err = await send(tmp_path, "The", "backup", "is", "done.")
        assert (code, out, err) == (0, "kept for telegram:1; the gateway delivers it when it runs\n", "")
        async with run_gateway(tmp_path, "telegram"):
            await chat.wait_for(lambda it: it.from_bot and it.text == "The backup is done.", timeout=30)


@pytest.mark.requirement("S0.9")
async def test_a_running_gateway_posts_at_once_and_an_answer_has_the_context(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        chat, ann = tg.private(tg.user(1, "Ann")), tg.user(1, "Ann")
        cleo = dc.user(30, "Cleo")
        discord = f"""\
  discord:
    bot_token: {dc.token}
    api_base_url: {dc.api_base_url}
    gateway_url: {dc.gateway_url}
    allowed_user_ids: ["30"]
"""
        configure(tmp_path, tg, discord)
        async with run_gateway(tmp_path, "telegram", "discord"):
            chat.say(ann, "hello")
            await chat.wait_for(lambda it: it.from_bot and "You said: hello" in it.text, timeout=30)
            for _ in range(2):
                again = await send(tmp_path, "--id", "pipe-1", text="from a pipe\n")
                assert again == (0, "posted to telegram:1\n", "")
            await chat.wait_for(lambda it: it.from_bot and it.text == "from a pipe", timeout=30)
            assert [it.text for it in chat.messages].count("from a pipe") == 1
            dc.dm(cleo).say(cleo, "hi")
            await dc.dm(cleo).wait_for(lambda it: it.from_bot and "You said: hi" in it.text, timeout=30)
            session = (await wait_for_sessions(tmp_path, "30"))["30"]
            code, out, _ = await send(tmp_path, "--session", session, "to Cleo")
            assert (code, out.startswith("posted to discord:")) == (0, True)
            await dc.dm(cleo).wait_for(lambda it: it.from_bot and it.text == "to Cleo", timeout=30)
            await refuse(tmp_path)


async def refuse(workspace: Path) -> None:
    """What cannot be posted is one line, and the exit code tells whose mistake it is."""
    for words, code, reason in (
        (("--to", "irc:1", "x"), 2, "nothing can be posted to irc"),
        (("--to", "telegram", "x"), 2, "write PLATFORM:CHAT_ID"),
        (("--session", "nobody", "x"), 1, "there is no session nobody"),
    ):
        found, out, err = await send(workspace, *words)
        assert (found, out) == (code, "")
        assert reason in err
        assert err.count("\n") == 1


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize(
    ("config", "words", "code", "reason"),
    [
        ("", ("x",), 2, "there is no default chat"),
        ("messagebus: {default_platform: discord}", ("x",), 2, "nothing can be posted to discord"),
        ("messagebus: {default_platform: web}", ("x",), 2, "web has no default chat"),
        ("", ("--to", "telegram:1", "x"), 2, "switched on: web"),
        ("", ("--session", "nobody", "x"), 1, "there is no session nobody"),
        ("", (), 2, "there is nothing to post"),
        ("", ("--id", "a b", "x"), 2, "--id has letters"),
        ("", ("x" * 100_001,), 2, "100,000 characters"),
    ],
)
async def test_what_cannot_be_posted_is_said_in_one_line(
    tmp_path: Path, config: str, words: tuple[str, ...], code: int, reason: str
) -> None:
    (tmp_path / "config.yaml").write_text(config)
    found, out, err = await send(tmp_path, *words)
    assert (found, out) == (code, "")
    assert reason in err
    assert err.count("\n") == 1
