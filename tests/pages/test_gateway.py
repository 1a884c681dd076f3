"""The page of the real gateway, as a newcomer meets it: no tokens, no keys, the demo model."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect
from tests.pages.test_chat import say
from tests.road.gateway_process import run_gateway

from picklebot.api.port import bind


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose port stays the same over a restart."""
    with bind("127.0.0.1", 0, spare=0) as listener:
        port = listener.getsockname()[1]
    (tmp_path / "config.yaml").write_text(f"messagebus:\n  web:\n    port: {port}\n")
    return tmp_path


@pytest.mark.slow
@pytest.mark.requirement("S0.2")
async def test_a_conversation_survives_kill_9_before_the_eyes_of_its_speaker(
    workspace: Path, browser: Browser
) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    async with run_gateway(workspace, "web") as gateway:
        await page.goto(gateway.url)
        await expect(page.locator("#unconfigured")).to_contain_text("messagebus.telegram.bot_token")
        await say(page, "my first words")
        await expect(page.locator(".answer")).to_have_text(answer("my first words", 1))
        await gateway.kill()
    await expect(page.get_by_text("reconnecting…")).to_be_visible()
    await say(page, "said while it was down")
    async with run_gateway(workspace, "web"):
        answers = [answer("my first words", 1), answer("said while it was down", 2)]
        await expect(page.locator(".answer")).to_have_text(answers, timeout=20_000)
        await say(page, "/new")
        await expect(page.locator(".said")).to_have_text(["/new"])
        await say(page, "again")
        await expect(page.locator(".answer").last).to_have_text(re.compile("This is message 1 of"))
        await page.reload()
        await expect(page.locator(".said")).to_have_text(["again"])
    await context.close()


def answer(text: str, number: int) -> str:
    """What the demo model says."""
    return (
        f'You said: {text}. This is message {number} of our conversation, which began with "my first words".'
    )
