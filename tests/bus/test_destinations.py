"""The chats that may be spoken to first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from picklebot.bus.destinations import Destinations
from picklebot.errors import UsageError
from picklebot.model.message import Address, ChatKind
from picklebot.model.session import Session, SessionMode
from picklebot.platforms.discord.addresses import DiscordAddresses
from picklebot.platforms.telegram.addresses import TelegramAddresses
from picklebot.platforms.web.addresses import WebAddresses

BOOKS = {"telegram": TelegramAddresses("77:secret"), "discord": DiscordAddresses(""), "web": WebAddresses()}
ALL = Destinations(BOOKS, "telegram", {"telegram": "-1001"})
GROUP = ChatKind.GROUP


def session(platform: str, key: str) -> Session:
    return Session("s1", "pickle", platform, key, SessionMode.CHAT, "", datetime.now(UTC), None)


@pytest.mark.parametrize(
    ("to", "address"),
    [
        ("telegram:123", Address("telegram", "77", "123")),
        ("telegram:123#5", Address("telegram", "77", "123", thread_id="5")),
        ("telegram:-100987#55", Address("telegram", "77", "-100987", GROUP, "55")),
        ("discord:42", Address("discord", "", "42", GROUP)),
        ("discord:42#43", Address("discord", "", "42", GROUP, "43")),
    ],
)
def test_a_chat_is_named_by_platform_and_id(to: str, address: Address) -> None:
    assert ALL.named(to) == address


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("", "write PLATFORM:CHAT_ID"),
        ("telegram", "write PLATFORM:CHAT_ID"),
        ("telegram:", "write PLATFORM:CHAT_ID"),
        ("telegram:1#", "write PLATFORM:CHAT_ID"),
        ("telegram:1#2#3", "write PLATFORM:CHAT_ID"),
        ("irc:1", "platforms that are switched on: discord, telegram, web"),
        ("telegram:@channel", "named by its number"),
        ("telegram:1#a", "named by its number"),
        ("telegram:\u0661", "named by its number"),
        ("discord:-1", "named by its number"),
        ("discord:1#a", "named by its number"),
        ("discord:user:1", "named by its number"),
        ("web:abc", "name a session"),
    ],
)
def test_what_is_no_chat_is_refused_in_one_line(to: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        ALL.named(to)
    assert "\n" not in str(caught.value)


@pytest.mark.requirement("S0.9")
def test_the_default_chat_is_that_of_the_default_platform() -> None:
    assert ALL.default() == Address("telegram", "77", "-1001", GROUP)


@pytest.mark.requirement("S0.9")
@pytest.mark.parametrize(
    ("destinations", "reason"),
    [
        (Destinations(BOOKS), "set messagebus.default_platform and its default_chat_id"),
        (replace(ALL, default_chats={}), "set messagebus.telegram.default_chat_id"),
        (replace(ALL, books={}), "switched on: none"),
        (Destinations(BOOKS, "web"), "name a chat or a session"),
        (replace(ALL, default_chats={"telegram": "nobody"}), "named by its number"),
    ],
)
def test_a_missing_default_is_said_in_one_line(destinations: Destinations, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        destinations.default()


def test_a_session_is_spoken_to_where_it_was_last_and_answers_nothing() -> None:
    last = Address("discord", "9", "42", GROUP, "43", reply_to="900", interaction="secret")
    found = ALL.of_session(session("discord", "1@42"), last)
    assert found == replace(last, reply_to=None, interaction=None)


@pytest.mark.parametrize(
    ("platform", "key", "address"),
    [
        ("telegram", "123", Address("telegram", "77", "123")),
        ("telegram", "123#5", Address("telegram", "77", "123", thread_id="5")),
        ("telegram", "123@-100987", Address("telegram", "77", "-100987", GROUP)),
        ("telegram", "@-100987#55", Address("telegram", "77", "-100987", GROUP, "55")),
        ("discord", "123", Address("discord", "", "user:123")),
        ("discord", "1@42", Address("discord", "", "42", GROUP)),
        ("discord", "@42#43", Address("discord", "", "42", GROUP, "43")),
        ("web", "a-cookie", Address("web", "web", "a-cookie")),
    ],
)
def test_a_session_that_was_never_spoken_in_is_where_its_key_says(
    platform: str, key: str, address: Address
) -> None:
    assert ALL.of_session(session(platform, key), None) == address


@pytest.mark.parametrize(
    ("platform", "key", "last"),
    [
        ("console", "root", None),
        ("telegram", "123", Address("irc", "", "1")),
        ("telegram", "not a key", None),
        ("telegram", "ann", None),
        ("discord", "ann", None),
    ],
)
def test_a_session_out_of_reach_is_refused(platform: str, key: str, last: Address | None) -> None:
    with pytest.raises(UsageError):
        ALL.of_session(session(platform, key), last)
