"""A person plays Discord in a real browser; the bot is a script."""

import pytest
from playwright.async_api import Page, expect
from tests.sandbox.page.conftest import DiscordBot

from picklebot.sandbox.discord.interactions import Interaction
from picklebot.sandbox.playground import Playground

pytestmark = [pytest.mark.page, pytest.mark.slow]
NEW = {"name": "new", "description": "Begin anew"}


@pytest.fixture
async def page(page: Page) -> Page:
    await page.locator("#list .discord li b", has_text="general").click()
    return page


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def register(page: Page, bot: DiscordBot, *commands: object) -> None:
    me = await bot.call("GET", "/users/@me")
    await bot.call("PUT", f"/applications/{me['id']}/commands", list(commands))
    await page.get_by_label("Your message").fill("/")
    await expect(page.locator(".menu li")).to_have_count(len(commands))


async def test_commands_that_are_set_while_one_is_typed_are_offered(
    page: Page, discord_bot: DiscordBot
) -> None:
    await page.get_by_label("Your message").fill("/")
    await expect(page.locator(".menu")).to_be_hidden()
    me = await discord_bot.call("GET", "/users/@me")
    await discord_bot.call("PUT", f"/applications/{me['id']}/commands", [NEW])
    await expect(page.locator(".menu li")).to_have_count(1)


async def test_a_member_speaks_and_sees_markdown_grow(page: Page, discord_bot: DiscordBot) -> None:
    await page.get_by_label("Speak as").select_option("Dan")
    await say(page, "@picklebot hello")
    await expect(page.locator(".message .mention")).to_have_text("@picklebot")
    await discord_bot.call("POST", "/channels/3101/typing")
    await expect(page.locator(".signs")).to_have_text("picklebot is typing")
    sent = await discord_bot.call("POST", "/channels/3101/messages", {"content": "Hel"})
    text = "**Hello** <@3002> ||sh|| <b>\n> wise\n```py\n1 + 1\n```\n"
    text += "[go](https://example.org/) [bad](javascript:alert(1))"
    await discord_bot.call("PATCH", f"/channels/3101/messages/{sent['id']}", {"content": text})
    answer = page.locator(".bot .text")
    await expect(answer.locator("strong")).to_have_text("Hello")
    await expect(answer.locator(".mention")).to_have_text("@Dan")
    await expect(answer.locator("blockquote")).to_have_text("wise")
    await expect(answer.locator("figure pre")).to_have_text("1 + 1")
    await expect(answer.locator("a")).to_have_count(1)
    await expect(answer).to_contain_text("<b>")
    await expect(page.get_by_text("edited · 2 versions")).to_be_visible()
    await expect(page.locator(".signs")).to_be_empty()


async def test_a_slash_command_that_nobody_answers_is_told(page: Page, discord_bot: DiscordBot) -> None:
    await register(page, discord_bot, NEW)
    await say(page, "/new")
    await expect(page.locator(".toast")).to_have_text("The application did not respond.")


async def test_a_button_that_nobody_answers_is_told(page: Page, discord_bot: DiscordBot) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Again", "custom_id": "again"}]}
    await discord_bot.call("POST", "/channels/3101/messages", {"content": "Done", "components": [row]})
    await page.get_by_role("button", name="Again").click()
    await expect(page.locator(".keyboard .pressed")).to_have_text("Again")
    await expect(page.locator(".toast")).to_have_text("The application did not respond.")


async def test_a_thread_is_opened_and_a_message_edited_and_deleted(page: Page) -> None:
    await page.get_by_role("button", name="New thread").click()
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("heading", name="Pickling")).to_be_visible()
    await say(page, "first")
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Edit").click()
    await say(page, "second")
    await expect(page.locator(".message .text")).to_have_text("second")
    await page.locator(".message").hover()
    await page.get_by_role("button", name="Delete").click()
    await expect(page.locator(".gone")).to_have_text("Cleo deleted a message")


async def test_unread_messages_are_counted(
    page: Page, playground: Playground, discord_bot: DiscordBot
) -> None:
    channel = next(each for each in playground.discord.channels.values() if each.name == "Dan")
    await discord_bot.call("POST", f"/channels/{channel.id}/messages", {"content": "psst"})
    await expect(page.locator("#list .unread")).to_have_text("1")
    await page.locator("#list .discord li b", has_text="Dan").click()
    await expect(page.locator("#list .unread")).to_have_count(0)
    await expect(page.locator(".bot .text")).to_have_text("psst")


async def test_a_list_offers_what_it_holds_and_messages_have_the_bots_commands(
    page: Page, discord_bot: DiscordBot
) -> None:
    me = await discord_bot.call("GET", "/users/@me")
    command = {"type": 3, "name": "Ask about this"}
    await discord_bot.call("PUT", f"/applications/{me['id']}/commands", [command])
    options = [{"label": f"Rose {number}", "value": f"h{number}"} for number in range(6)]
    row = {"type": 1, "components": [{"type": 3, "custom_id": "choose", "options": options}]}
    await discord_bot.call("POST", "/channels/3101/messages", {"content": "Which?", "components": [row]})
    await page.get_by_role("button", name="Rose 4").click()
    await expect(page.locator(".keyboard .pressed")).to_have_text("Rose 4")
    await page.get_by_role("button", name="Ask about this").click()
    await expect(page.locator(".toast").first).to_have_text("The application did not respond.")


async def test_a_form_is_filled_in_and_stays_open_until_it_is_taken(
    page: Page, playground: Playground, discord_bot: DiscordBot
) -> None:
    await register(page, discord_bot, NEW)
    await say(page, "/new")
    opened = await playground.discord.wait_unanswered()
    field = {"type": 4, "custom_id": "why", "style": 2, "placeholder": "Because", "max_length": 4000}
    label = {"type": 18, "label": "Why?", "component": field}
    form = {"title": "Begin anew", "custom_id": "form.1", "components": [label]}
    await discord_bot.call("POST", callback(opened), {"type": 9, "data": form})
    dialog = page.get_by_role("dialog", name="Begin anew")
    await expect(dialog.get_by_label("Why?")).to_have_attribute("placeholder", "Because")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(dialog).to_be_visible()  # it may not be empty
    await dialog.get_by_label("Why?").fill("one\nand another")
    await dialog.get_by_role("button", name="Submit").click()
    await expect(page.locator(".toast")).to_have_text("Something went wrong. Try again.")
    await dialog.get_by_role("button", name="Submit").click()
    submitted = await playground.discord.wait_unanswered()
    assert submitted.of is opened
    await discord_bot.call("POST", callback(submitted), {"type": 4, "data": {"content": "Begun."}})
    await expect(dialog).to_have_count(0)
    await expect(page.locator(".bot .text")).to_have_text("Begun.")
    await expect(page.locator(".bot .used")).to_contain_text("used /new")


def callback(interaction: Interaction) -> str:
    return f"/interactions/{interaction.id}/{interaction.token}/callback"
