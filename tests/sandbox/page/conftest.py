"""The page over two fresh sandboxes, and scripted bots that speak plain HTTP."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page, async_playwright
from tests.pages.conftest import ARGS, find_browser

from picklebot.sandbox.playground import Playground, open_playground


@dataclass(frozen=True)
class TelegramBot:
    """Calls the Bot API."""

    http: httpx.AsyncClient
    url: str

    async def call(self, method: str, **params: Any) -> Any:
        answer = (await self.http.post(f"{self.url}/{method}", json=params)).json()
        assert answer["ok"], answer
        return answer["result"]


@dataclass(frozen=True)
class DiscordBot:
    """Calls Discord's REST."""

    http: httpx.AsyncClient
    url: str
    token: str

    async def call(self, verb: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bot {self.token}"}
        answer = await self.http.request(verb, f"{self.url}{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser of the test's own."""
    path = find_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
async def playground() -> AsyncGenerator[Playground]:
    async with open_playground() as playground:
        yield playground


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield http


@pytest.fixture
async def telegram_bot(playground: Playground, http: httpx.AsyncClient) -> TelegramBot:
    telegram = playground.telegram
    return TelegramBot(http, f"{telegram.base_url}/bot{telegram.token}")


@pytest.fixture
async def discord_bot(playground: Playground, http: httpx.AsyncClient) -> DiscordBot:
    return DiscordBot(http, playground.discord.api_base_url, playground.discord.token)


@pytest.fixture
async def page(browser: Browser, playground: Playground) -> AsyncIterator[Page]:
    """The page; what goes wrong in its scripts fails the test."""
    page = await browser.new_page(viewport={"width": 1360, "height": 860})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    await page.goto(playground.page_url)
    await page.get_by_label("Your message").wait_for()
    yield page
    assert errors == []
