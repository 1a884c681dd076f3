"""The wire itself: any way to send parameters, and nonsense of every kind."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from picklebot.sandbox.telegram import SandboxUser, TelegramSandbox


@pytest.fixture
async def api(tg: TelegramSandbox, ann: SandboxUser) -> AsyncGenerator[httpx.AsyncClient]:
    """A bare HTTP client at the bot's methods; Ann's chat is open."""
    tg.private(ann, started=True)
    base_url = f"{tg.base_url}/bot{tg.token}"
    async with httpx.AsyncClient(base_url=base_url, trust_env=False) as client:
        yield client


async def test_query_form_and_json_say_the_same(
    tg: TelegramSandbox, api: httpx.AsyncClient, ann: SandboxUser
) -> None:
    said: dict[str, Any] = {"chat_id": ann.id, "text": "hi"}
    for answer in (
        await api.get("/sendMessage", params=said),
        await api.post("/SENDMESSAGE", data=said),
        await api.post("/sendmessage", json=said),
        await api.post("/sendMessage", files={"x": ("x.txt", b"x")}, data=said),
    ):
        assert answer.json()["ok"], answer.text
    assert [message.text for message in tg.chats[ann.id].messages] == ["hi"] * 4


@pytest.mark.parametrize(
    ("method", "body", "reason"),
    [
        ("sendMessage", {}, "chat_id is empty"),
        ("sendMessage", {"chat_id": "@ann", "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": "9" * 5_000, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": 1001, "text": "\ud83d"}, "strings must be encoded in UTF-8"),
        ("sendMessage", {"chat_id": 1001, "text": "x", "message_thread_id": "x"}, "must be an integer"),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_parameters": "{"},
            "can't parse reply_parameters",
        ),
        ("sendMessage", {"chat_id": 1001, "text": "x", "reply_parameters": [1]}, "object expected"),
        ("sendMessage", {"chat_id": 1001, "text": "x", "reply_parameters": {"message_id": []}}, "not found"),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_markup": {"inline_keyboard": 1}},
            "Array of Array",
        ),
        (
            "sendMessage",
            {"chat_id": 1001, "text": "x", "reply_markup": {"inline_keyboard": [[1]]}},
            "non-empty",
        ),
        ("setMyCommands", {"commands": {}}, "expected an Array"),
        ("setMyCommands", {"commands": [1]}, "BOT_COMMAND_INVALID"),
        ("sendMessage", [], "can't parse the body"),
    ],
)
async def test_nonsense_is_a_400(api: httpx.AsyncClient, method: str, body: object, reason: str) -> None:
    json_body = json.dumps(body).encode()
    answer = await api.post(f"/{method}", content=json_body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert reason in answer.json()["description"]
    assert answer.json()["ok"] is False


async def test_broken_bodies_are_a_400(api: httpx.AsyncClient) -> None:
    for kind in ("application/json", "multipart/form-data"):
        answer = await api.post("/sendMessage", content=b"{", headers={"Content-Type": kind})
        assert answer.status_code == 400
        assert "can't parse the body" in answer.json()["description"]


async def test_download_needs_token_and_path(tg: TelegramSandbox, api: httpx.AsyncClient) -> None:
    assert (await api.get(f"{tg.base_url}/file/bot{tg.token}/nothing")).status_code == 404
    assert (await api.get(f"{tg.base_url}/file/bot1:x/nothing")).status_code == 401
