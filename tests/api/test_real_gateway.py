"""The API of the real gateway, as a process of its own."""

from pathlib import Path

import anyio
import httpx
import pytest
from tests.api.test_messages import STREAM, events_of
from tests.road.gateway_process import run_gateway


@pytest.mark.slow
async def test_a_program_talks_to_an_agent_and_it_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("messagebus:\n  web:\n    port: 0\n")
    async with run_gateway(tmp_path, "web") as gateway, client(gateway.url) as api:
        opened = await api.post("/sessions", json={"platform": "console", "speaker": "ann"})
        assert opened.status_code == 201
        path = f"/sessions/{opened.json()['id']}/messages"
        first = (await api.post(path, json={"text": "hello", "message_id": "m1"})).json()
        assert first["reply"].startswith("You said: hello. This is message 1 of our conversation")
        assert (await api.post(path, json={"text": "hello", "message_id": "m1"})).json() == first
        events = events_of((await api.post(path, json={"text": "more"}, headers=STREAM)).text)
        assert [name for name, _ in events][:2] == ["start", "delta"]
        assert events[-1][0] == "final"
        assert "This is message 2 of" in str(events[-1][1]["reply"])
        replies = await ask_at_once(api, path, [f"question {number}" for number in range(5)])
        assert all(reply.startswith(f"You said: {text}.") for text, reply in replies.items())
        await gateway.kill()
    async with run_gateway(tmp_path, "web") as gateway, client(gateway.url) as api:
        again = await api.post("/sessions", json={"platform": "console", "speaker": "ann"})
        assert (again.status_code, again.json()["id"]) == (200, opened.json()["id"])
        assert (await api.post(path, json={"text": "hello", "message_id": "m1"})).json() == first
        assert "This is message 8 of" in (await api.post(path, json={"text": "last"})).json()["reply"]
        rows = (await api.get(path)).json()["messages"]
        assert [row["role"] for row in rows] == ["user", "assistant"] * 8


@pytest.mark.slow
@pytest.mark.requirement("B7")
async def test_who_has_used_up_their_day_is_refused_until_it_is_over(tmp_path: Path) -> None:
    config = "messagebus:\n  web:\n    port: 0\nquotas: {messages: 1}\n"
    (tmp_path / "config.yaml").write_text(config)
    async with run_gateway(tmp_path, "web") as gateway, client(gateway.url) as api:
        opened = await api.post("/sessions", json={"platform": "console", "speaker": "ann"})
        path = f"/sessions/{opened.json()['id']}/messages"
        first = await api.post(path, json={"text": "hello", "message_id": "m1"})
        refused = await api.post(path, json={"text": "more"})
        error = refused.json()["error"]
        assert (refused.status_code, error["code"]) == (429, "quota")
        assert "Please write again in" in error["message"]
        assert 82_800 < int(refused.headers["retry-after"]) <= 86_400
        again = await api.post(path, json={"text": "hello", "message_id": "m1"})
        assert again.json() == first.json()
        streamed = await api.post(path, json={"text": "more"}, headers=STREAM)
        assert streamed.status_code == 429
        other = await api.post("/sessions", json={"platform": "console", "speaker": "ben"})
        answer = await api.post(f"/sessions/{other.json()['id']}/messages", json={"text": "mine"})
        assert answer.status_code == 200


def client(url: str) -> httpx.AsyncClient:
    """A client of version 1 of the API."""
    return httpx.AsyncClient(base_url=f"{url}/api/v1", trust_env=False, timeout=20)


async def ask_at_once(api: httpx.AsyncClient, path: str, texts: list[str]) -> dict[str, str]:
    """Ask all at the same time; the answer to each."""
    replies: dict[str, str] = {}

    async def ask(text: str) -> None:
        replies[text] = (await api.post(path, json={"text": text})).json()["reply"]

    async with anyio.create_task_group() as group:
        for text in texts:
            group.start_soon(ask, text)
    return replies
