"""The line to the Bot API."""

import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramNetworkError, TelegramServerError, TelegramUnauthorizedError
from aiohttp import web
from tests.platforms.socks_server import socks_server
from tests.platforms.telegram.kit import options_for

from picklebot.errors import DeliveryDelayedError
from picklebot.model.message import Attachment
from picklebot.model.rate import Rate, Rates
from picklebot.platforms.telegram.files import TelegramFiles
from picklebot.platforms.telegram.methods import GetMe, SendMessage
from picklebot.platforms.telegram.options import OFFICIAL, TelegramOptions
from picklebot.platforms.telegram.patience import ask
from picklebot.platforms.telegram.refusals import delivery_error, platform_error
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


@pytest.mark.parametrize(("scheme", "host"), [("socks5h", "localhost"), ("socks5", "127.0.0.1")])
async def test_everything_goes_through_a_socks_proxy(tg: TelegramSandbox, scheme: str, host: str) -> None:
    server = urlsplit(tg.base_url)
    assert server.hostname is not None
    assert server.port is not None
    chat = tg.private(tg.user(1, "Ann"), started=True)
    sent = chat.send_file(tg.user(1, "Ann"), "document", b"what it holds", name="a.txt")
    async with socks_server(server.hostname, server.port) as proxy:
        url = f"{scheme}://me:canary%40secret@127.0.0.1:{proxy.port}"
        options = options_for(tg, api_base_url="http://localhost:9", proxy=url)
        async with open_bot(options) as bot:
            assert (await ask(bot, GetMe()))["username"] == "pickle_bot"
            assert (await bot.get_me()).username == "pickle_bot"
            await bot(SendMessage(chat_id=chat.id, text="hot"))
            assert sent.media is not None
            file = Attachment("document", sent.media["document"]["file_id"], "a.txt")
            assert await TelegramFiles(bot).fetch(file, 100) == b"what it holds"
        assert {*proxy.asked} == {(host, 9)}


@pytest.mark.requirement("P30")
async def test_a_socks_proxy_that_lets_nobody_through_is_a_network_without_a_way(tg: TelegramSandbox) -> None:
    server = urlsplit(tg.base_url)
    assert server.hostname is not None
    assert server.port is not None
    async with socks_server(server.hostname, server.port) as proxy:
        for port in (proxy.port, 9):
            async with open_bot(options_for(tg, proxy=f"socks5h://me:wrong@127.0.0.1:{port}")) as bot:
                with pytest.raises(
                    TelegramNetworkError, match="the proxy does not let us through"
                ) as refused:
                    await bot(GetMe())
            assert "wrong" not in f"{refused.value} {platform_error(refused.value)}"
            failed = delivery_error(refused.value)
            assert isinstance(failed, DeliveryDelayedError)
            assert not failed.maybe_done
    assert proxy.refused == 1


def test_the_library_for_socks_is_loaded_only_when_it_is_used() -> None:
    code = (
        "import sys, picklebot.platforms.telegram.session, picklebot.platforms.discord.client\n"
        "sys.exit(any(name in sys.modules for name in ('aiohttp_socks', 'python_socks')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


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
