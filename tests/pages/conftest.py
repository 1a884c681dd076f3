"""Chromium, and the page of a gateway that a test can stop and start again."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright
from tests.api.conftest import Opens, Site, open_site

ARGS = [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder drives a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.page)


def find_browser() -> str:
    """Debian's Chromium, or any other; without one the test is skipped, but not where it must have run."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    reason = "there is no Chromium here; install the package `chromium` to run the page tests"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """One loop for all page tests, since they share the browser."""
    return "asyncio"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser; each test has a context of its own in it."""
    path = find_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        await browser.close()


@pytest.fixture
def opens() -> Opens:
    """Opens a site with settings of the test's own."""
    return open_site


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    """A site without a token."""
    async with open_site() as site:
        yield site


@pytest.fixture
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """The page of the site; what goes wrong in its scripts fails the test."""
    context = await browser.new_context()
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Content Security" in line.text else None)
    await page.goto(site.url)
    yield page
    await context.close()
    assert errors == []
