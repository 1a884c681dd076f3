"""`POST /sessions/{id}/messages`, as JSON and as server-sent events."""

import json
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from tests.api.conftest import Site, open_site, readers, until

STREAM = {"accept": "text/event-stream"}


def events_of(body: str) -> list[tuple[str, dict[str, object]]]:
    found = []
    for block in body.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


async def test_the_answer_comes_as_json(site: Site) -> None:
    session = await site.session()
    answer = await site.client.post(
        f"/api/v1/sessions/{session}/messages", json={"text": "hello", "message_id": "m1"}
    )
    assert answer.status_code == 200
    ids = {"message_id": "m1", "session_id": session}
    assert answer.json() == {"reply": "You said: hello", "notices": [], "files": [], **ids}


async def test_the_answer_comes_as_events(site: Site) -> None:
    session = await site.session()
    answer = await site.client.post(
        f"/api/v1/sessions/{session}/messages", json={"text": "tool use"}, headers=STREAM
    )
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = events_of(answer.text)
    assert [name for name, _ in events] == ["start", "tool", "tool", "delta", "final"]
    assert events[1][1] == {"name": "clock", "label": "looking at the clock", "state": "started"}
    assert events[-1][1]["reply"] == "You said: tool use"


@pytest.mark.requirement("S3.3")
async def test_an_answer_names_its_files(tmp_path: Path) -> None:
    async with open_site(folder=tmp_path) as site:
        session = await site.session()
        path, said = f"/api/v1/sessions/{session}/messages", {"text": "file a.md b.md", "message_id": "m1"}
        assert (await site.client.post(path, json=said)).json()["files"] == ["a.md", "b.md"]
        assert (await site.client.post(path, json=said)).json()["files"] == ["a.md", "b.md"]
        events = events_of((await site.client.post(path, json=said, headers=STREAM)).text)
        assert events[-1][1]["files"] == ["a.md", "b.md"]
        rows = (await site.client.get(path)).json()["messages"]
        assert [row["files"] for row in rows] == [[], ["a.md", "b.md"]]


async def test_each_of_two_at_once_gets_its_own_answer(site: Site) -> None:
    session = await site.session()
    replies: dict[str, str] = {}

    async def ask(text: str) -> None:
        answer = await site.client.post(f"/api/v1/sessions/{session}/messages", json={"text": text})
        replies[text] = answer.json()["reply"]

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(ask, f"question {number}")
    assert replies == {f"question {n}": f"You said: question {n}" for n in range(10)}


async def test_a_command_is_one_where_it_is_meant_so(site: Site) -> None:
    path = f"/api/v1/sessions/{await site.session()}/messages"
    said = {"text": "/new", "message_id": "m1", "commands": True}
    first = (await site.client.post(path, json=said)).json()
    assert (first["reply"], first["message_id"]) == ("Done: /new", "m1")
    events = events_of((await site.client.post(path, json=said | {"message_id": "m2"}, headers=STREAM)).text)
    assert [(name, data["reply"]) for name, data in events] == [("final", "Done: /new")]
    assert (await site.client.post(path, json={"text": "/new"})).json()["reply"] == "You said: /new"


async def test_a_notice_is_not_the_answer(site: Site) -> None:
    session = await site.session()
    path = f"/api/v1/sessions/{session}/messages"
    said = (await site.client.post(path, json={"text": "notice this"})).json()
    assert (said["reply"], said["notices"]) == ("You said: notice this", ["By the way."])
    events = events_of((await site.client.post(path, json={"text": "notice that"}, headers=STREAM)).text)
    assert ("notice", {"text": "By the way."}) in events
    assert events[-1][1]["reply"] == "You said: notice that"


async def test_a_failure_is_an_error_with_its_code(site: Site) -> None:
    session = await site.session()
    path = f"/api/v1/sessions/{session}/messages"
    answer = await site.client.post(path, json={"text": "fail please", "message_id": "m"})
    assert answer.status_code == 502
    error = {"code": "provider_down", "message": "The model is not there just now."}
    assert answer.json() == {"error": error}
    again = await site.client.post(path, json={"text": "fail please", "message_id": "m"})
    assert (again.status_code, again.json()["error"]["message"]) == (502, error["message"])
    events = events_of((await site.client.post(path, json={"text": "fail again"}, headers=STREAM)).text)
    assert events[-1] == ("error", error)


