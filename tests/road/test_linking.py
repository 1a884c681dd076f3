"""One conversation through four doors: the real clients of Telegram and Discord, the page's HTTP, and a terminal."""

import re
import uuid
from pathlib import Path

import anyio
import httpx
import pytest
from tests.cli.command import picklebot
from tests.road.gateway_process import GatewayProcess, run_gateway
from tests.road.test_road import PATIENCE, from_bot, wait_for_sessions, write_config

from picklebot.model import words
from picklebot.model.pairing import ALPHABET, LENGTH
from picklebot.sandbox.discord import DiscordSandbox
from picklebot.sandbox.telegram import TelegramSandbox

pytestmark = pytest.mark.slow

CODE = re.compile(rf"/link ([{ALPHABET}]{{{LENGTH}}})\b")
LINK = re.compile(r"https://t\.me/(\w+)\?start=(link_\w+)")
GERMAN = words.LANGUAGES["de"]


async def web_says(gateway: GatewayProcess, browser: httpx.AsyncClient, text: str) -> None:
    """Say something on the page."""
    said = {"text": text, "message_id": str(uuid.uuid4())}
    answer = await browser.post(f"{gateway.url}/web/messages", json=said)
    assert answer.status_code == 202, answer.text


async def web_shows(gateway: GatewayProcess, browser: httpx.AsyncClient, text: str) -> None:
    """Wait until the page's conversation has this in it."""
    with anyio.fail_after(PATIENCE):
        while text not in (await browser.get(f"{gateway.url}/web/history")).text:  # noqa: ASYNC110 - a page has no event
            await anyio.sleep(0.1)


@pytest.mark.requirement("B3")
async def test_one_person_goes_on_from_telegram_to_discord_the_page_and_a_terminal(tmp_path: Path) -> None:
    async with TelegramSandbox.start() as tg, DiscordSandbox.start() as dc:
        write_config(tmp_path, tg, dc)
        ann, dora = tg.user(1, "Ann"), dc.user(30, "Dora", locale="de")
        here, there = tg.private(ann), dc.dm(dora)
        async with (
            run_gateway(tmp_path, "telegram", "discord") as gateway,
            httpx.AsyncClient(trust_env=False) as browser,
        ):
            here.say(ann, "hello from here")
            await here.wait_for(from_bot("You said: hello from here"), PATIENCE)

            async def code() -> str:
                seen = here.messages[-1].id
                here.say(ann, "/link")
                shown = await here.wait_for(lambda it: it.id > seen and bool(CODE.search(it.text)), PATIENCE)
                found = CODE.search(shown.text)
                assert found is not None
                return found[1]

            made = await code()
            used = dc.slash(dora, there, "link", {"code": made})
            asked = await dc.wait_answer(used)
            assert asked.text == GERMAN.LINK_ASK.format(name="Ann", platform="Telegram", code=made)
            [yes] = [it for it in asked.components[0]["components"] if it["label"] == GERMAN.LINK_YES]
            dc.press(dora, asked, yes["custom_id"])
            await there.wait_for(from_bot(GERMAN.LINKED.partition("{")[0]), PATIENCE)
            await here.wait_for(from_bot("with Dora on Discord"), PATIENCE)
            there.say(dora, "and from there")
            await there.wait_for(
                from_bot('message 2 of our conversation, which began with "hello from here"'), PATIENCE
            )

            await web_shows(gateway, browser, "")  # gives the browser its cookie
            await web_says(gateway, browser, f"/link {await code()} yes")
            await web_shows(gateway, browser, "and from there")
            await web_says(gateway, browser, "and from the page")
            await web_shows(gateway, browser, "message 3 of our conversation")

            # The other way round: a code of Discord, and the link that says it on Telegram.
            bob = tg.user(2, "Bob")
            elsewhere = tg.private(bob)
            told = await dc.wait_answer(dc.slash(dora, there, "link"))
            found = LINK.search(told.text)
            assert found is not None
            assert found[1] == "pickle_bot"
            elsewhere.say(bob, f"/start {found[2]}")
            question = await elsewhere.wait_for(from_bot("with Dora on Discord"), PATIENCE)
            elsewhere.press(bob, question, words.LINK_YES)
            await elsewhere.wait_for(from_bot(words.LINKED.partition("{")[0]), PATIENCE)
            elsewhere.say(bob, "and by the link")
            await elsewhere.wait_for(from_bot("message 4 of our conversation"), PATIENCE)

            linked = await picklebot("chat", f"/link {await code()} yes", workspace=tmp_path)
            assert linked.out.startswith(words.LINKED.partition("{")[0]), linked
            said = await picklebot("chat", "and from the terminal", workspace=tmp_path)
            assert "message 5 of our conversation" in said.out

            here.say(ann, "/new")
            await here.wait_for(from_bot(words.NEW_SESSION), PATIENCE)
            there.say(dora, "again")
            await there.wait_for(from_bot("You said: again. This is message 1"), PATIENCE)
            sessions = await wait_for_sessions(tmp_path, "1", "30")
            assert sessions["1"] == sessions["30"]
