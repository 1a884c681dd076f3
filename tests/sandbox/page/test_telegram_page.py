"""A person plays Telegram in a real browser; the bot is a script."""

import pytest
from playwright.async_api import Page, expect
from tests.sandbox.page.conftest import TelegramBot

from picklebot.sandbox.playground import Playground

pytestmark = [pytest.mark.page, pytest.mark.slow]
KITCHEN = -1000000002001
TOLD = {"migrate_to_chat_id", "migrate_from_chat_id", "my_chat_member"}


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def go_to(page: Page, name: str) -> None:
    await page.locator("#list li b", has_text=name).first.click()


async def test_a_newcomer_is_told_how_a_gateway_comes_in(page: Page, playground: Playground) -> None:
    await expect(page.get_by_role("heading", name="No gateway is connected yet")).to_be_visible()
    await expect(page.locator(".code pre")).to_have_text(playground.config)
    await expect(page.locator("#list li b")).to_have_text(
        ["Ann", "Ben", "Kitchen", "Garden club", "Seeds", "Harvest", "general", "Cleo", "Dan"]
    )


async def test_a_streamed_answer_grows_and_tells_its_versions(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "hello")
    await expect(page.locator(".mine .text")).to_have_text("hello")
    [update] = await telegram_bot.call("getUpdates", timeout=5)
    assert update["message"]["from"]["first_name"] == "Ann"
    await telegram_bot.call("sendChatAction", chat_id=1001, action="typing")
    await expect(page.locator(".signs")).to_have_text("Pickle is typing")
    sent = await telegram_bot.call("sendMessage", chat_id=1001, text="Good")
    await expect(page.locator(".bot .text")).to_have_text("Good")
    await expect(page.locator(".signs")).to_be_empty()
    for text in ("Good mor", "Good <b>morning</b>"):
        await telegram_bot.call(
            "editMessageText", chat_id=1001, message_id=sent["message_id"], text=text, parse_mode="HTML"
        )
    await expect(page.locator(".bot .text strong")).to_have_text("morning")
    await page.get_by_text("edited · 3 versions").click()
    await expect(page.locator(".versions li span")).to_have_text(["Good", "Good mor", "Good morning"])
    await page.reload()
    await expect(page.get_by_text("edited · 3 versions")).to_be_visible()


async def test_every_entity_has_its_look_and_nothing_is_html(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "<img src=x onerror=alert(1)> 🥒 /start")
    await expect(page.locator(".mine .text")).to_have_text("<img src=x onerror=alert(1)> 🥒 /start")
    await expect(page.locator(".mine .command")).to_have_text("/start")
    text = (
        "<b>b<i>oth</i></b> <code>x</code> <tg-spoiler>dark</tg-spoiler> <a href='https://example.org/'>go</a>"
        "<blockquote>wise</blockquote><pre><code class='language-python'>1 + 1</code></pre>🥒 /new"
    )
    await telegram_bot.call("sendMessage", chat_id=1001, text=text, parse_mode="HTML")
    answer = page.locator(".bot .text")
    await expect(answer.locator("strong em")).to_have_text("oth")
    await expect(answer.locator("blockquote")).to_have_text("wise")
    await expect(answer.locator("figure figcaption span")).to_have_text("python")
    await expect(answer.locator("figure pre")).to_have_text("1 + 1")
    await expect(answer.locator("a")).to_have_attribute("href", "https://example.org/")
    await answer.locator(".spoiler").click()
    await expect(answer.locator(".spoiler.shown")).to_have_text("dark")
    await answer.locator(".command").click()
    await expect(page.locator(".mine .text").last).to_have_text("/new")


