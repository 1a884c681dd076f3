"""The road with Telegram alone: real aiogram, a real process, kill -9 and an operator's edit."""

import re
from pathlib import Path

import pytest

from picklebot.sandbox.telegram import SandboxMessage, TelegramSandbox
from tests.road.gateway_process import run_gateway

pytestmark = pytest.mark.slow


def write_config(workspace: Path, tg: TelegramSandbox) -> None:
    (workspace / "config.yaml").write_text(
        f"""\
messagebus:
  web: {{port: 0}}
  telegram:
    bot_token: {tg.token}
    api_base_url: {tg.base_url}
    allowed_user_ids: [1, 2]
    rate: off
""",
        encoding="utf-8",
    )


def says(text: str):
    return lambda message: message.from_bot and text in message.text


async def test_a_conversation_over_kill_9(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg:
        write_config(tmp_path, tg)
        ann = tg.user(1, "Ann")
        chat = tg.private(ann)
        async with run_gateway(tmp_path, "telegram") as gateway:
            chat.say(ann, "hello")
            await chat.wait_for(says("This is message 1 of our conversation, which began with \"hello\"."), 20)
            await gateway.kill()
            chat.say(ann, "are you there?")
        async with run_gateway(tmp_path, "telegram"):
            reply = await chat.wait_for(says("You said: are you there?. This is message 2"), 20)
            print(reply, chat.replies, (tmp_path / "config.runtime.yaml").read_text(), (tmp_path/"gateway.log").read_text())
