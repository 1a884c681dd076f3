"""The line to the Bot API."""

import subprocess
import sys

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramServerError, TelegramUnauthorizedError
from aiohttp import web
from tests.platforms.telegram.kit import options_for

from picklebot.model.rate import Rate, Rates
from picklebot.platforms.telegram.methods import GetMe
from picklebot.platforms.telegram.options import OFFICIAL, TelegramOptions
from picklebot.platforms.telegram.patience import ask
from picklebot.platforms.telegram.session import open_bot
from picklebot.platforms.telegram.settings import TelegramSettings
from picklebot.sandbox.telegram import TEST_TOKEN, TelegramSandbox


async def test_a_raw_method_gives_json_and_a_stock_one_its_type(tg: TelegramSandbox, bot: Bot) -> None:
    raw = await ask(bot, GetMe())
    assert raw["username"] == "pickle_bot"
    assert (await bot.get_me()).username == "pickle_bot"


async def test_a_raw_method_raises_what_a_stock_one_does(tg: TelegramSandbox) -> None:
    async with open_bot(options_for(tg, token="123456:nobody-knows-this-token-00000000")) as bot:
        for method in (bot.get_me(), bot(GetMe())):
            with pytest.raises(TelegramUnauthorizedError):
                await method


async def test_an_http_proxy_is_gone_through(tg: TelegramSandbox) -> None:
    async with open_bot(options_for(tg, api_base_url="http://telegram.invalid:1", proxy=tg.base_url)) as bot:
        assert (await bot.get_me()).username == "pickle_bot"


async def test_a_gateway_that_fails_in_html_is_a_server_with_trouble(tg: TelegramSandbox) -> None:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=502, text="<html>Bad Gateway</html>", content_type="text/html")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fail)
    runner = web.AppRunner(app, shutdown_timeout=0.01)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        port = runner.addresses[0][1]
        async with open_bot(options_for(tg, api_base_url=f"http://127.0.0.1:{port}")) as bot:
            with pytest.raises(TelegramServerError, match="502"):
                await bot(GetMe())
    finally:
        await runner.cleanup()


def test_options_come_from_the_settings() -> None:
    options = TelegramOptions.of(TelegramSettings.model_validate({"bot_token": TEST_TOKEN}))
    assert (options.token, options.api_base_url, options.proxy) == (TEST_TOKEN, OFFICIAL, None)
    assert (options.chat_pace, options.group_pace) == (1.0, 3.0)
    assert options.rates == Rates(Rate(1, 1.0, 3), Rate(20, 60.0, 3), Rate(30, 1.0, 30))
    assert (options.previews, options.link_previews, options.placeholder) == (True, False, False)
    assert TEST_TOKEN not in repr(options)


def test_a_server_without_limits_may_be_hurried() -> None:
    block = {"bot_token": TEST_TOKEN, "rate": "off", "streaming": "off", "api_base_url": "http://127.0.0.1:1"}
    options = TelegramOptions.of(TelegramSettings.model_validate(block))
    assert (options.chat_pace, options.group_pace, options.previews) == (0.05, 0.05, False)
    assert options.rates is None
    assert options.api_base_url == "http://127.0.0.1:1"


def test_the_settings_alone_load_no_telegram_library() -> None:
    code = "import picklebot.platforms.telegram.options, sys; sys.exit('aiogram' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