async def test_what_is_being_written_outlives_a_command_and_a_refusal(
    page: Page, telegram_bot: TelegramBot
) -> None:
    field = page.get_by_label("Your message")
    await say(page, "hello")
    await telegram_bot.call("sendMessage", chat_id=1001, text="Say /help")
    await expect(page.locator(".bot .command")).to_have_text("/help")
    await field.fill("half a thought")
    await page.locator(".bot .command").click()
    await expect(page.locator(".mine .text").last).to_have_text("/help")
    await expect(field).to_have_value("half a thought")
    await page.route("**/chats/*/say", lambda route: route.abort())
    await field.press("Enter")
    await expect(page.locator(".toast.trouble")).to_be_visible()
    await expect(field).to_have_value("half a thought")
    await page.unroute("**/chats/*/say")
    await field.press("Enter")
    await expect(page.locator(".mine .text").last).to_have_text("half a thought")
    await expect(field).to_have_value("")


async def test_a_reply_to_a_file_names_it(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "hello")
    files = {"document": ("plan.txt", b"dill", "text/plain")}
    answer = await telegram_bot.http.post(
        f"{telegram_bot.url}/sendDocument", data={"chat_id": 1001}, files=files
    )
    assert answer.json()["ok"]
    await page.locator(".message.bot").hover()
    await page.locator(".message.bot").get_by_role("button", name="Reply").click()
    await expect(page.locator(".bar")).to_contain_text("plan.txt")
    await say(page, "thanks")
    await expect(page.locator(".mine .quoted")).to_have_text("Pickleplan.txt")


