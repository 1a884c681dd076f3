"""The test kit's gateway on both sandboxes."""

import pytest

from picklebot.errors import PlatformError
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox
from picklebot.testing.plugin import RunGateway


@pytest.mark.slow
async def test_telegram_and_discord_at_once(
    gateway: RunGateway, telegram_sandbox: TelegramSandbox, discord_sandbox: DiscordSandbox
) -> None:
    ann, cleo = telegram_sandbox.user(1, "Ann"), discord_sandbox.user(2, "Cleo")
    private, direct = telegram_sandbox.private(ann), discord_sandbox.dm(cleo)
    async with gateway(telegram=telegram_sandbox, discord=discord_sandbox):
        private.say(ann, "hello from Telegram")
        direct.say(cleo, "hello from Discord")
        await private.wait_for(lambda it: it.from_bot and 'began with "hello from Telegram"' in it.text)
        await direct.wait_for(lambda it: it.from_bot and 'began with "hello from Discord"' in it.text)


@pytest.mark.slow
async def test_a_refused_token_is_told(gateway: RunGateway, telegram_sandbox: TelegramSandbox) -> None:
    wrong = {"messagebus": {"telegram": {"bot_token": "123456:another-token-that-is-well-formed-0"}}}
    with pytest.raises(PlatformError, match="telegram does not listen"):
        async with gateway(telegram=telegram_sandbox, config=wrong):
            pass
