"""Secrets that must not be readable, wherever they hide."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picklebot.logs import HIDDEN, Redactor

TELEGRAM = "123456789:AAF-abcdefghijklmnopqrstuvwxyz_0123"
DISCORD = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0"


@pytest.mark.parametrize(
    ("text", "canary"),
    [
        (f"GET https://api.telegram.org/bot{TELEGRAM}/getMe", TELEGRAM),
        (f"file/bot{quote(TELEGRAM, safe='')}/x", quote(TELEGRAM, safe="")),
        (f"Authorization: Bot {DISCORD}", DISCORD),
        ("authorization: bearer abc.def-123=", "abc.def-123="),
        ("Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("key sk-ant-api03-abc_def", "ant-api03"),
        ("{'x-api-key': 'canary'}", "canary"),
        ("X-API-Key: canary", "canary"),
        ("postgresql+psycopg://user:canary@host/db", "canary"),
        ("http://:canary@proxy:3128", "canary"),
    ],
)
def test_shapes(text: str, canary: str) -> None:
    cleaned = Redactor().text(text)
    assert canary not in cleaned
    assert HIDDEN in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T15:52:38.454784Z 127.0.0.1:8080",
        "session 0d1f6c0e-9c7a-4c9e-8f4e-1f0a2b3c4d5e of 123@-100987#55",
        "picklebot.platforms.telegram.adapter",
        "http://127.0.0.1:8080/web/status",
        "task-sk-1",
        "a bearer of news",
    ],
)
def test_ordinary_text_stays(text: str) -> None:
    assert Redactor(["abc"]).text(text) == text


secrets = st.text(min_size=4, max_size=40).filter(lambda text: text.strip("* \t\n\r") != "")


@given(secrets, st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_blotted_out_in_every_spelling(secret: str, before: str, after: str) -> None:
    redactor = Redactor([secret])
    for spelled in (
        secret,
        quote(secret, safe="", errors="replace"),
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
    ):
        assert spelled not in redactor.text(f"{before}{spelled}{after}").replace(HIDDEN, "")


def test_a_longer_secret_wins_over_one_inside_it() -> None:
    assert Redactor(["abcd", "abcd-efgh"]).text("abcd-efgh") == HIDDEN


class Odd:
    def __repr__(self) -> str:
        return "Odd(canary)"


@pytest.mark.parametrize(
    "value",
    [
        "canary",
        b"canary \xff",
        ["a", ("canary",), {"canary"}],
        {"canary": 1, "x": {"y": [{"z": "canary"}]}},
        ValueError("canary"),
        Odd(),
        {"bot_token": "anything", "API-Key": "else", "Authorization": b"more"},
    ],
)
def test_values_of_any_kind(value: Any) -> None:
    text = json.dumps(Redactor(["canary"]).value(value))
    assert not [word for word in ("canary", "anything", "else", "more") if word in text]


def test_a_value_that_holds_itself_comes_to_an_end() -> None:
    loop: dict[str, Any] = {"canary": "canary"}
    loop["loop"] = loop
    assert "canary" not in json.dumps(Redactor(["canary"]).value(loop))


def test_numbers_and_nothing_stay_what_they_are() -> None:
    value = {"a": 1, "b": 2.5, "c": None, "d": True, "max_tokens": 7, "token": None}
    assert Redactor().value(value) == value
