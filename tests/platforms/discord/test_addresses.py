"""Discord's channels by their ids."""

import pytest
from tests.platforms.discord.kit import listening

from picklebot.model.parcel import chat_of
from picklebot.platforms.discord.addresses import DiscordAddresses, bot_of


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "bm8tbnVtYmVy.x.y", "\ud800", "é"])
def test_what_is_no_token_names_no_bot(token: str) -> None:
    assert bot_of(token) == ""


def test_a_token_begins_with_its_bots_id() -> None:
    assert bot_of("OTAw.x.y") == "900"
    assert bot_of("MTIzNDU2Nzg5MDEyMzQ1Njc4.x.y") == "123456789012345678"


@pytest.mark.requirement("S0.9")
async def test_a_channel_is_the_same_chat_whoever_speaks_first(dc, adapter, intake, ann, general):
    async with listening(adapter, intake):
        general.say(ann, f"<@{dc.bot.id}> hello")
        await intake.wait(lambda bus: bus.messages)
    assert chat_of(DiscordAddresses(dc.token).chat("2")) == chat_of(intake.messages[0].address)
