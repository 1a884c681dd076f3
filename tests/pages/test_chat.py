"""The chat page in a real browser."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect
from tests.api.conftest import Opens, Site, open_site


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def test_a_newcomer_is_welcomed_and_answered(page: Page, site: Site) -> None:
    await expect(page.get_by_role("heading", name="Hello!")).to_be_visible()
    await expect(page.locator("#unconfigured")).to_contain_text("messagebus.telegram.bot_token")
    await say(page, "hello **you**")
    await expect(page.locator(".answer")).to_have_text("You said: hello you")
    await expect(page.locator(".answer strong")).to_have_text("you")
    await expect(page.get_by_role("heading", name="Hello!")).to_be_hidden()
    await expect(page.locator("#agent")).to_have_text("with pickle")


async def test_enter_sends_and_shift_enter_does_not(page: Page, site: Site) -> None:
    field = page.get_by_label("Your message")
    await field.fill("one")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("two")
    await expect(page.locator(".said")).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.locator(".said")).to_have_text("one\ntwo")
    await expect(field).to_have_value("")
    assert site.gateway.accepted == ["one\ntwo"]


async def test_a_sign_of_life_comes_at_once_and_the_text_as_it_grows(page: Page, site: Site) -> None:
    await say(page, "wait a moment")
    await expect(page.locator(".typing:visible, .answer:visible").first).to_be_visible()
    await expect(page.locator(".answer")).to_have_text("You said: w")
    await expect(page.get_by_label("Answering")).to_have_count(0)
    site.gateway.released.set()
    await expect(page.locator(".answer")).to_have_text("You said: wait a moment")


async def test_a_reload_in_the_middle_loses_nothing(page: Page, site: Site) -> None:
    await say(page, "wait, I reload")
    await expect(page.locator(".answer")).to_have_text("You said: wa")
    await page.reload()
    await expect(page.locator(".answer")).to_have_text("You said: wa")
    site.gateway.released.set()
    await expect(page.locator(".answer")).to_have_text("You said: wait, I reload")
    await expect(page.locator(".said")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".answer")).to_have_text("You said: wait, I reload")
    await expect(page.locator(".said")).to_have_count(1)
    assert site.gateway.accepted == ["wait, I reload"]


@pytest.mark.requirement("S3.3")
async def test_the_files_of_an_answer_can_be_saved(browser: Browser, tmp_path: Path, opens: Opens) -> None:
    context = await browser.new_context()
    async with opens(folder=tmp_path) as site:
        page = await context.new_page()
        await page.goto(site.url)
        await say(page, "hello")
        await say(page, "file notes/plän%20#.md b.md")
        links = page.get_by_role("list", name="Files").get_by_role("link")
        await expect(links).to_have_text(["plän%20#.md", "b.md"])
        await page.reload()
        await expect(links).to_have_text(["plän%20#.md", "b.md"])
        async with page.expect_download() as saving:
            await links.first.click()
        saved = await saving.value
        assert (await saved.path()).read_bytes() == b"<b>dill</b>"
        await say(page, "and now")
        await expect(page.locator(".answer").last).to_have_text("You said: and now")
        await expect(page.locator(".turn").nth(1).locator("> *").last).to_have_class("files")
    await context.close()


async def test_what_is_typed_but_not_sent_is_kept(page: Page) -> None:
    await page.get_by_label("Your message").fill("half a thou")
    await page.reload()
    await expect(page.get_by_label("Your message")).to_have_value("half a thou")


async def test_a_message_that_is_not_taken_stays_and_can_be_tried_again(page: Page, site: Site) -> None:
    site.gateway.full = True
    await say(page, "please")
    await expect(page.get_by_role("alert")).to_contain_text("Too many messages wait")
    site.gateway.full = False
    await page.get_by_role("button", name="Try again").click()
    await expect(page.locator(".answer")).to_have_text("You said: please")
    await expect(page.locator(".unsent")).to_have_count(0)


async def test_a_message_that_is_too_long_can_be_shortened(page: Page, site: Site) -> None:
    await say(page, "x" * 100_001)
    await expect(page.get_by_role("alert")).to_contain_text("100,000 characters")
    await page.get_by_role("button", name="Edit").click()
    await expect(page.locator(".said")).to_have_count(0)
    await expect(page.get_by_label("Your message")).to_have_value("x" * 100_001)


async def test_a_failure_is_a_friendly_sentence(page: Page) -> None:
    await say(page, "fail")
    await expect(page.locator(".failed")).to_have_text("The model is not there just now.")


async def test_a_message_whose_receipt_is_lost_is_not_said_twice(page: Page, site: Site) -> None:
    async def lose(route: Route) -> None:
        await route.fetch()
        await route.abort()

    await expect(page.locator("#unconfigured")).to_be_visible()
    await page.route("**/web/messages", lose)
    await say(page, "fail and lose the receipt")
    await expect(page.get_by_role("alert")).to_contain_text("cannot be reached")
    await page.unroute("**/web/messages")
    await page.reload()
    await expect(page.locator(".failed")).to_have_text("The model is not there just now.")
    await expect(page.locator(".said")).to_have_text(["fail and lose the receipt"])
    assert site.gateway.accepted == ["fail and lose the receipt"]


async def test_a_notice_stands_beside_the_answer(page: Page) -> None:
    await say(page, "notice me")
    await expect(page.locator(".answer")).to_have_text(["By the way.", "You said: notice me"])


async def test_a_new_conversation_begins_with_an_empty_page(page: Page) -> None:
    await say(page, "old words")
    await expect(page.locator(".answer")).to_have_text("You said: old words")
    await say(page, "/new")
    await expect(page.locator(".answer")).to_have_text(["Done: /new"])
    await expect(page.locator(".said")).to_have_text(["/new"])
    await say(page, "new words")
    await expect(page.locator(".answer")).to_have_text(["Done: /new", "You said: new words"])


async def test_two_tabs_show_the_same_conversation(page: Page, site: Site) -> None:
    await expect(page.locator("#unconfigured")).to_be_visible()
    other = await page.context.new_page()
    await other.goto(site.url)
    await expect(other.locator("#unconfigured")).to_be_visible()
    await say(page, "hello")
    await expect(other.locator(".answer")).to_have_text("You said: hello")
    await expect(other.locator(".said")).to_have_text(["hello"])
    await expect(page.locator(".said")).to_have_text(["hello"])


async def test_two_people_do_not_see_each_other(page: Page, browser: Browser, site: Site) -> None:
    await say(page, "mine")
    await expect(page.locator(".answer")).to_have_count(1)
    stranger = await browser.new_page()
    await stranger.goto(site.url)
    await expect(stranger.get_by_role("heading", name="Hello!")).to_be_visible()
    await expect(stranger.locator(".said")).to_have_count(0)
    await stranger.close()


async def test_a_restart_of_the_server_is_survived(browser: Browser) -> None:
    page = await browser.new_page()
    async with open_site() as site:
        await page.goto(site.url)
        await say(page, "before")
        await expect(page.locator(".answer")).to_have_text("You said: before")
        port, rows = site.port, site.gateway.database
    await expect(page.get_by_text("reconnecting…")).to_be_visible()
    await say(page, "in between")
    await expect(page.locator(".said.sending")).to_have_text("in between")
    async with open_site(port=port, rows=rows) as again:
        await expect(page.locator(".answer")).to_have_text(
            ["You said: before", "You said: in between"], timeout=15_000
        )
        await expect(page.get_by_text("reconnecting…")).to_have_count(0)
        await expect(page.locator(".said")).to_have_text(["before", "in between"])
        assert again.gateway.accepted == ["in between"]
    await page.close()


async def test_the_token_is_asked_for_once(browser: Browser, opens: Opens) -> None:
    async with opens(token="a-token-of-some-length") as site:
        page = await browser.new_page()
        await page.goto(site.url)
        await page.get_by_label("The token").fill("wrong")
        await page.get_by_role("button", name="Log in").click()
        await expect(page.get_by_role("alert")).to_contain_text("not the token")
        await page.get_by_label("The token").fill("a-token-of-some-length")
        await page.get_by_role("button", name="Log in").click()
        await say(page, "I am in")
        await expect(page.locator(".answer")).to_have_text("You said: I am in")
        await page.reload()
        await expect(page.locator(".answer")).to_have_text("You said: I am in")
        assert "token" not in page.url
        await page.close()


async def test_it_fits_on_a_phone(browser: Browser, site: Site) -> None:
    page = await browser.new_page(viewport={"width": 360, "height": 640})
    await page.goto(site.url)
    await say(page, "```\n" + "a long line " * 30 + "\n```\n" + "w" * 300)
    await expect(page.locator(".answer pre")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await expect(page.get_by_role("button", name="Send")).to_be_in_viewport()
    await page.close()
