"""Options from the operator's settings."""

from picklebot.platforms.discord.options import OFFICIAL, PACE, DiscordOptions
from picklebot.platforms.discord.settings import DiscordSettings

TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.loopback-loopback-loopback-x"


def options(**block: object) -> DiscordOptions:
    return DiscordOptions.of(DiscordSettings.model_validate({"bot_token": TOKEN, **block}))


def test_what_nobody_wrote() -> None:
    plain = options()
    assert plain == DiscordOptions(TOKEN)
    assert (plain.api_base_url, plain.chat_pace, plain.group_pace) == (OFFICIAL, PACE, PACE)
    assert plain.listens_in("1")
    assert TOKEN not in repr(plain)


def test_what_somebody_wrote() -> None:
    given = options(
        api_base_url="http://127.0.0.1:1/api/v10/",
        gateway_url="ws://127.0.0.1:1/gateway",
        channel_ids=[5],
        streaming="off",
        rate={"chat": "2/s", "group": "20/min"},
        link_previews=True,
    )
    assert given.api_base_url == "http://127.0.0.1:1/api/v10"
    assert (given.chat_pace, given.group_pace) == (0.5, 3.0)
    assert (given.previews, given.link_previews) == (False, True)
    assert given.listens_in("5")
    assert not given.listens_in("6")
    assert options(rate="off").group_pace < 0.1
    assert options(channel_ids=["*"]).listens_in("6")
