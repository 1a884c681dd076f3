"""Both platforms and the page together, and a gateway's way in."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server

import pytest

from picklebot import clock
from picklebot.config.load import load_settings
from picklebot.config.workspace import Workspace
from picklebot.sandbox.connection import config_lines
from picklebot.sandbox.discord import TEST_TOKEN as DISCORD_TOKEN
from picklebot.sandbox.playground import SandboxPortError, open_playground

FORUM = -1_000_000_002_002


async def test_a_newcomer_finds_people_and_places() -> None:
    async with open_playground() as playground:
        telegram, discord = playground.telegram, playground.discord
        assert [user.name for user in telegram.users] == ["Ann", "Ben"]
        assert len(telegram.chats) == 4
        assert [user.name for user in discord.users if not user.bot] == ["Cleo", "Dan"]
        assert [channel.name for channel in discord.channels.values()] == ["general", "Cleo", "Dan"]


async def test_a_sandbox_gives_no_ids_that_one_before_it_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
    seen: list[tuple[list[int], list[int]]] = []
    for minute in (0, 1):
        monkeypatch.setattr(clock, "now", lambda minute=minute: noon + timedelta(minutes=minute))
        async with open_playground() as playground:
            telegram = playground.telegram
            [ann, _] = telegram.users
            late = telegram.group(-1_000_000_000_009, "Late", members=[ann])
            chats = telegram.private(ann), telegram.chats[FORUM], late
            said = [chat.say(ann, "/ask hello").id for chat in chats]
            assert telegram.chats[FORUM]._chat.topics == {2: "Seeds", 3: "Harvest"}
            seen.append((said, [update["update_id"] for update in telegram.pending]))
    (first, first_updates), (second, second_updates) = seen
    assert min(second) > max(first)
    assert min(second_updates) > max(first_updates)


@pytest.mark.parametrize("option", ["--telegram-port", "--discord-port", "--port"])
async def test_a_busy_port_is_named_with_its_option(option: str) -> None:
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        wanted = {option.removeprefix("--").replace("-", "_"): port}
        with pytest.raises(SandboxPortError, match=rf"^port {port} .*in use.* another with {option}$"):
            async with open_playground(**wanted):
                pass


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_lines_are_a_configuration(host: str, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(config_lines(host, 8081, 8082))
    loaded = load_settings(Workspace.find(tmp_path, {}), {})
    telegram, discord = loaded.settings.messagebus.telegram, loaded.settings.messagebus.discord
    name = f"[{host}]" if host == "::1" else host
    assert telegram is not None
    assert telegram.api_base_url == f"http://{name}:8081"
    assert telegram.admits("1001")
    assert telegram.admits("1002")
    assert not telegram.admits("1003")
    assert discord is not None
    assert discord.api_base_url == f"http://{name}:8082/api/v10"
    assert discord.gateway_url == f"ws://{name}:8082/gateway"
    assert discord.bot_token is not None
    assert discord.bot_token.get_secret_value() == DISCORD_TOKEN
    assert discord.admits("3002")
    assert loaded.warnings == ()


async def test_only_loopback_is_listened_on() -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1"):
        async with open_playground(host="0.0.0.0"):
            pass
