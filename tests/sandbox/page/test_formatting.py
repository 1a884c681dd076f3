"""How an answer looks on both platforms: what the platforms' renderers make of it, in the page."""

import pytest
from playwright.async_api import Page, expect
from tests.sandbox.page.conftest import DiscordBot, TelegramBot

from picklebot.platforms.discord.render import render as to_discord
from picklebot.platforms.telegram.render import render as to_telegram
from picklebot.platforms.telegram.rich.render import render_richly as to_rich_telegram

pytestmark = [pytest.mark.page, pytest.mark.slow]

ANSWER = """## A jar of pickles

**Fresh** cucumbers, *cold* water and `30 g` of salt a litre[^1]. See [the guide](https://example.org/jars).

1. Wash the jar
   - hot water
   - no soap
2. Salt, 2*3*5 = 30 g
- [x] dill
- [ ] garlic

| what | grams | Größe |
|---|--:|:-:|
| salt | 30 | ✓ |
| dill | 5 | ✗ |

> Patience is the best spice.

```python
def brine(litres: float) -> Brine[float]:
    return 30 * litres
```

The secret: ||a leaf of horseradish||.

[^1]: Less is risky.
"""


async def test_an_answer_on_telegram(page: Page, telegram_bot: TelegramBot) -> None:
    await page.get_by_label("Your message").fill("How do I make pickles?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .text")).to_have_text("How do I make pickles?")
    [part] = to_telegram(ANSWER)
    await telegram_bot.call("sendMessage", chat_id=1001, text=part.text, entities=list(part.entities))
    answer = page.locator(".bot .text").last
    await expect(answer.locator("pre")).to_have_count(2)
    await expect(answer.locator("pre").first).to_contain_text("salt |    30 |   ✓")
    await expect(answer.locator("blockquote")).to_have_text("Patience is the best spice.")
    await expect(answer).to_contain_text("Salt, 2*3*5 = 30 g")
    await expect(answer).to_contain_text("☐ garlic")


async def test_an_answer_as_a_rich_message(page: Page, telegram_bot: TelegramBot) -> None:
    await page.get_by_label("Your message").fill("How do I make pickles?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .text")).to_have_text("How do I make pickles?")
    [part] = to_rich_telegram(f"{ANSWER}\n---\n$$c = \\frac{{m}}{{V}}$$\n")
    await telegram_bot.call("sendRichMessage", chat_id=1001, rich_message={"blocks": part.rich})
    answer = page.locator(".bot .rich").last
    await expect(answer.locator("h4")).to_have_text("A jar of pickles")
    await expect(answer.locator("ol ul li")).to_have_text(["hot water", "no soap"])
    await expect(answer.locator("td.right")).to_have_text(["30", "5"])
    await expect(answer.locator("input:checked + p")).to_have_text("dill")
    await expect(answer.locator(".formula.alone")).to_have_text("c = \\frac{m}{V}")
    await expect(answer.locator("pre")).to_contain_text("Brine[float]")
    await expect(answer).to_contain_text("Salt, 2*3*5 = 30 g")


async def test_an_answer_on_discord(page: Page, discord_bot: DiscordBot) -> None:
    await page.locator("#list .discord li b", has_text="Cleo").click()
    await page.get_by_label("Your message").fill("How do I make pickles?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine .text")).to_have_text("How do I make pickles?")
    direct = await discord_bot.call("POST", "/users/@me/channels", {"recipient_id": "3001"})
    [content] = to_discord(ANSWER)
    await discord_bot.call("POST", f"/channels/{direct['id']}/messages", {"content": content})
    answer = page.locator(".bot .text").last
    await expect(answer.locator("pre")).to_have_count(2)
    await expect(answer.locator("pre").first).to_contain_text("salt |    30 |   ✓")
    await expect(answer.locator("blockquote")).to_have_text("Patience is the best spice.")
    await expect(answer).to_contain_text("Salt, 2*3*5 = 30 g")
    await expect(answer).to_contain_text("☐ garlic")