@pytest.mark.parametrize("headers", [{}, STREAM])
async def test_the_same_message_id_brings_the_same_answer(site: Site, headers: dict[str, str]) -> None:
    session = await site.session()
    path = f"/api/v1/sessions/{session}/messages"
    body = {"text": "once", "message_id": "the-one"}
    first = await site.client.post(path, json=body)
    second = await site.client.post(path, json=body, headers=headers)
    reply = second.json()["reply"] if not headers else events_of(second.text)[-1][1]["reply"]
    assert reply == first.json()["reply"]
    assert site.gateway.accepted == ["once"]


async def test_a_repeat_while_the_turn_runs_waits_for_it(site: Site) -> None:
    session = await site.session()
    path = f"/api/v1/sessions/{session}/messages"
    answers: list[httpx.Response] = []

    async def ask() -> None:
        answers.append(await site.client.post(path, json={"text": "wait for it", "message_id": "m"}))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(ask)
        await until(lambda: readers(site) == 2)
        site.gateway.released.set()
    assert [answer.json()["reply"] for answer in answers] == ["You said: wait for it"] * 2
    assert site.gateway.accepted == ["wait for it"]


@pytest.mark.parametrize("headers", [{}, STREAM])
async def test_going_away_does_not_end_the_turn(site: Site, headers: dict[str, str]) -> None:
    session = await site.session()
    path = f"/api/v1/sessions/{session}/messages"
    async with anyio.create_task_group() as group:

        async def ask() -> None:
            await site.client.post(path, json={"text": "wait, I leave", "message_id": "m"}, headers=headers)

        group.start_soon(ask)
        await until(lambda: readers(site) == 1)
        group.cancel_scope.cancel()
    await until(lambda: readers(site) == 0)
    site.gateway.released.set()
    later = await site.client.post(path, json={"text": "wait, I leave", "message_id": "m"})
    assert later.json()["reply"] == "You said: wait, I leave"


async def test_bad_messages_are_refused_with_one_sentence(site: Site) -> None:
    session = await site.session()
    path = f"/api/v1/sessions/{session}/messages"
    cases: list[tuple[dict[str, Any], int]] = [
        ({"json": {"text": ""}}, 422),
        ({"json": {"text": " \n "}}, 422),
        ({"json": {}}, 422),
        ({"json": {"text": 5}}, 422),
        ({"json": {"text": "x", "nonsense": 1}}, 422),
        ({"json": {"text": "x", "message_id": "../x"}}, 422),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ({"json": {"text": "x" * 100_001}}, 413),
        ({"json": {"text": "x" * 2_000_000}}, 413),
    ]
    for request, status in cases:
        answer = await site.client.post(path, **request)
        assert answer.status_code == status
        message = answer.json()["error"]["message"]
        assert message.endswith(".")
        assert "\n" not in message
    assert site.gateway.accepted == []


async def test_a_long_message_passes(site: Site) -> None:
    session = await site.session()
    text = "x" * 60 * 1024
    answer = await site.client.post(f"/api/v1/sessions/{session}/messages", json={"text": text})
    assert answer.json()["reply"] == f"You said: {text}"


async def test_half_a_character_harms_nothing(site: Site) -> None:
    json_type = {"content-type": "application/json"}
    refused = await site.client.post("/api/v1/sessions", content=b'{"speaker": "\\ud83d"}', headers=json_type)
    assert refused.status_code == 422
    answer = await site.client.post(
        f"/api/v1/sessions/{await site.session()}/messages",
        content=b'{"text": "half \\ud83d of it"}',
        headers=json_type,
    )
    assert answer.json()["reply"] == "You said: half ? of it"


async def test_a_full_session_says_when_to_come_back(site: Site) -> None:
    session = await site.session()
    site.gateway.full = True
    answer = await site.client.post(f"/api/v1/sessions/{session}/messages", json={"text": "one too many"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "5"
    assert readers(site) == 0


async def test_who_waits_when_the_gateway_stops_is_told_so(site: Site) -> None:
    session = await site.session()
    answers: list[httpx.Response] = []
    async with anyio.create_task_group() as group:

        async def ask() -> None:
            path = f"/api/v1/sessions/{session}/messages"
            answers.append(await site.client.post(path, json={"text": "wait for ever"}))

        group.start_soon(ask)
        await until(lambda: readers(site) == 1)
        site.gateway.hub.close()
    assert answers[0].status_code == 503
    assert answers[0].json()["error"]["code"] == "stopping"
