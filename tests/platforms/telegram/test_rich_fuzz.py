"""Whatever a model says is delivered, as rich messages where that is asked for, on a Telegram that checks them."""

import pytest
from aiogram import Bot
from tests.figures import Figure
from tests.model_outputs import outputs
from tests.platforms.telegram.kit import Notes, options_for, parcel_to
from tests.sizes import sized

from picklebot.model.events import Final
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.platforms.telegram.render import LIMIT
from picklebot.platforms.telegram.rich.render import render_richly
from picklebot.platforms.telegram.utf16 import units
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import TelegramSandbox

COUNT = sized(100_000, 1_000)
A_CHAT = 500


@pytest.mark.slow
@pytest.mark.timeout(14_400)
@pytest.mark.requirement("P16")
async def test_any_output_arrives_as_a_rich_message(tg: TelegramSandbox, bot: Bot, figure: Figure) -> None:
    frontend = TelegramFrontend(bot, options_for(tg, rich=True))
    chat = tg.private(tg.user(2000, "Person"), started=True)
    rich = 0
    for number, text in enumerate(outputs(COUNT, seed=17)):
        if number % A_CHAT == 0:
            chat = tg.private(tg.user(2000 + number, "Person"), started=True)
        parts, notes = render_richly(text), Notes()
        await frontend.render(parcel_to(chat), ReplyStream.of(Final(text)), notes)
        assert len(notes.posted) == len(parts), text
        assert all(len(units(part.text)) <= LIMIT for part in parts), text
        messages = [message for message in chat.messages if not message.media][-len(parts) :]
        shown = [bool(message.rich) for message in messages]
        assert shown == [bool(part.rich) for part in parts], text
        rich += sum(shown)
    assert rich > COUNT // 4
    figure(
        "P16", f"outputs delivered on Telegram in rich messages ({rich:,} of them), 0 refused", f"{COUNT:,}"
    )
