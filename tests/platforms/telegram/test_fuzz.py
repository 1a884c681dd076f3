"""Whatever a model says is delivered: the real frontend and aiogram, on a Telegram that checks what it is sent."""

import pytest
from aiogram import Bot
from tests.figures import Figure
from tests.model_outputs import outputs
from tests.platforms.telegram.kit import Notes, options_for, parcel_to
from tests.sizes import sized

from picklebot.model.events import Final
from picklebot.platforms.telegram.frontend import TelegramFrontend
from picklebot.platforms.telegram.render import LIMIT, MOST_ENTITIES, render
from picklebot.platforms.telegram.utf16 import units
from picklebot.replies.stream import ReplyStream
from picklebot.sandbox.telegram import SandboxMessage, TelegramSandbox

COUNT = sized(100_000, 1_000)
A_CHAT = 500
BY_ITSELF = {"url", "bot_command", "mention"}


def kinds(message: SandboxMessage) -> set[str]:
    """The types of a message's entities."""
    return {entity["type"] for entity in message.entities}


@pytest.mark.slow
@pytest.mark.timeout(14_400)
@pytest.mark.requirement("P16")
async def test_any_output_arrives(tg: TelegramSandbox, bot: Bot, figure: Figure) -> None:
    frontend = TelegramFrontend(bot, options_for(tg))
    chat = tg.private(tg.user(2000, "Person"), started=True)
    for number, text in enumerate(outputs(COUNT, seed=16)):
        if number % A_CHAT == 0:
            chat = tg.private(tg.user(2000 + number, "Person"), started=True)
        parts, notes = render(text), Notes()
        await frontend.render(parcel_to(chat), ReplyStream.of(Final(text)), notes)
        assert len(notes.posted) == len(parts), text
        assert all(len(units(part.text)) <= LIMIT for part in parts), text
        assert all(len(part.entities) <= MOST_ENTITIES for part in parts), text
        assert "text_mention" not in {entity["type"] for part in parts for entity in part.entities}, text
        shown = [kinds(message) - BY_ITSELF for message in chat.messages[-len(parts) :]]
        assert [bool(styles) for styles in shown] == [bool(part.entities) for part in parts], text
    figure("P16", "outputs delivered on Telegram, 0 of them in plain text for a refusal", f"{COUNT:,}")