async def test_a_button_is_pressed_and_answered(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "hello")
    [hello] = await telegram_bot.call("getUpdates", timeout=5)
    rows = [[{"text": "Yes", "callback_data": "y"}, {"text": "Read", "url": "https://example.org"}]]
    await telegram_bot.call("sendMessage", chat_id=1001, text="Sure?", reply_markup={"inline_keyboard": rows})
    await page.get_by_role("button", name="Yes").click()
    [press] = await telegram_bot.call("getUpdates", offset=hello["update_id"] + 1, timeout=5)
    query = press["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("y", 1001)
    await telegram_bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Noted")
    await expect(page.locator(".toast")).to_have_text("Noted")


async def test_the_menu_offers_what_the_bot_has_set(page: Page, telegram_bot: TelegramBot) -> None:
    commands = [
        {"command": "help", "description": "What I can"},
        {"command": "new", "description": "Begin anew"},
    ]
    await telegram_bot.call("setMyCommands", commands=commands)
    await expect(page.locator(".calls b").first).to_have_text("setMyCommands")
    await page.get_by_label("Your message").fill("/")
    await expect(page.locator(".menu li")).to_have_text(["/helpWhat I can", "/newBegin anew"])
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Tab")
    await expect(page.get_by_label("Your message")).to_have_value("/new")
    await say(page, "/help")
    await expect(page.locator(".mine .text")).to_have_text("/help")
    await expect(page.locator(".menu")).to_be_hidden()


async def test_two_people_speak_in_a_group_and_reply(page: Page, telegram_bot: TelegramBot) -> None:
    await go_to(page, "Kitchen")
    await page.get_by_label("Speak as").select_option("Ben")
    await say(page, "/ask who cooks")
    await expect(page.locator(".mine .text")).to_have_text("/ask who cooks")
    await telegram_bot.call("sendMessage", chat_id=KITCHEN, text="You do")
    await page.locator(".message.bot").hover()
    await page.locator(".message.bot").get_by_role("button", name="Reply").click()
    await page.get_by_label("Speak as").select_option("Ann")
    await say(page, "Really?")
    await expect(page.locator(".message", has_text="Really?").locator(".quoted")).to_have_text("PickleYou do")
    updates = await telegram_bot.call("getUpdates", timeout=5)
    assert [each["message"]["from"]["first_name"] for each in updates] == ["Ben", "Ann"]
    assert updates[1]["message"]["reply_to_message"]["text"] == "You do"
    await expect_reaction(page, telegram_bot, updates[1]["message"]["message_id"])


async def expect_reaction(page: Page, telegram_bot: TelegramBot, message: int) -> None:
    """A reaction of the bot is seen, also after the page was loaded anew, until it is taken back."""
    shown = page.locator(".message", has_text="Really?").locator(".reactions")
    await telegram_bot.call(
        "setMessageReaction", chat_id=KITCHEN, message_id=message, reaction='[{"type":"emoji","emoji":"👀"}]'
    )
    await expect(shown).to_have_text("👀")
    await page.reload()
    await go_to(page, "Kitchen")
    await expect(shown).to_have_text("👀")
    await telegram_bot.call("setMessageReaction", chat_id=KITCHEN, message_id=message, reaction="[]")
    await expect(shown).to_have_count(0)


async def test_somebody_new_and_a_forum_with_a_topic(page: Page, playground: Playground) -> None:
    await page.get_by_role("button", name="Person", exact=True).click()
    await page.get_by_role("textbox", name="Name").fill("Eva")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Eva")).to_be_visible()
    await say(page, "I am new")
    await expect(page.locator(".mine .text")).to_have_text("I am new")
    await page.get_by_role("button", name="Group", exact=True).click()
    await page.get_by_label("A forum with topics").check()
    await page.get_by_role("button", name="Add", exact=True).click()
    await page.get_by_role("button", name="New topic").click()
    await page.get_by_role("button", name="Add", exact=True).click()
    await expect(page.get_by_role("heading", name="Pickling")).to_be_visible()
    await say(page, "in the topic")
    await expect(page.locator(".mine .text")).to_have_text("in the topic")
    [chat] = [each for each in playground.telegram.chats.values() if each.id == KITCHEN - 2]
    assert chat.messages[-1].thread is not None


async def test_a_group_becomes_a_supergroup_and_the_bot_is_removed_and_added(
    page: Page, playground: Playground, telegram_bot: TelegramBot
) -> None:
    await page.get_by_role("button", name="Group", exact=True).first.click()
    await page.get_by_label("Title").fill("Readers")
    await page.get_by_label("Title").press("Enter")
    await page.get_by_role("button", name="Make it a supergroup").click()
    await expect(page.get_by_role("button", name="Make it a supergroup")).to_have_count(0)
    await page.get_by_role("button", name="Remove the bot").click()
    await page.get_by_role("button", name="Add the bot").click()
    await expect(page.get_by_role("button", name="Remove the bot")).to_be_visible()
    updates = await telegram_bot.call("getUpdates", timeout=5)
    told = [next(iter(each.get("message", each).keys() & TOLD)) for each in updates]
    assert told == ["migrate_to_chat_id", "migrate_from_chat_id", "my_chat_member", "my_chat_member"]
    [group, upgraded] = [chat for chat in playground.telegram.chats.values() if chat._chat.title == "Readers"]
    assert (group.id, upgraded.id) == (-9001, -1000000009001)


async def test_files_go_both_ways(page: Page, playground: Playground, telegram_bot: TelegramBot) -> None:
    await page.get_by_label("File", exact=True).set_input_files(
        files=[{"name": "notes.txt", "mimeType": "text/plain", "buffer": b"milk"}]
    )
    await say(page, "my list")
    await expect(page.locator(".mine .file b")).to_have_text("notes.txt")
    upload = {"document": ("report.txt", b"1234", "text/plain")}
    await telegram_bot.http.post(f"{telegram_bot.url}/sendDocument", data={"chat_id": "1001"}, files=upload)
    await expect(page.locator(".bot .file")).to_have_text("report.txt4 B")


async def test_a_fault_is_ordered_happens_and_is_logged(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "hello")
    await expect(page.locator(".mine")).to_be_visible()
    await page.get_by_role("tab", name="Faults").click()
    await page.get_by_label("What goes wrong").select_option("Server error (500)")
    await page.get_by_label("Which calls").select_option("sendMessage")
    await page.get_by_role("button", name="Let it happen").click()
    await expect(page.locator(".to-come li")).to_have_text("sendMessage: 500")
    refused = await telegram_bot.http.post(
        f"{telegram_bot.url}/sendMessage", json={"chat_id": 1001, "text": "x"}
    )
    assert refused.status_code == 500
    await expect(page.locator(".to-come li")).to_have_count(0)
    await page.get_by_role("tab", name="Calls").click()
    await expect(page.locator(".calls .trouble").first).to_have_text("Internal Server Error")


async def test_the_page_comes_back_after_an_outage(page: Page, playground: Playground) -> None:
    await expect(page.locator("#list .telegram .state")).to_have_text("no gateway yet")
    async with playground.telegram.outage():
        await expect(page.locator("#list .telegram .state")).to_have_text("out of reach")
        chat = playground.telegram.chats[1001]
        chat.say(playground.telegram.users[0], "said meanwhile")
    await expect(page.locator(".mine .text")).to_have_text("said meanwhile")


async def test_a_draft_is_stopped_by_its_button(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "hello")
    [update] = await telegram_bot.call("getUpdates", timeout=5)
    await telegram_bot.call("sendMessageDraft", chat_id=1001, draft_id=7, text="Let me see", can_stop=True)
    await expect(page.locator(".signs .draft")).to_have_text("Let me see")
    await page.locator(".signs").get_by_role("button", name="Stop").click()
    [stopped] = await telegram_bot.call("getUpdates", timeout=5, offset=update["update_id"] + 1)
    assert stopped["stopped_message_generation"]["draft_id"] == 7
    await telegram_bot.call("sendMessage", chat_id=1001, text="I stopped.")
    await expect(page.locator(".signs")).to_be_empty()


async def test_a_message_is_passed_on_after_the_comment_on_it(page: Page, telegram_bot: TelegramBot) -> None:
    await go_to(page, "Kitchen")
    await page.get_by_label("Speak as").select_option("Ben")
    await say(page, "/ask pickles are fruit")
    await page.get_by_label("Speak as").select_option("Ann")
    for comment, hidden in (("is that so?", False), ("", True)):
        said = page.locator(".message", has_text="pickles are fruit").first
        await said.hover()
        await said.get_by_role("button", name="Forward").click()
        form = page.get_by_role("dialog")
        await form.get_by_label("To").select_option("Ann")
        await form.get_by_label("Comment").fill(comment)
        await form.get_by_label("Hide the name").set_checked(hidden)
        await form.get_by_role("button", name="Forward").click()
        await expect(page.locator("#chat h2")).to_have_text("Ann")
        await expect(page.locator(".origin")).to_have_text(["Forwarded from Ben"] * (1 + hidden))
        await go_to(page, "Kitchen")
    await go_to(page, "Ann")
    await expect(page.locator(".mine .text")).to_have_text(
        ["is that so?", "/ask pickles are fruit", "/ask pickles are fruit"]
    )
    messages = [it["message"] for it in await telegram_bot.call("getUpdates", timeout=5)]
    private = [it for it in messages if it["chat"]["id"] == 1001]
    assert [it["text"] for it in private] == ["is that so?", *["/ask pickles are fruit"] * 2]
    origins = [it.get("forward_origin") for it in private]
    assert origins[0] is None
    assert (origins[1]["type"], origins[1]["sender_user"]["first_name"]) == ("user", "Ben")
    assert (origins[2]["type"], origins[2]["sender_user_name"]) == ("hidden_user", "Ben")


async def test_on_a_phone_a_chat_opens_at_its_end(page: Page, telegram_bot: TelegramBot) -> None:
    await say(page, "hello")
    for number in range(30):
        await telegram_bot.call("sendMessage", chat_id=1001, text=f"line {number}")
    await expect(page.locator(".bot .text").last).to_have_text("line 29")
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.reload()
    await expect(page.locator("#list")).to_be_visible()
    await expect(page.get_by_label("Your message")).to_be_hidden()
    for _ in range(2):
        await go_to(page, "Ann")
        await expect(page.locator(".bot .text").last).to_be_in_viewport()
        field = await page.get_by_label("Your message").bounding_box()
        assert field is not None
        assert field["height"] > 20
        await page.get_by_label("Back to the list").click()
