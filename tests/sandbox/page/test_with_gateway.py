"""The page and a real gateway: what a newcomer does first."""

import pytest
from playwright.async_api import Page, expect

from picklebot.sandbox.playground import Playground
from picklebot.testing.plugin import RunGateway

pytestmark = [pytest.mark.page, pytest.mark.slow]


async def test_ann_and_cleo_are_answered(page: Page, playground: Playground, gateway: RunGateway) -> None:
    async with gateway(telegram=playground.telegram, discord=playground.discord):
        for place, name in (("telegram", "Ann"), ("discord", "Cleo")):
            await page.locator(f"#list .{place} li b", has_text=name).click()
            await page.get_by_label("Your message").fill(f"hello from {name}")
            await page.keyboard.press("Enter")
            answer = page.locator(".bot .text").last
            await expect(answer).to_contain_text(f'began with "hello from {name}"', timeout=20_000)
            await expect(page.locator(f"#list .{place} .state")).to_have_text("gateway connected")


async def test_discord_is_broken_off_from_the_panel_and_comes_back(
    page: Page, playground: Playground, gateway: RunGateway
) -> None:
    async with gateway(discord=playground.discord):
        await page.locator("#list .discord li b", has_text="Cleo").click()
        state = page.locator("#list .discord .state")
        await expect(state).to_have_text("gateway connected")
        await page.get_by_role("tab", name="Faults").click()
        await page.get_by_label("What goes wrong").select_option("Gateway session is invalid")
        await expect(page.get_by_label("Which calls")).to_be_hidden()
        await page.get_by_role("button", name="Let it happen").click()
        await expect(state).to_have_text("no gateway yet")
        await expect(state).to_have_text("gateway connected", timeout=20_000)


async def test_a_slash_command_is_answered(page: Page, playground: Playground, gateway: RunGateway) -> None:
    async with gateway(discord=playground.discord):
        await page.locator("#list .discord li b", has_text="general").click()
        await page.get_by_label("Your message").fill("/whoami")
        await expect(page.locator(".menu li").first).to_contain_text("/whoami")
        await page.keyboard.press("Enter")
        await expect(page.locator(".message.bot .used")).to_contain_text("Cleo used /whoami", timeout=10_000)
        await expect(page.locator(".message.bot .text")).to_contain_text("3001")


async def test_a_message_is_asked_about_in_ones_own_words(
    page: Page, playground: Playground, gateway: RunGateway
) -> None:
    async with gateway(discord=playground.discord):
        await page.locator("#list .discord li b", has_text="general").click()
        await page.get_by_label("Your message").fill("Roses need water.")
        await page.keyboard.press("Enter")
        await page.locator(".message").last.hover()
        await page.get_by_role("button", name="Ask about this").last.click(timeout=20_000)
        dialog = page.get_by_role("dialog", name="Ask about this")
        await dialog.get_by_label("What would you like to know?").fill("How much of it?")
        await dialog.get_by_role("button", name="Submit").click()
        await expect(dialog).to_have_count(0)
        await expect(page.locator(".message.bot .text")).to_contain_text("How much of it?", timeout=20_000)
        await expect(page.locator(".message.bot .foot")).to_contain_text("only Cleo sees this")
